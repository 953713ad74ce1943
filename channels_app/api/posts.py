"""REST v4: posts (specification §7.2)."""

from typing import Any, ClassVar

from msgspec import UNSET, UnsetType
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.people.asking import actor_of
from channels_app.channels import channels
from channels_app.posts import posts
from channels_app.show import wire
from mattermost_hooks import errors, rest
from mattermost_hooks.endpoints import bodies
from mattermost_hooks.endpoints.endpoint import DONE, Done, serves
from mattermost_hooks.records import is_id


class PostBody(bodies.Body):
    """A new post."""

    called: ClassVar[str] = "post"
    channel_id: str = ""
    message: str = ""
    root_id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    pending_post_id: str | UnsetType = UNSET
    props: dict[str, Any] | UnsetType = UNSET


class Posts(APIView):
    """/posts."""

    @serves(
        wire.PostJson,
        takes=PostBody,
        status=201,
        raises=(errors.not_permitted, *posts.OF_A_NEW_POST),
    )
    def post(self, request: Request, body: PostBody) -> wire.PostJson:
        """A new post of the asker."""
        fields = body.given()
        channel = channels.find_or_forbid(fields.pop("channel_id"))
        post = posts.submit(actor=actor_of(request), channel=channel, **fields)
        return wire.new_post_json(post)


class OnePost(APIView):
    """/posts/{id}."""

    @serves(wire.PostJson, raises=(errors.not_permitted, posts.no_such_post))
    def get(self, request: Request, post_id: str) -> wire.PostJson:
        """The post."""
        post = posts.read(actor=actor_of(request), post_id=post_id)
        return wire.one_post_json(post)

    @serves(Done, raises=(errors.not_permitted,))
    def delete(self, request: Request, post_id: str) -> Done:
        """Delete the post."""
        posts.delete(actor=actor_of(request), post_id=post_id)
        return DONE


class ChannelPosts(APIView):
    """/channels/{id}/posts?page&per_page, ?since, ?before, ?after."""

    @serves(
        wire.PostListJson,
        paged=True,
        raises=(errors.not_permitted, errors.invalid_body, errors.invalid_parameter),
    )
    def get(self, request: Request, channel_id: str, page: rest.Page) -> wire.PostListJson:
        """A list of posts, newest first, with the first posts of their threads."""
        channel = channels.open_to_read(actor=actor_of(request), channel_id=channel_id)
        query = request.query_params
        if since := rest.natural(query.get("since"), 0):
            found = posts.changed_since(channel, since)
        elif pivot := query.get("before"):
            found = posts.before(channel, _checked(pivot, "before"), limit=page.size)
        elif pivot := query.get("after"):
            found = posts.after(channel, _checked(pivot, "after"), limit=page.size)
        else:
            found = posts.latest(channel, offset=page.first, limit=page.size)
        return wire.post_list_json(found, posts.roots_of(found))


def _checked(post_id: str, name: str) -> str:
    if not is_id(post_id):
        raise errors.invalid_body(name)
    return post_id
