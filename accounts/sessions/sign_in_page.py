"""Asking who it is, wherever a page needs to know."""

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from . import late_forms
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
        return ask(request, SignInForm(), then=page, status=401, late_form=form)

    return guarded


@never_cache
def ask(
    request: HttpRequest,
    form: SignInForm,
    *,
    then: str,
    late_form: LateForm | None = None,
    status: int = 200,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> HttpResponse:
    """The sign-in page; who signs in goes on to `then`, with the form that came too late if there is one."""
    context = {"form": form, "next": then, "late_form": late_form}
    response = render(request, "accounts/sign_in.html", context, status=status)
    for name, value in headers.items():
        response.headers[name] = value
    return response
