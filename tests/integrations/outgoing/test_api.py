"""The REST doors of outgoing webhooks."""

from typing import Any

import pytest
from django.test import Client

from accounts.people.models import User
from channels_app.membership.models import Team
from channels_app.posts import posts
from channels_app.posts.models import Origin
from integrations.delivery import signing_secrets
from integrations.delivery.models import Delivery
from integrations.outgoing import rules
from integrations.outgoing.models import OutgoingWebhook
from mattermost_hooks.records import new_id, now_ms
from tests import make

pytestmark = pytest.mark.django_db

URL = "http://a.example/hook"


@pytest.fixture
def team() -> Team:
    """A team."""
    return make.team()


@pytest.fixture
def owner(team: Team) -> User:
    """A person who runs the team."""
    return make.team_admin(team)


@pytest.fixture
def hook(team: Team, owner: User) -> OutgoingWebhook:
    """The owner's hook."""
    return make.outgoing_hook(team, owner)


def test_create_answers_201_with_every_key(api: Any, team: Team, owner: User) -> None:
    channel = make.channel(team)
    sent = {
        "team_id": team.id,
        "channel_id": channel.id,
        "trigger_words": ["go"],
        "trigger_when": 1,
        "callback_urls": [URL],
        "display_name": "name",
        "description": "words",
        "content_type": "application/json",
        "username": "robot",
        "icon_url": "http://a.example/i.png",
    }
    answer = api(owner).post("/hooks/outgoing", sent)

    stored = OutgoingWebhook.objects.get()
    assert answer.status_code == 201
    assert answer.json() == sent | {
        "id": stored.id,
        "token": stored.token,
        "create_at": stored.create_at,
        "update_at": stored.update_at,
        "delete_at": 0,
        "creator_id": owner.id,
    }


def test_create_needs_little(api: Any, team: Team, owner: User) -> None:
    sent = {"team_id": team.id, "trigger_words": ["go"], "callback_urls": [URL]}
    answer = api(owner).post("/hooks/outgoing", sent).json()

    assert (answer["channel_id"], answer["trigger_when"], answer["content_type"]) == ("", 0, "")


@pytest.mark.parametrize(
    ("wrong", "status", "id"),
    [
        ({"id": "x"}, 400, "app.webhooks.save_outgoing.override.app_error"),
        ({"token": "abc"}, 400, "model.outgoing_hook.is_valid.token.app_error"),
        ({"trigger_words": None}, 400, "api.webhook.create_outgoing.triggers.app_error"),
        ({"trigger_words": [1]}, 400, "api.context.invalid_body_param.app_error"),
        ({"trigger_words": "go"}, 400, "api.context.invalid_body_param.app_error"),
        ({"callback_urls": None}, 400, "model.outgoing_hook.is_valid.callback.app_error"),
        ({"callback_urls": [None]}, 400, "api.context.invalid_body_param.app_error"),
        ({"trigger_when": "1"}, 400, "api.context.invalid_body_param.app_error"),
        ({"channel_id": "abc"}, 404, "app.channel.get.existing.app_error"),
        ({"creator_id": "abc"}, 404, "app.user.missing_account.const"),
        ({"team_id": ""}, 403, "api.context.permissions.app_error"),
        ({"team_id": "abc"}, 403, "api.context.permissions.app_error"),
    ],
)
def test_create_refuses(
    api: Any, team: Team, owner: User, wrong: dict[str, Any], status: int, id: str
) -> None:
    sent = {"team_id": team.id, "trigger_words": ["go"], "callback_urls": [URL]}
    answer = api(owner).post("/hooks/outgoing", sent | wrong)

    assert (answer.status_code, answer.json()["id"]) == (status, id)


@pytest.mark.parametrize("body", ["{", "null", "[]", '"x"'])
def test_what_is_no_json_object_is_refused(owner: User, body: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {make.session(owner).token}"})
    answer = client.post("/api/v4/hooks/outgoing", body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["message"] == "Invalid or missing outgoing_webhook in request body."


def test_get_shows_the_hook(api: Any, owner: User, hook: OutgoingWebhook) -> None:
    answer = api(owner).get(f"/hooks/outgoing/{hook.id}")

    assert (answer.status_code, answer.json()["token"]) == (200, hook.token)


def test_list_is_of_a_team(api: Any, team: Team, owner: User, hook: OutgoingWebhook) -> None:
    answer = api(owner).get("/hooks/outgoing", team_id=team.id)

    assert [one["id"] for one in answer.json()] == [hook.id]


def test_channel_counts_before_team_in_a_list(api: Any, team: Team, owner: User) -> None:
    channel = make.channel(team)
    bound = make.outgoing_hook(team, owner, channel=channel)
    answer = api(owner).get("/hooks/outgoing", channel_id=channel.id, team_id=make.team().id)

    assert [one["id"] for one in answer.json()] == [bound.id]


def test_list_of_all_is_for_administrators(api: Any, owner: User, hook: OutgoingWebhook) -> None:
    assert len(api(make.admin()).get("/hooks/outgoing").json()) == 1
    assert api(owner).get("/hooks/outgoing").status_code == 403


@pytest.mark.parametrize("team_id", [new_id(), "abc"])
def test_list_of_an_unknown_team_is_empty_for_those_who_may_list_all(
    api: Any, owner: User, hook: OutgoingWebhook, team_id: str
) -> None:
    answer = api(make.admin()).get("/hooks/outgoing", team_id=team_id)
    assert (answer.status_code, answer.json()) == (200, [])
    assert api(owner).get("/hooks/outgoing", team_id=team_id).status_code == 403


def test_list_of_an_unknown_channel_is_forbidden(api: Any) -> None:
    assert api(make.admin()).get("/hooks/outgoing", channel_id=new_id()).status_code == 403


def test_put_replaces_the_hook_and_keeps_its_token(
    api: Any, owner: User, hook: OutgoingWebhook
) -> None:
    sent = {"id": hook.id, "token": "y" * 26, "trigger_words": ["new"], "callback_urls": [URL]}
    answer = api(owner).put(f"/hooks/outgoing/{hook.id}", sent)

    assert answer.status_code == 200
    assert answer.json()["trigger_words"] == ["new"]
    assert answer.json()["token"] == hook.token


@pytest.mark.parametrize(
    ("wrong", "status", "id"),
    [
        ({"id": "x"}, 400, "api.context.invalid_body_param.app_error"),
        ({"team_id": "x"}, 400, "api.webhook.team_mismatch.app_error"),
        ({"channel_id": "x"}, 404, "app.channel.get.existing.app_error"),
    ],
)
def test_put_refuses(
    api: Any, owner: User, hook: OutgoingWebhook, wrong: dict[str, Any], status: int, id: str
) -> None:
    sent = {"id": hook.id, "trigger_words": ["new"], "callback_urls": [URL]} | wrong
    answer = api(owner).put(f"/hooks/outgoing/{hook.id}", sent)

    assert (answer.status_code, answer.json()["id"]) == (status, id)


def test_delete_answers_ok_and_the_hook_is_gone(
    api: Any, owner: User, hook: OutgoingWebhook
) -> None:
    assert api(owner).delete(f"/hooks/outgoing/{hook.id}").json() == {"status": "OK"}
    assert api(owner).delete(f"/hooks/outgoing/{hook.id}").status_code == 404


@pytest.mark.parametrize("method", ["post", "put"])
def test_new_token_is_given_on_post_and_on_put(
    api: Any, owner: User, hook: OutgoingWebhook, method: str
) -> None:
    answer = getattr(api(owner), method)(f"/hooks/outgoing/{hook.id}/regen_token")

    assert answer.status_code == 200
    assert answer.json()["token"] == OutgoingWebhook.objects.get().token != hook.token


def test_a_new_signing_secret_is_answered_with_the_end_of_the_one_before(
    api: Any, owner: User, hook: OutgoingWebhook
) -> None:
    answer = api(owner).post(f"/hooks/outgoing/{hook.id}/regen_signing_secret")

    new, before = signing_secrets.valid(OutgoingWebhook.objects.get().sealed_secrets, now=now_ms())
    assert answer.status_code == 200
    assert answer.json() == {"signing_secret": new.text, "previous_until": before.until}


def test_a_signing_secret_that_replaces_one_nobody_can_open_stands_alone(
    api: Any, owner: User, hook: OutgoingWebhook
) -> None:
    OutgoingWebhook.objects.update(sealed_secrets="lost")
    answer = api(owner).post(f"/hooks/outgoing/{hook.id}/regen_signing_secret").json()

    assert answer["previous_until"] == 0


def test_no_other_answer_holds_a_signing_secret(
    api: Any, owner: User, team: Team, hook: OutgoingWebhook
) -> None:
    path, body = f"/hooks/outgoing/{hook.id}", {"id": hook.id, "callback_urls": [URL]}
    answers = [
        api(owner).get("/hooks/outgoing", team_id=team.id),
        api(owner).get(path),
        api(owner).put(path, body | {"trigger_words": ["go"]}),
        api(owner).post(f"{path}/regen_token"),
    ]

    for answer in answers:
        assert answer.status_code == 200
        assert "whsec_" not in answer.content.decode()
        assert "secret" not in answer.content.decode()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("put", ""),
        ("delete", ""),
        ("post", "/regen_token"),
        ("post", "/regen_signing_secret"),
        ("get", "/explain"),
    ],
)
@pytest.mark.parametrize(("hook_id", "status"), [("short", 400), (new_id(), 404)])
def test_hooks_that_cannot_be_are_told_from_those_that_are_not(
    api: Any, owner: User, method: str, path: str, hook_id: str, status: int
) -> None:
    body = {"body": {"id": hook_id}} if method == "put" else {}
    answer = getattr(api(owner), method)(f"/hooks/outgoing/{hook_id}{path}", **body)

    assert answer.status_code == status


def test_strangers_are_refused_everywhere(api: Any, team: Team, hook: OutgoingWebhook) -> None:
    stranger, path = api(make.user()), f"/hooks/outgoing/{hook.id}"
    answers = [
        stranger.post("/hooks/outgoing", {"team_id": team.id}),
        stranger.get("/hooks/outgoing", team_id=team.id),
        stranger.get(path),
        stranger.put(path, {"id": hook.id, "callback_urls": [URL]}),
        stranger.delete(path),
        stranger.post(f"{path}/regen_token"),
        stranger.post(f"{path}/regen_signing_secret"),
        stranger.get(f"{path}/explain"),
    ]

    assert {answer.status_code for answer in answers} == {403}


def test_visitors_have_to_sign_in(api: Any, hook: OutgoingWebhook) -> None:
    assert api().get(f"/hooks/outgoing/{hook.id}").status_code == 401


# --- Why did it not fire? -----------------------------------------------------------------------------


def test_explain_answers_every_rule_and_what_was_delivered(
    api: Any, team: Team, owner: User, hook: OutgoingWebhook
) -> None:
    square = team.channels.get()
    post = posts.create(user=owner, channel=square, message="trigger", origin=Origin.PERSON)
    due = Delivery.objects.get(cause_id=post.id)
    answer = api(owner).get(f"/hooks/outgoing/{hook.id}/explain", post_id=post.id)

    assert answer.status_code == 200
    shown = answer.json()
    assert shown.pop("rules") == [
        {
            "name": rule.name,
            "question": rule.question,
            "holds": True,
            "saw": rule.ask(post, hook).saw,
        }
        for rule in rules.RULES
    ]
    assert shown == {
        "hook_id": hook.id,
        "post_id": post.id,
        "fired": True,
        "would_fire": True,
        "summary": "It fired and is still to be delivered.",
        "caveat": "",
        "deliveries": [
            {
                "id": due.id,
                "create_at": due.create_at,
                "update_at": due.update_at,
                "due_at": due.create_at,
                "status": "pending",
                "url": due.url,
                "cause_id": post.id,
                "attempt_count": 0,
                "note": "",
            }
        ],
    }


def test_explain_tells_rules_that_were_not_asked_from_those_that_said_no(
    api: Any, team: Team, owner: User, hook: OutgoingWebhook, console: Any
) -> None:
    post = make.post(team.channels.get(), owner, "other", create_at=hook.update_at + 1)
    console(ServiceSettings__EnableOutgoingWebhooks=False)
    shown = api(owner).get(f"/hooks/outgoing/{hook.id}/explain", post_id=post.id).json()

    assert (shown["fired"], shown["would_fire"], shown["deliveries"]) == (False, False, [])
    assert [one["holds"] for one in shown["rules"]] == [False] + [None] * 8
    assert [one["saw"] for one in shown["rules"]][1:] == [""] * 8


@pytest.mark.parametrize("query", [{}, {"post_id": ""}, {"post_id": "nonsense"}])
def test_explain_needs_the_id_of_a_post(
    api: Any, owner: User, hook: OutgoingWebhook, query: dict[str, str]
) -> None:
    answer = api(owner).get(f"/hooks/outgoing/{hook.id}/explain", **query)

    assert answer.status_code == 400
    assert "post_id" in answer.json()["detailed_error"]
