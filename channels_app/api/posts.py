"""REST v4: posts (specification §7.2)."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people.asking import actor_of
from channels_app.channels import channels
from channels_app.posts import posts
from channels_app.show import wire
from mattermost_hooks import errors, rest
from mattermost_hooks.records import is_id

POST_FIELDS: dict[str, type] = {
    "channel_id": str,
    "message": str,
    "root_id": str,
    "type": str,
    "pending_post_id": str,
    "props": dict,
}


class Posts(APIView):
    """POST /posts."""

    def post(self, request: Request) -> Response:
        """A new post of the asker, 201."""
        fields = rest.read_fields(request, "post", POST_FIELDS)
        channel_id = fields.pop("channel_id", "")
        channel = channels.find_or_forbid(channel_id)
        post = posts.submit(
            actor=actor_of(request), channel=channel, message=fields.pop("message", ""), **fields
        )
        return Response(wire.new_post_json(post), status=201)


class OnePost(APIView):
    """GET and DELETE /posts/{id}."""

    def get(self, request: Request, post_id: str) -> Response:
        """The post."""
        post = posts.read(actor=actor_of(request), post_id=rest.check_id(post_id, "post_id"))
        return Response(wire.one_post_json(post))

    def delete(self, request: Request, post_id: str) -> Response:
        """Delete the post."""
        posts.delete(actor=actor_of(request), post_id=rest.check_id(post_id, "post_id"))
        return rest.ok()


class ChannelPosts(APIView):
    """GET /channels/{id}/posts?page&per_page, ?since, ?before, ?after."""

    def get(self, request: Request, channel_id: str) -> Response:
        """A list of posts, newest first, with the first posts of their threads."""
        channel_id = rest.check_id(channel_id, "channel_id")
        channel = channels.open_to_read(actor=actor_of(request), channel_id=channel_id)
        page = rest.page_of(request)
        query = request.query_params
        if since := rest.natural(query.get("since"), 0):
            found = posts.changed_since(channel, since)
        elif pivot := query.get("before"):
            found = posts.before(channel, _checked(pivot, "before"), limit=page.size)
        elif pivot := query.get("after"):
            found = posts.after(channel, _checked(pivot, "after"), limit=page.size)
        else:
            found = posts.latest(channel, offset=page.first, limit=page.size)
        return Response(wire.post_list_json(found, posts.roots_of(found)))


def _checked(post_id: str, name: str) -> str:
    if not is_id(post_id):
        raise errors.invalid_body(name)
    return post_id
