"""The rules of making, changing and deleting outgoing webhooks."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.people.models import User
from channels_app.channels import channels
from channels_app.membership.models import Team
from integrations.delivery import signing_secrets
from integrations.outgoing import hooks
from integrations.outgoing.models import OutgoingWebhook
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import now_ms
from tests import at_once, make

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
def made(team: Team, owner: User) -> Callable[..., OutgoingWebhook]:
    """`made(trigger_when=1)`: a hook that the owner makes on the word "go"."""

    def create(**more: Any) -> OutgoingWebhook:
        fields: dict[str, Any] = {"actor": owner, "trigger_words": ["go"], "callback_urls": [URL]}
        return hooks.create(team=team, **fields | more)

    return create


def _refusal(call: Callable[..., object], **arguments: Any) -> AppError:
    with pytest.raises(AppError) as raised:
        call(**arguments)
    return raised.value


# --- Creating -----------------------------------------------------------------------------------------


def test_hook_is_stored_with_a_token_of_its_own(
    made: Callable[..., OutgoingWebhook], owner: User
) -> None:
    hook = made()

    stored = OutgoingWebhook.objects.get()
    assert len(stored.token) == 26
    assert (stored.id, stored.creator, stored.trigger_words) == (hook.id, owner, ["go"])


def test_token_of_an_existing_receiver_is_kept(made: Callable[..., OutgoingWebhook]) -> None:
    assert made(token="x" * 26).token == "x" * 26


def test_channel_alone_is_enough(made: Callable[..., OutgoingWebhook], team: Team) -> None:
    channel = make.channel(team)

    assert made(channel=channel, trigger_words=()).channel == channel


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        ({"trigger_words": []}, "api.webhook.create_outgoing.triggers.app_error"),
        ({"token": "short"}, "model.outgoing_hook.is_valid.token.app_error"),
        ({"trigger_words": [""]}, "model.outgoing_hook.is_valid.trigger_words.app_error"),
        ({"trigger_words": ["w" * 1023]}, "model.outgoing_hook.is_valid.words.app_error"),
        ({"trigger_words": ["é" * 512]}, "model.outgoing_hook.is_valid.words.app_error"),
        ({"callback_urls": []}, "model.outgoing_hook.is_valid.callback.app_error"),
        (
            {"callback_urls": ["http://a.example/" + "u" * 1006]},
            "model.outgoing_hook.is_valid.callback.app_error",
        ),
        ({"callback_urls": ["ftp://a.example"]}, "model.outgoing_hook.is_valid.url.app_error"),
        ({"callback_urls": [URL, "a.example"]}, "model.outgoing_hook.is_valid.url.app_error"),
        ({"display_name": "n" * 65}, "model.outgoing_hook.is_valid.display_name.app_error"),
        ({"description": "d" * 501}, "model.outgoing_hook.is_valid.description.app_error"),
        ({"content_type": "c" * 129}, "model.outgoing_hook.is_valid.content_type.app_error"),
        ({"trigger_when": 2}, "model.outgoing_hook.is_valid.trigger_when.app_error"),
        ({"trigger_when": -1}, "model.outgoing_hook.is_valid.trigger_when.app_error"),
        ({"username": "u" * 65}, "model.outgoing_hook.username.app_error"),
        ({"icon_url": "i" * 1025}, "model.outgoing_hook.icon_url.app_error"),
    ],
)
def test_what_breaks_a_limit_is_refused_and_nothing_stored(
    made: Callable[..., OutgoingWebhook], wrong: dict[str, Any], id: str
) -> None:
    refusal = _refusal(made, **wrong)

    assert (refusal.id, refusal.status) == (id, 400)
    assert not OutgoingWebhook.objects.exists()


@pytest.mark.parametrize(
    "right",
    [
        {"trigger_words": ["w" * 1022]},
        {"callback_urls": [("http://a.example/" + "u" * 1005)]},
        {"callback_urls": ["http://127.0.0.1/café"]},
        {"display_name": "n" * 64, "description": "d" * 500, "username": "u" * 64},
        {"content_type": "foo/bar"},
    ],
)
def test_what_just_fits_a_limit_is_stored(
    made: Callable[..., OutgoingWebhook], right: dict[str, Any]
) -> None:
    made(**right)

    stored = OutgoingWebhook.objects.get()
    assert {name: getattr(stored, name) for name in right} == right


@pytest.mark.parametrize("type", ["P", "D"])
def test_channel_must_be_public(
    made: Callable[..., OutgoingWebhook], team: Team, type: str
) -> None:
    refusal = _refusal(made, channel=make.channel(team, type=type))

    assert (refusal.id, refusal.status) == (
        "api.webhook.create_outgoing.not_open.app_error",
        403,
    )


def test_channel_must_be_of_the_team(made: Callable[..., OutgoingWebhook]) -> None:
    refusal = _refusal(made, channel=make.channel())

    assert (refusal.id, refusal.status) == (
        "api.webhook.create_outgoing.permissions.app_error",
        403,
    )


def test_second_hook_with_the_same_word_and_address_is_refused(
    made: Callable[..., OutgoingWebhook],
) -> None:
    made(trigger_words=["go", "stop"])
    refusal = _refusal(made, trigger_words=["stop"], callback_urls=["http://b.example/", URL])

    assert (refusal.id, refusal.status) == (
        "api.webhook.create_outgoing.intersect.app_error",
        400,
    )


@pytest.mark.parametrize(
    "other", [{"trigger_words": ["stop"]}, {"callback_urls": ["http://b.example/"]}]
)
def test_hooks_may_share_words_or_addresses(
    made: Callable[..., OutgoingWebhook], other: dict[str, Any]
) -> None:
    made()
    made(**other)

    assert OutgoingWebhook.objects.count() == 2


def test_hooks_of_different_channels_do_not_collide(
    made: Callable[..., OutgoingWebhook], team: Team
) -> None:
    made()
    made(channel=make.channel(team))
    made(channel=make.channel(team))

    assert OutgoingWebhook.objects.count() == 3


def test_deleted_hook_is_in_nobodys_way(made: Callable[..., OutgoingWebhook], owner: User) -> None:
    hooks.delete(actor=owner, hook=made())

    made()


def test_administrator_may_make_a_hook_for_another_person(
    made: Callable[..., OutgoingWebhook], team: Team
) -> None:
    other = make.user()
    team.members.create(user=other)

    assert made(creator_id=other.id).creator == other


def test_creator_must_be_in_the_team_and_may_not_outrank_the_maker(
    made: Callable[..., OutgoingWebhook], team: Team
) -> None:
    stranger, admin = make.user(), make.admin()
    team.members.create(user=admin)

    for creator, status in ((stranger, 400), (admin, 403)):
        refusal = _refusal(made, creator_id=creator.id)
        assert (refusal.status, "creator_id" in refusal.detail) == (status, True)
    assert not OutgoingWebhook.objects.exists()


def test_a_hook_whose_creator_has_left_the_team_is_not_changed(
    made: Callable[..., OutgoingWebhook], team: Team, owner: User
) -> None:
    hook = made()
    team.members.filter(user=owner).update(delete_at=1)

    refusal = _refusal(
        hooks.update, actor=make.admin(), hook=hook, trigger_words=["x"], callback_urls=[URL]
    )
    assert (refusal.status, "creator_id" in refusal.detail) == (400, True)


def test_creator_must_exist(made: Callable[..., OutgoingWebhook]) -> None:
    assert _refusal(made, creator_id="nobody").status == 404


def test_members_may_not_make_hooks(made: Callable[..., OutgoingWebhook]) -> None:
    assert _refusal(made, actor=make.user()).status == 403


def test_members_may_make_their_own_when_integrations_are_open_to_all(
    team: Team, console: Any
) -> None:
    console(ServiceSettings__EnableOnlyAdminIntegrations=False)
    member = make.user()
    team.members.create(user=member)
    fields: dict[str, Any] = {"team": team, "trigger_words": ["go"], "callback_urls": [URL]}

    assert hooks.create(actor=member, **fields).creator == member
    refusal = _refusal(hooks.create, actor=member, creator_id=make.user().id, **fields)
    assert refusal.status == 403


# --- Changing -----------------------------------------------------------------------------------------


def test_an_update_undoes_no_token_that_was_regenerated_meanwhile(
    made: Callable[..., OutgoingWebhook], owner: User
) -> None:
    seen = made()
    fresh = hooks.regenerate_token(actor=owner, hook=hooks.find(seen.id)).token

    hooks.update(actor=owner, hook=seen, trigger_words=["x"], callback_urls=[URL])

    assert hooks.find(seen.id).token == fresh


def test_a_hook_deleted_meanwhile_is_a_404_and_stays_deleted(
    made: Callable[..., OutgoingWebhook], owner: User
) -> None:
    seen = made()
    token = seen.token
    hooks.delete(actor=owner, hook=hooks.find(seen.id))
    changes: list[tuple[Callable[..., object], dict[str, Any]]] = [
        (hooks.update, {"trigger_words": ["x"], "callback_urls": [URL]}),
        (hooks.regenerate_token, {}),
        (hooks.regenerate_signing_secret, {}),
        (hooks.delete, {}),
    ]

    for change, more in changes:
        assert _refusal(change, actor=owner, hook=seen, **more).status == 404

    stored = OutgoingWebhook.objects.get()
    assert stored.delete_at > 0
    assert (stored.trigger_words, stored.token) == (["go"], token)


def test_update_replaces_what_the_hook_says_and_keeps_who_it_is(
    made: Callable[..., OutgoingWebhook], owner: User
) -> None:
    hook = made(description="old", username="robot")
    token = hook.token

    hooks.update(actor=owner, hook=hook, trigger_words=["stop"], callback_urls=[URL])

    stored = OutgoingWebhook.objects.get()
    assert (stored.trigger_words, stored.description, stored.username) == (["stop"], "", "")
    assert (stored.token, stored.creator, stored.create_at) == (token, owner, hook.create_at)


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        ({"callback_urls": ["nope"]}, "model.outgoing_hook.is_valid.url.app_error"),
        ({"callback_urls": []}, "model.outgoing_hook.is_valid.callback.app_error"),
        ({"trigger_words": []}, "api.webhook.create_outgoing.triggers.app_error"),
        ({"description": "d" * 501}, "model.outgoing_hook.is_valid.description.app_error"),
    ],
)
def test_update_is_checked_like_a_creation(
    made: Callable[..., OutgoingWebhook], owner: User, wrong: dict[str, Any], id: str
) -> None:
    fields = {"trigger_words": ["go"], "callback_urls": [URL]} | wrong
    refusal = _refusal(hooks.update, actor=owner, hook=made(), **fields)

    assert (refusal.id, refusal.status) == (id, 400)


def test_update_may_not_collide_with_another_hook_but_with_itself(
    made: Callable[..., OutgoingWebhook], owner: User
) -> None:
    made()
    hook = made(trigger_words=["stop"])

    hooks.update(actor=owner, hook=hook, trigger_words=["stop"], callback_urls=[URL])
    refusal = _refusal(
        hooks.update, actor=owner, hook=hook, trigger_words=["go"], callback_urls=[URL]
    )

    assert (refusal.id, refusal.status) == (
        "api.webhook.update_outgoing.intersect.app_error",
        400,
    )


def test_new_token_replaces_the_old_one(made: Callable[..., OutgoingWebhook], owner: User) -> None:
    hook = made()
    old = hook.token

    hooks.regenerate_token(actor=owner, hook=hook)

    assert OutgoingWebhook.objects.get().token not in ("", old)


def test_each_hook_is_made_with_a_signing_secret_of_its_own(
    made: Callable[..., OutgoingWebhook],
) -> None:
    secrets = {
        signing_secrets.valid(hook.sealed_secrets, now=now_ms())[0].text
        for hook in (made(), made(trigger_words=["other"]))
    }
    assert len(secrets) == 2


def test_the_signing_secret_before_a_new_one_is_valid_for_a_day(
    made: Callable[..., OutgoingWebhook], owner: User
) -> None:
    hook = made()
    (old,) = signing_secrets.valid(hook.sealed_secrets, now=now_ms())
    began = now_ms()

    new, before = hooks.regenerate_signing_secret(actor=owner, hook=hook)

    stored = OutgoingWebhook.objects.get()
    assert signing_secrets.valid(stored.sealed_secrets, now=now_ms()) == [new, before]
    assert (before.text, new.until) == (old.text, 0)
    day = signing_secrets.OVERLAP_MS
    assert began + day <= before.until <= now_ms() + day
    assert stored.update_at >= began
    assert stored.token == hook.token


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_of_new_signing_secrets_that_are_made_at_once_none_is_lost(
    made: Callable[..., OutgoingWebhook], owner: User
) -> None:
    hook_id = made().id

    def regenerate(_: int) -> str:
        return hooks.regenerate_signing_secret(actor=owner, hook=hooks.find(hook_id))[0].text

    answered = at_once.do(regenerate, threads=3)

    sealed = OutgoingWebhook.objects.get().sealed_secrets
    assert {one.text for one in signing_secrets.valid(sealed, now=now_ms())} == set(answered)


def test_deleted_hook_is_not_found(made: Callable[..., OutgoingWebhook], owner: User) -> None:
    hook = made()
    hooks.delete(actor=owner, hook=hook)

    refusal = _refusal(hooks.find, hook_id=hook.id)

    assert (refusal.id, refusal.status) == ("app.webhooks.get_outgoing.app_error", 404)


def test_only_those_who_manage_hooks_of_others_touch_them(
    made: Callable[..., OutgoingWebhook], team: Team, console: Any
) -> None:
    console(ServiceSettings__EnableOnlyAdminIntegrations=False)
    hook, member = made(), make.user()
    team.members.create(user=member)

    for call in (hooks.delete, hooks.regenerate_token):
        assert _refusal(call, actor=member, hook=hook).status == 403
    assert _refusal(hooks.read, actor=member, hook_id=hook.id).status == 403


def test_everything_is_refused_while_outgoing_webhooks_are_switched_off(
    made: Callable[..., OutgoingWebhook], team: Team, owner: User, console: Any
) -> None:
    hook = made()
    console(ServiceSettings__EnableOutgoingWebhooks=False)

    refusals = [
        _refusal(made),
        _refusal(hooks.update, actor=owner, hook=hook, callback_urls=[URL]),
        _refusal(hooks.regenerate_token, actor=owner, hook=hook),
        _refusal(hooks.delete, actor=owner, hook=hook),
        _refusal(hooks.read, actor=owner, hook_id=hook.id),
        _refusal(hooks.of_team, actor=owner, team=team),
    ]

    assert {(one.id, one.status) for one in refusals} == {
        ("api.outgoing_webhook.disabled.app_error", 501)
    }


# --- Listing ------------------------------------------------------------------------------------------


def test_list_of_a_team_is_in_order_and_in_pages(
    made: Callable[..., OutgoingWebhook], team: Team, owner: User
) -> None:
    ordered = [make.outgoing_hook(team, owner, create_at=number) for number in range(1, 4)]
    make.outgoing_hook(make.team(), owner)

    assert hooks.of_team(actor=owner, team=team) == ordered
    assert hooks.of_team(actor=owner, team=team, first=1, limit=1) == ordered[1:2]


def test_list_of_a_channel_has_the_hooks_bound_to_it(
    made: Callable[..., OutgoingWebhook], team: Team, owner: User
) -> None:
    channel = make.channel(team)
    made()
    bound = made(channel=channel)

    assert hooks.of_channel(actor=owner, channel=channel) == [bound]


def test_members_see_only_their_own(
    made: Callable[..., OutgoingWebhook], team: Team, console: Any
) -> None:
    console(ServiceSettings__EnableOnlyAdminIntegrations=False)
    member = make.user()
    team.members.create(user=member)
    made()
    own = make.outgoing_hook(team, member)

    assert hooks.of_team(actor=member, team=team) == [own]


def test_list_of_all_teams_is_for_system_administrators(
    made: Callable[..., OutgoingWebhook], owner: User
) -> None:
    hook = made()

    assert hooks.of_team(actor=make.admin(), team=None) == [hook]
    assert _refusal(hooks.of_team, actor=owner, team=None).status == 403


def test_the_hooks_of_a_channel_end_with_it_and_those_of_the_team_do_not(team: Team) -> None:
    ann = make.team_admin(team)
    channel = make.channel(team, ann)
    hook, of_team = make.outgoing_hook(team, ann, channel=channel), make.outgoing_hook(team, ann)
    channels.archive(actor=ann, channel=channel)
    assert _refusal(hooks.find, hook_id=hook.id).status == 404
    assert hooks.find(of_team.id) == of_team
