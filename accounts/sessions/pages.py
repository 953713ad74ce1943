"""Signing in and out with a browser."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mattermost_hooks.errors import AppError
from mattermost_hooks.forms import says_what_is_wrong

from . import authentication, browsers, cookies, late_forms, sessions
from .forms import SignInForm
from .sign_in_page import ask


@says_what_is_wrong
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """GET and POST /login: asks who it is, then goes on to `next`, a path on this server."""
    if request.method == "POST":
        return _sign_in(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(_next_path(request))
    return ask(request, SignInForm(), then=_next_path(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """POST /logout: ends the session and forgets its cookies, and what the browser kept of drafts."""
    if session := authentication.cookie_session(request):
        sessions.sign_out(session=session)
    response = redirect(settings.LOGIN_URL)
    cookies.drop(response)
    # Browsers follow it over HTTPS only; elsewhere the page's own script sees to it.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def _sign_in(request: HttpRequest) -> HttpResponse:
    form, known = SignInForm(request.POST), request.COOKIES.get(browsers.COOKIE, "")
    again = partial(
        ask, request, form, then=_next_path(request), late_form=late_forms.kept_in(request)
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
    cookies.keep(response, session, secure=request.is_secure())
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


def _next_path(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return late_forms.own_path(wanted) or reverse("home")
