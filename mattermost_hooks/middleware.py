"""What happens to every request: an id, fresh caches, Mattermost's headers, and refusals in the right form."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.urls import get_script_prefix, set_script_prefix
from django.utils.crypto import salted_hmac
from django.views.decorators.csrf import csrf_exempt

from . import process_cache
from .console import config, site_path
from .console.sections import Config
from .errors import AppError, invalid_parameter
from .own_words import FOR_PROGRAMS, first_word, own_words
from .records import new_id
from .rest import as_app_error, json_error, not_found, unexpected

RETRY_AFTER_SECONDS = 2
# The REST behaviour is that of this Mattermost version; clients read it from X-Version-Id.
COMPATIBLE_VERSION = "5.38.0"

_last_version: tuple[Config | None, str] = None, ""

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestMiddleware:
    """Gives each request its id and current caches, and each answer the headers clients look for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = new_id()
        request.request_id = request_id  # type: ignore[attr-defined] # Django's way to pass things on
        process_cache.refresh()
        response = self.get_response(request)
        if response.status_code >= 500 and response.status_code != 501 and _is_hardened():
            response = json_error(
                AppError("", "Internal Server Error", status=response.status_code), request
            )
        if response.status_code == 503:
            response.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
        response.headers["X-Request-Id"] = request_id
        response.headers["X-Version-Id"] = version_id()
        if not _is_for_programs(request):
            response.headers["Content-Security-Policy"] = settings.CONTENT_SECURITY_POLICY
        if request.method == "GET" and request.path_info.startswith("/api/"):
            response.headers.setdefault("Expires", "0")
        return response


class SitePathMiddleware:
    """Serves what is asked for below the path of SiteURL, and keeps addresses and cookies below it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        prefix = site_path.prefix()
        return self._below(prefix, request) if prefix else self.get_response(request)

    def _below(self, prefix: str, request: HttpRequest) -> HttpResponse:
        request.path_info = site_path.inner(request.path_info, prefix)
        request.path = prefix + request.path_info
        request.META["SCRIPT_NAME"] = prefix
        before = get_script_prefix()
        set_script_prefix(f"{prefix}/")
        try:
            response = self.get_response(request)
        finally:
            set_script_prefix(before)
        for cookie in response.cookies.values():
            if cookie["path"] == "/":
                cookie["path"] = prefix
        return response


class FormMiddleware(CsrfViewMiddleware):
    """Django's care for forms, which also knows the address that people reach this server at.

    A proxy in front may pass on neither the Host header nor the scheme.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        if super()._origin_verified(request):  # type: ignore[misc] # the stubs lack it
            return True
        return bool(site_path.origin() == request.headers["Origin"])


class _PagesOnly:
    """Programs go past what only pages use: it would cost a hook call a tenth of its time."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponse:
        pages: Any = super()  # the middleware of Django that stands beside it
        response: HttpResponse = (
            self.get_response(request) if _is_for_programs(request) else pages.__call__(request)
        )
        return response


class PageSessionMiddleware(_PagesOnly, SessionMiddleware):
    """Django's session, which the System Console keeps its messages in."""


class PageMessageMiddleware(_PagesOnly, MessageMiddleware):
    """Django's messages."""


class ErrorPageMiddleware:
    """Shows an AppError from a page as a page; REST has its own way in rest.answer_error."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, *arguments: object
    ) -> HttpResponse | None:
        """Django's hook: refuses an address or a form with a NUL, which PostgreSQL cannot even look for."""
        form_does = getattr(view, "says_what_is_wrong", False)
        try:
            wrong = next(_with_nul(request, form_too=not form_does), None)
        except SuspiciousOperation as error:
            return self.process_exception(request, error)
        if wrong is None:
            return None
        return error_answer(request, invalid_parameter(wrong, detail=f"{wrong} holds a NUL"))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Django's hook: None leaves the error to the 500 handler, which logs it."""
        known = as_app_error(error)
        return None if known is None else error_answer(request, known)


def version_id() -> str:
    """The X-Version-Id: version, build, hash of the settings, licensed or not (specification §0).

    The hash has a key: it changes with every setting, is the same in every process, and tells no value.
    """
    global _last_version
    settings = config.get_config()
    described, version = _last_version
    if settings is not described:
        version = _version_of(settings)
        _last_version = settings, version
    return version


def last_version_id() -> str:
    """What version_id() said last in this process: for those who may not wait, not even for a look-up."""
    return _last_version[1]


def error_answer(request: HttpRequest, error: AppError) -> HttpResponse:
    """A refusal in the form its reader expects: JSON for programs, a page for people.

    At addresses that are no team's, who does not ask for a page is a program.
    """
    if _is_for_programs(request) or _is_from_a_program(request):
        return json_error(error, request)
    context: dict[str, object] = {"error": error}
    if error.status == 503:
        context["shell"] = None  # whoever has to wait for the database would wait for it twice
    return render(request, "error.html", context, status=error.status)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return error_answer(request, not_found())


@csrf_exempt
def nothing_there(request: HttpRequest, **address: str) -> HttpResponse:
    """The view of all addresses that begin like one of ours and are none."""
    raise not_found()


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return error_answer(request, as_app_error(PermissionDenied()) or not_found())


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: a form that did not come from a page of ours, or from one too old."""
    return error_answer(
        request,
        AppError(
            "api.context.csrf.app_error",
            "This form is out of date. Go back, reload the page and try again.",
            status=403,
        ),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: says that it failed, with the request id, and nothing more.

    What ErrorPageMiddleware does not see comes here too: a database that fails in a middleware.
    """
    error = sys.exception()
    known = as_app_error(error) if isinstance(error, Exception) else None
    return error_answer(request, known or unexpected())


def _is_for_programs(request: HttpRequest) -> bool:
    return first_word(request.path_info) in FOR_PROGRAMS


def _is_from_a_program(request: HttpRequest) -> bool:
    if first_word(request.path_info) not in own_words():
        return False
    return "text/html" not in request.headers.get("Accept", "")


def _with_nul(request: HttpRequest, *, form_too: bool) -> Iterator[str]:
    """The names of what holds a NUL. The bodies of programs are left to those who read them."""
    if "\0" in request.path:
        yield "path"
    read = [request.GET] if request.META.get("QUERY_STRING") else []
    if form_too and request.method == "POST" and not _is_for_programs(request):
        read.append(request.POST)
    for fields in read:
        for name, values in fields.lists():
            if any("\0" in text for text in (name, *values)):
                yield name.replace("\0", "")


def _is_hardened() -> bool:
    return config.get_config().ServiceSettings.ExperimentalEnableHardenedMode


def _version_of(settings: Config) -> str:
    # With a key: strangers could try out likely values of secret settings against a plain hash.
    keyed = salted_hmac("X-Version-Id", repr(settings), algorithm="sha256").hexdigest()
    return f"{COMPATIBLE_VERSION}.{COMPATIBLE_VERSION}.{keyed[:32]}.false"
