"""REST v4 of channels."""

from typing import Any

import pytest

from channels_app.membership.models import Channel
from tests import make

pytestmark = pytest.mark.django_db


def test_a_channel_is_made_found_changed_and_archived(api: Any) -> None:
    maker = make.user()
    team = make.team(maker)
    as_maker = api(maker)
    body = {"team_id": team.id, "name": "golden", "display_name": "Golden", "type": "O"}
    made = as_maker.post("/channels", body)
    assert made.status_code == 201
    channel = made.json()
    assert channel["total_msg_count"] == 0
    assert as_maker.get(f"/teams/{team.id}/channels/name/golden").json() == channel
    assert as_maker.get(f"/teams/name/{team.name}/channels/name/golden").json() == channel
    changed = as_maker.put(f"/channels/{channel['id']}/patch", {"header": "new"}).json()
    assert (changed["header"], changed["name"]) == ("new", "golden")
    assert as_maker.delete(f"/channels/{channel['id']}").json() == {"status": "OK"}
    assert as_maker.get(f"/teams/{team.id}/channels/name/golden").status_code == 404


def test_a_channel_of_an_unknown_team_is_a_403(api: Any) -> None:
    body = {"team_id": "v" * 26, "name": "golden", "display_name": "Golden", "type": "O"}
    assert api(make.user()).post("/channels", body).status_code == 403


def test_direct_channels_over_rest(api: Any) -> None:
    ann, bob, cat = make.user(), make.user(), make.user()
    made = api(ann).post("/channels/direct", [ann.id, bob.id])
    assert (made.status_code, made.json()["type"]) == (201, "D")
    assert api(cat).post("/channels/direct", [ann.id, bob.id]).status_code == 403
    assert api(make.admin()).post("/channels/direct", [ann.id, bob.id]).status_code == 201
    assert api(ann).post("/channels/direct", [ann.id]).status_code == 400
    assert api(ann).post("/channels/direct", [ann.id, "abc"]).status_code == 400
    assert api(ann).post("/channels/direct", [ann.id, "v" * 26]).status_code == 404
    assert Channel.objects.filter(type="D").count() == 1


def test_members_are_added_over_rest(api: Any) -> None:
    ann, bob = make.user(), make.user()
    channel = make.channel(make.team(ann, bob), ann)
    path = f"/channels/{channel.id}/members"
    assert api(bob).post(path, {"user_id": bob.id}).status_code == 201
    assert api(ann).post(path, {}).status_code == 400
    assert api(make.user()).post(path, {"user_id": ann.id}).status_code == 403


def test_unread_counts_over_rest(api: Any) -> None:
    ann, bob = make.user(), make.user("bob")
    channel = make.channel(make.team(ann, bob), ann, bob)
    api(ann).post("/posts", {"channel_id": channel.id, "message": "hello @bob"})
    path = f"/users/me/channels/{channel.id}/unread"
    unread = api(bob).get(path).json()
    assert (unread["msg_count"], unread["mention_count"]) == (1, 1)
    seen = api(bob).post("/channels/members/me/view", {"channel_id": channel.id}).json()
    assert seen["last_viewed_at_times"][channel.id] > 0
    unread = api(bob).get(path).json()
    assert (unread["msg_count"], unread["mention_count"]) == (0, 0)
    assert api(make.user()).get(path).status_code == 403
