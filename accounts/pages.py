"""Signing in and out with a browser."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mattermost_hooks.errors import AppError

from . import api, authentication, browsers, late_forms, sessions
from .late_forms import LateForm

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """A page for people with a session. Who has none (any more) is asked who it is, and loses nothing by it.

    A reader comes back to the same address. What a form brought is kept in the sign-in page (401) and offered
    for sending once more afterwards: nothing is done twice or without being asked for.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: str, **named: str) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *arguments, **named)
        if request.method != "POST":
            return redirect_to_login(request.get_full_path())
        form, page = late_forms.of_request(request), late_forms.page_of(request)
        return _ask(request, then=page, status=401, late_form=form)

    return guarded


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """GET and POST /login: asks who it is, then goes on to `next`, a path on this server."""
    if request.method == "POST":
        return _sign_in(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(_next_path(request))
    return _ask(request, then=_next_path(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """POST /logout: ends the session and forgets its cookies, and what the browser kept of drafts."""
    if session := authentication.cookie_session(request):
        sessions.sign_out(session=session)
    response = redirect(settings.LOGIN_URL)
    for name in (
        authentication.TOKEN_COOKIE,
        authentication.USER_COOKIE,
        authentication.CSRF_COOKIE,
    ):
        response.delete_cookie(name)
    # Browsers follow it over HTTPS only; elsewhere the page's own script sees to it.
    response.headers["Clear-Site-Data"] = '"storage"'
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
        return _ask(
            request,
            then=_next_path(request),
            status=refusal.status,
            error=refusal,
            late_form=late_forms.kept_in(request),
        )
    rotate_token(request)
    response = _welcome(request)
    api.set_cookies(response, session, secure=request.is_secure())
    response.set_cookie(
        browsers.COOKIE,
        browsers.remember(session.user, known=known),
        max_age=browsers.LONGEST_MEMORY_SECONDS,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _welcome(request: HttpRequest) -> HttpResponse:
    """On to where the person wanted to go, or first to the form that came too late."""
    if (form := late_forms.kept_in(request)) is None:
        return HttpResponseRedirect(_next_path(request))
    context = {"form": form, "next": _next_path(request)}
    return render(request, "accounts/late_form.html", context)


@never_cache
def _ask(
    request: HttpRequest,
    *,
    then: str,
    status: int = 200,
    error: AppError | None = None,
    late_form: LateForm | None = None,
) -> HttpResponse:
    context = {
        "error": error,
        "login_id": request.POST.get("login_id", "") if late_form is None or error else "",
        "next": then,
        "late_form": late_form,
    }
    response = render(request, "accounts/sign_in.html", context, status=status)
    for name, value in (error.headers if error else {}).items():
        response.headers[name] = value
    return response


def _next_path(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return late_forms.own_path(wanted) or reverse("home")
