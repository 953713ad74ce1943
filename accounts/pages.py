"""Signing in and out with a browser."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mattermost_hooks.errors import AppError

from . import api, authentication, browsers, sessions

START = "/"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """GET and POST /login: asks who it is, then goes on to `next`, a path on this server."""
    if request.method == "POST":
        return _sign_in(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(_next_path(request))
    return _form(request)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """POST /logout: ends the session and forgets its cookies."""
    if session := authentication.cookie_session(request):
        sessions.sign_out(session=session)
    response = redirect(settings.LOGIN_URL)
    for name in (
        authentication.TOKEN_COOKIE,
        authentication.USER_COOKIE,
        authentication.CSRF_COOKIE,
    ):
        response.delete_cookie(name)
    return response


def _sign_in(request: HttpRequest) -> HttpResponse:
    known = request.COOKIES.get(browsers.COOKIE, "")
    try:
        session = sessions.sign_in(
            login_id=request.POST.get("login_id", "").strip(),
            password=request.POST.get("password", ""),
            address=authentication.client_address(request),
            browser=known,
        )
    except AppError as refusal:
        return _form(request, error=refusal)
    response = HttpResponseRedirect(_next_path(request))
    api.set_cookies(response, session, secure=request.is_secure())
    response.set_cookie(
        browsers.COOKIE,
        browsers.remember(session.user, known=known),
        max_age=browsers.LONGEST_MEMORY_SECONDS,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    rotate_token(request)
    return response


def _form(request: HttpRequest, *, error: AppError | None = None) -> HttpResponse:
    context = {
        "error": error,
        "login_id": request.POST.get("login_id", ""),
        "next": _next_path(request),
    }
    status = error.status if error else 200
    response = render(request, "accounts/sign_in.html", context, status=status)
    for name, value in (error.headers if error else {}).items():
        response.headers[name] = value
    return response


def _next_path(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    # No allowed host at all: only paths on this server, whatever the Host header says.
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted.startswith("/") else START
