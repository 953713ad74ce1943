"""The doors of incoming webhooks: the URL programs post to, and the hooks over REST."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.sessions.cookies import TOKEN_COOKIE
from channels_app.posts.models import Post
from integrations.incoming import call_log
from integrations.incoming.models import IncomingWebhook
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook() -> IncomingWebhook:
    """A hook in a public channel."""
    owner = make.user()
    return make.incoming_hook(make.channel(make.team(owner), owner), owner)


def test_success_is_two_letters_of_plain_text(hook: IncomingWebhook, call_hook: Any) -> None:
    answer = call_hook(hook, text="hello")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert answer.headers["Content-Type"] == "text/plain"
    assert Post.objects.get().message == "hello"


def test_every_answer_carries_request_id_and_version(hook: IncomingWebhook, call_hook: Any) -> None:
    for answer in (call_hook(hook, text="hello"), call_hook(hook)):
        assert len(answer.headers["X-Request-Id"]) == 26
        assert answer.headers["X-Version-Id"].startswith("5.38.0.")


def test_an_error_is_mattermosts_json(hook: IncomingWebhook, call_hook: Any) -> None:
    answer = call_hook(hook, text=7)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "id": "model.incoming_hook.parse_data.app_error",
        "message": "Unable to parse incoming data.",
        "detailed_error": "text must be a string",
        "request_id": answer.headers["X-Request-Id"],
        "status_code": 400,
    }


@pytest.mark.parametrize(
    "body", ['payload={"text": "Hello, this is some text."}', 'payload={"text": "a\nb"}']
)
def test_the_examples_of_the_documentation_work_as_curl_sends_them(
    hook: IncomingWebhook, body: str
) -> None:
    answer = Client().post(
        f"/hooks/{hook.id}", body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.content == b"ok"


def test_multipart_and_urlencoded_forms_are_read(hook: IncomingWebhook) -> None:
    client = Client()
    assert client.post(f"/hooks/{hook.id}", {"payload": '{"text": "m"}'}).content == b"ok"
    form = urlencode({"payload": '{"text": "f"}'})
    answer = client.post(
        f"/hooks/{hook.id}", form, content_type="application/x-www-form-urlencoded"
    )
    assert answer.content == b"ok"


def test_only_post_is_served(hook: IncomingWebhook) -> None:
    for method in ("get", "put", "delete", "patch"):
        answer = getattr(Client(), method)(f"/hooks/{hook.id}")
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]


def test_credentials_are_ignored(hook: IncomingWebhook) -> None:
    client = Client(headers={"Authorization": "Bearer nonsense"})
    client.cookies[TOKEN_COOKIE] = make.session(make.user()).token
    answer = client.post(
        f"/hooks/{hook.id}?access_token=x", {"text": "hi"}, content_type="application/json"
    )
    assert answer.content == b"ok"


def test_a_hook_is_made_read_changed_and_deleted_over_rest(api: Any) -> None:
    owner = make.admin()
    team = make.team(owner)
    channel, other = make.channel(team, owner), make.channel(team, owner)
    as_owner = api(owner)
    made = as_owner.post("/hooks/incoming", {"channel_id": channel.id, "display_name": "ci"})
    assert made.status_code == 201
    hook = made.json()
    assert hook["team_id"] == team.id
    assert as_owner.get(f"/hooks/incoming/{hook['id']}").json() == hook
    changed = as_owner.put(
        f"/hooks/incoming/{hook['id']}", hook | {"channel_id": other.id, "channel_locked": True}
    )
    assert changed.status_code == 201
    assert (changed.json()["channel_id"], changed.json()["channel_locked"]) == (other.id, True)
    assert [one["id"] for one in as_owner.get("/hooks/incoming", team_id=team.id).json()] == [
        hook["id"]
    ]
    assert as_owner.delete(f"/hooks/incoming/{hook['id']}").json() == {"status": "OK"}
    assert as_owner.get(f"/hooks/incoming/{hook['id']}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_deleted_hook_is_refused_at_once(hook: IncomingWebhook, call_hook: Any, api: Any) -> None:
    assert call_hook(hook, text="hi").status_code == 200
    api(make.admin()).delete(f"/hooks/incoming/{hook.id}")
    assert call_hook(hook, text="hi").json()["id"] == "web.incoming_webhook.invalid.app_error"


@pytest.mark.parametrize(
    ("fields", "error_id", "status"),
    [
        ({"channel_id": "v" * 26}, "app.channel.get.existing.app_error", 404),
        ({"id": "v" * 26}, "app.webhooks.save_incoming.existing.app_error", 400),
        ({"user_id": "v" * 26}, "app.user.missing_account.const", 404),
        ({"display_name": "x" * 65}, "model.incoming_hook.display_name.app_error", 400),
        ({"description": "x" * 501}, "model.incoming_hook.description.app_error", 400),
        ({"icon_url": "x" * 1025}, "model.incoming_hook.icon_url.app_error", 400),
        ({"username": "Not Valid"}, "api.incoming_webhook.invalid_username.app_error", 400),
        ({"channel_locked": "yes"}, "api.context.invalid_body_param.app_error", 400),
    ],
)
def test_what_a_hook_cannot_be(
    api: Any,
    console: Callable[..., None],
    fields: dict[str, Any],
    error_id: str,
    status: int,
) -> None:
    console(
        ServiceSettings__EnablePostUsernameOverride=True,
        ServiceSettings__EnablePostIconOverride=True,
    )
    owner = make.admin()
    body = {"channel_id": make.channel(None, owner).id} | fields
    answer = api(owner).post("/hooks/incoming", body)
    assert (answer.json()["id"], answer.status_code) == (error_id, status)
    assert not IncomingWebhook.objects.exists()


def test_name_and_picture_are_dropped_while_the_console_forbids_them(api: Any) -> None:
    owner = make.admin()
    body = {"channel_id": make.channel(None, owner).id, "username": "ci", "icon_url": "http://i"}
    made = api(owner).post("/hooks/incoming", body).json()
    assert (made["username"], made["icon_url"]) == ("", "")


def test_a_members_hook_is_managed_by_the_team_admin_and_not_by_another_member(
    hook: IncomingWebhook, api: Any
) -> None:
    mate = make.user()
    hook.team.members.create(user=mate)
    assert api(mate).get(f"/hooks/incoming/{hook.id}").status_code == 403
    assert api(mate).delete(f"/hooks/incoming/{hook.id}").status_code == 403
    assert api(make.team_admin(hook.team)).get(f"/hooks/incoming/{hook.id}").status_code == 200


def test_the_list_of_all_teams_is_for_administrators_of_the_system(
    hook: IncomingWebhook, api: Any
) -> None:
    assert api(make.team_admin(hook.team)).get("/hooks/incoming").status_code == 403
    assert len(api(make.admin()).get("/hooks/incoming").json()) == 1


def test_switched_off_hooks_are_not_managed(
    hook: IncomingWebhook, api: Any, console: Callable[..., None]
) -> None:
    console(ServiceSettings__EnableIncomingWebhooks=False)
    as_admin = api(make.admin())
    assert as_admin.get(f"/hooks/incoming/{hook.id}").status_code == 501
    assert as_admin.post("/hooks/incoming", {"channel_id": hook.channel_id}).status_code == 501
    assert as_admin.delete(f"/hooks/incoming/{hook.id}").status_code == 501


def test_an_enforced_lock_holds_for_new_hooks(api: Any, console: Callable[..., None]) -> None:
    console(
        ServiceSettings__EnforceIncomingWebhookChannelLocking=True,
        ServiceSettings__EnableOnlyAdminIntegrations=False,
    )
    member = make.user()
    channel = make.channel(make.team(member), member)
    made = api(member).post("/hooks/incoming", {"channel_id": channel.id})
    assert made.json()["channel_locked"] is True


@pytest.mark.parametrize("team_id", ["v" * 26, "abc"])
def test_list_of_an_unknown_team_is_empty_for_those_who_may_list_all(
    api: Any, team_id: str
) -> None:
    ann = make.user()
    hook_team = make.team(ann)
    make.incoming_hook(make.channel(hook_team, ann), ann)
    answer = api(make.admin()).get("/hooks/incoming", team_id=team_id)
    assert (answer.status_code, answer.json()) == (200, [])
    assert (
        api(make.team_admin(hook_team)).get("/hooks/incoming", team_id=team_id).status_code == 403
    )


def test_the_calls_of_a_hook_are_read_in_pages(
    hook: IncomingWebhook, call_hook: Any, api: Any
) -> None:
    call_hook(hook, text="hi")
    call_hook(hook, text=5)
    call_hook(hook, text="hi", channel="nowhere")
    call_log.write_down()
    manager = api(make.team_admin(hook.team))
    path = f"/hooks/incoming/{hook.id}/calls"
    newest = manager.get(path, per_page="2").json()
    assert [one["status"] for one in newest] == [404, 400]
    (oldest,) = manager.get(path, per_page="2", before=newest[-1]["id"]).json()
    assert newest[-1] | {"id": "", "create_at": 0} == {
        "id": "",
        "create_at": 0,
        "outcome": "refused",
        "source": "127.0.0.1",
        "size": len(b'{"text": 5}'),
        "status": 400,
        "error_id": "model.incoming_hook.parse_data.app_error",
        "message": "Unable to parse incoming data.",
        "detailed_error": "text must be a string",
        "post_id": "",
    }
    assert (oldest["outcome"], oldest["post_id"]) == ("posted", Post.objects.get().id)
    assert hook.id not in str(newest)
    assert manager.get(path, outcome="posted").json() == [oldest]


def test_a_cursor_of_calls_that_is_no_id_is_a_400(hook: IncomingWebhook, api: Any) -> None:
    answer = api(make.admin()).get(f"/hooks/incoming/{hook.id}/calls", before="0")
    assert (answer.status_code, answer.json()["id"]) == (400, "api.context.invalid_param.app_error")
    assert "before" in answer.json()["detailed_error"]


def test_calls_of_what_is_no_hook_are_refused_like_the_hook(
    hook: IncomingWebhook, api: Any, console: Callable[..., None]
) -> None:
    admin = api(make.admin())
    assert admin.get("/hooks/incoming/nonsense/calls").status_code == 400
    assert admin.get(f"/hooks/incoming/{'x' * 26}/calls").status_code == 404
    console(ServiceSettings__EnableIncomingWebhooks=False)
    assert admin.get(f"/hooks/incoming/{hook.id}/calls").status_code == 501
