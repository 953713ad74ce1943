"""The real addresses, and the floors that they are measured against."""

import json
import time

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from channels_app.posts.models import Post
from mattermost_hooks.urls import handler403, handler404, handler500
from mattermost_hooks.urls import urlpatterns as real_urlpatterns

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]


@csrf_exempt
def empty(request: HttpRequest) -> HttpResponse:
    """The floor of floors: server, bridge and middleware, and nothing else."""
    return HttpResponse(b"ok", content_type="text/plain")


@csrf_exempt
def one_insert(request: HttpRequest, channel_id: str, user_id: str) -> HttpResponse:
    """Read the JSON, insert one row into the same table, commit."""
    text = json.loads(request.body)["text"]
    Post(channel_id=channel_id, user_id=user_id, message=text).save(force_insert=True)
    return HttpResponse(b"ok", content_type="text/plain")


def slow(request: HttpRequest) -> HttpResponse:
    """A page that computes for a tenth of a second of processor time, without a pause for others."""
    until = time.thread_time() + 0.1
    while time.thread_time() < until:
        pass
    return HttpResponse(b"ok", content_type="text/plain")


def one_select(request: HttpRequest, channel_id: str) -> HttpResponse:
    """Read a page of 60 posts with one SELECT and say what was read as JSON."""
    newest = Post.objects.filter(channel=channel_id).order_by("-create_at", "-id")
    return HttpResponse(orjson.dumps(list(newest.values()[:60])), content_type="application/json")


# Each floor is answered by the processes that answer what stands on it.
urlpatterns = [
    path("api/floor/empty", empty),
    path("api/floor/slow", slow),
    path("api/floor/one_select/<channel_id>", one_select),
    path("api/floor/one_insert/<channel_id>/<user_id>", one_insert),
    path("hooks/floor/empty", empty),
    path("hooks/floor/one_insert/<channel_id>/<user_id>", one_insert),
    *real_urlpatterns,
]
