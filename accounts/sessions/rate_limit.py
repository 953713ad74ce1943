"""How often programs may call, for each caller (specification §6.7)."""

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from mattermost_hooks import buckets
from mattermost_hooks.buckets import Rate, Taken
from mattermost_hooks.console.config import get_config
from mattermost_hooks.console.rate_limit import RateLimit
from mattermost_hooks.errors import AppError
from mattermost_hooks.own_words import FOR_PROGRAMS, first_word

from .authentication import account_of, client_address

_told: list[Callable[[HttpRequest, AppError], None]] = []


def add(tell: Callable[[HttpRequest, AppError], None]) -> None:
    """Have a function hear of every call that is refused; it must neither wait nor raise."""
    _told.append(tell)


class RateLimitMiddleware:
    """Refuses programs that call too often, and tells all others how much is left to them.

    It stands before everything that a call costs, refused ones included. Off, it costs a look at the settings.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        settings = get_config().RateLimitSettings
        if not settings.Enable or first_word(request.path_info) not in FOR_PROGRAMS:
            return self.get_response(request)
        rate = Rate(settings.PerSec, settings.MaxBurst)
        taken = buckets.take(
            _bucket_of(request, settings), rate, most_kept=settings.MemoryStoreSize
        )
        response = self.get_response(request) if taken.was_there else _refused(request, taken)
        response.headers["X-RateLimit-Limit"] = str(rate.holds)
        response.headers["X-RateLimit-Remaining"] = str(taken.remaining)
        response.headers["X-RateLimit-Reset"] = str(taken.full_in_seconds)
        return response


def _refused(request: HttpRequest, taken: Taken) -> HttpResponse:
    refusal = AppError(
        id="",  # Mattermost has none for it
        message="limit exceeded",
        status=429,
        detail=f"{taken.rate.per_second} calls a second, and {taken.rate.holds} at once, are allowed.",
        retry_after_seconds=taken.next_in_seconds,
    )
    for tell in _told:
        tell(request, refusal)
    return HttpResponse(
        refusal.message, "text/plain", status=refusal.status, headers=refusal.headers
    )


def _bucket_of(request: HttpRequest, settings: RateLimit) -> str:
    """The name of the caller's bucket: callers that the settings do not tell apart share one.

    Only an account that exists has one of its own: who makes up tokens would get as many as he likes.
    """
    account = account_of(request) if settings.VaryByUser else None
    who = account.id if account else client_address(request) if settings.VaryByRemoteAddr else ""
    header = settings.VaryByHeader
    told = request.headers.get(header, "").lower() if header else ""
    return hashlib.sha256(f"{who}\0{told}".encode()).hexdigest()
