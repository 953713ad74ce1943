"""Signing in and out with a browser."""

from collections.abc import Callable, Mapping
from functools import partial, wraps
from types import MappingProxyType

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
from .forms import SignInForm
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
        return _ask(request, SignInForm(), then=page, status=401, late_form=form)

    return guarded


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """GET and POST /login: asks who it is, then goes on to `next`, a path on this server."""
    if request.method == "POST":
        return _sign_in(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(_next_path(request))
    return _ask(request, SignInForm(), then=_next_path(request))


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
    form, known = SignInForm(request.POST), request.COOKIES.get(browsers.COOKIE, "")
    again = partial(
        _ask, request, form, then=_next_path(request), late_form=late_forms.kept_in(request)
    )
    if not form.is_valid():
        return again(status=400)
    address = authentication.client_address(request)
    try:
        session = sessions.sign_in(address=address, browser=known, **form.cleaned_data)
    except AppError as refusal:
        form.refuse(refusal)
        return again(status=refusal.status, headers=refusal.headers)
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
    form: SignInForm,
    *,
    then: str,
    late_form: LateForm | None = None,
    status: int = 200,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> HttpResponse:
    context = {"form": form, "next": then, "late_form": late_form}
    response = render(request, "accounts/sign_in.html", context, status=status)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def _next_path(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return late_forms.own_path(wanted) or reverse("home")
