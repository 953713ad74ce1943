"""Emoji as pictures."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

A_YEAR = 365 * 24 * 60 * 60


@require_safe
@cache_control(public=True, max_age=A_YEAR, immutable=True)
def emoji_picture(request: HttpRequest, code_points: str) -> HttpResponse:
    """GET /emoji/{code points in hex}.svg: an emoji as a picture."""
    try:
        character = "".join(chr(int(point, 16)) for point in code_points.split("-"))
        character.encode()  # half of a surrogate pair is no character
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    if min(character) < " ":
        raise Http404  # control characters would make broken XML
    return render(
        request,
        "channels_app/emoji.svg",
        {"character": character},
        content_type="image/svg+xml; charset=utf-8",
    )
