"""How often programs may call, for each caller (specification §6.7)."""

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from mattermost_hooks import buckets
from mattermost_hooks.buckets import Rate, Taken
from mattermost_hooks.console.config import get_config
from mattermost_hooks.console.rate_limit import RateLimit
from mattermost_hooks.own_words import FOR_PROGRAMS, first_word

from .authentication import account_of, client_address


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
        response = self.get_response(request) if taken.was_there else _refusal(taken)
        response.headers["X-RateLimit-Limit"] = str(rate.holds)
        response.headers["X-RateLimit-Remaining"] = str(taken.remaining)
        response.headers["X-RateLimit-Reset"] = str(taken.full_in_seconds)
        return response


def _refusal(taken: Taken) -> HttpResponse:
    headers = {"Retry-After": str(taken.next_in_seconds)}
    return HttpResponse("limit exceeded", "text/plain", status=429, headers=headers)


def _bucket_of(request: HttpRequest, settings: RateLimit) -> str:
    """The name of the caller's bucket: callers that the settings do not tell apart share one.

    Only an account that exists has one of its own: who makes up tokens would get as many as he likes.
    """
    account = account_of(request) if settings.VaryByUser else None
    who = account.id if account else client_address(request) if settings.VaryByRemoteAddr else ""
    header = settings.VaryByHeader
    told = request.headers.get(header, "").lower() if header else ""
    return hashlib.sha256(f"{who}\0{told}".encode()).hexdigest()
