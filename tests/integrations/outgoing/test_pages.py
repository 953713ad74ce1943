"""The page of outgoing webhooks and their deliveries."""

from collections.abc import Callable
from datetime import UTC

import pytest
from django.test import Client

from accounts.people.models import User
from channels_app.membership.models import Channel, Team
from channels_app.show import timeline
from integrations.delivery import signing_secrets
from integrations.delivery.models import DELIVERED, FAILED, PENDING, Delivery
from integrations.outgoing.models import OutgoingWebhook
from mattermost_hooks.records import now_ms
from tests import browsing, deliveries, make

pytestmark = pytest.mark.django_db

PAGE = "/demo/account/integrations/outgoing"
URL = "https://ci.example.com/hook"
UNTOUCHED = {"trigger_when": "0", "content_type": "application/x-www-form-urlencoded"}


@pytest.fixture
def team() -> Team:
    """The team "demo"."""
    return make.team(name="demo")


@pytest.fixture
def square(team: Team) -> Channel:
    """Its town square."""
    return Channel.objects.get(team=team, name="town-square")


@pytest.fixture
def owner(team: Team) -> User:
    """An administrator of the team."""
    return make.team_admin(team, "owner")


@pytest.fixture
def browser(owner: User) -> Client:
    """The owner's browser."""
    return browsing.signed_in(owner)


def delivery(hook: OutgoingWebhook, square: Channel, **more: object) -> Delivery:
    """Something that the hook has, or had, to deliver."""
    post = make.post(square, hook.creator)
    fields = {"url": URL, "content_type": "application/json", "payload": {}} | more
    return deliveries.stored(hook, post, **fields)


@pytest.mark.parametrize("separator", [",", ", ", "\n", "\r\n", ",\n"])
def test_words_may_be_separated_by_commas_or_lines(browser: Client, separator: str) -> None:
    fields = {"trigger_words": f"#build{separator}deploy", "callback_urls": URL}
    browser.post(PAGE, UNTOUCHED | fields)
    assert OutgoingWebhook.objects.get().trigger_words == ["#build", "deploy"]


def test_a_hook_is_added_and_shown_with_its_token(browser: Client, square: Channel) -> None:
    fields = {
        "display_name": "Build",
        "channel": "~town-square",
        "trigger_words": "#build",
        "trigger_when": "1",
        "callback_urls": f"{URL}\n{URL}2\n",
        "content_type": "application/json",
    }
    page = browsing.text_of(browser.post(PAGE, fields, follow=True))
    hook = OutgoingWebhook.objects.get()
    assert hook.callback_urls == [URL, f"{URL}2"]
    assert (hook.channel_id, hook.trigger_when) == (square.id, 1)
    assert hook.content_type == "application/json"
    assert hook.token in page


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"callback_urls": URL}, "trigger_words", "Give trigger words, a channel, or both."),
        (
            {"trigger_words": "x", "callback_urls": "ftp://x"},
            "callback_urls",
            "must be a valid URL",
        ),
        ({"trigger_words": "x"}, "callback_urls", "This field is required."),
        ({}, "callback_urls", "This field is required."),
        ({"callback_urls": URL, "channel": "no-such"}, "channel", "Channel does not exist."),
        ({"callback_urls": URL, "channel": "secret"}, "channel", "Channel does not exist."),
        ({"callback_urls": URL, "channel": "mine"}, "channel", "This channel is private"),
        ({"callback_urls": URL, "trigger_words": "x" * 1100}, "trigger_words", "are longer than"),
        (
            {"callback_urls": URL, "trigger_words": "x", "description": "é" * 400},
            "description",
            "At most 500 bytes",
        ),
        ({"callback_urls": URL, "trigger_words": "taken"}, "trigger_words", "Another webhook has"),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_a_refusal_stands_beside_its_field_in_words_for_people(
    browser: Client,
    team: Team,
    owner: User,
    fields: dict[str, str],
    field: str,
    words: str,
    is_new: bool,
) -> None:
    make.channel(team, name="secret", type="P")
    make.channel(team, owner, name="mine", type="P")
    make.outgoing_hook(team, owner, trigger_words=["taken"], callback_urls=[URL])
    hook = make.outgoing_hook(team, owner, display_name="Build")
    before = list(OutgoingWebhook.objects.values())
    page = PAGE if is_new else f"{PAGE}/{hook.id}"
    response = browser.post(page, UNTOUCHED | fields | {"display_name": "Typed"})
    assert response.status_code == 400
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]
    assert field not in form.errors[field][0] or field == "channel"
    shown = browsing.text_of(response)
    assert f'id="id_{field}_error"' in shown
    assert 'value="Typed"' in shown
    assert list(OutgoingWebhook.objects.values()) == before


def test_the_owners_standing_is_no_field_and_is_told_above_the_form(
    browser: Client, owner: User, team: Team
) -> None:
    bob = make.user("bob")
    hook = make.outgoing_hook(team, bob)
    fields = {"callback_urls": URL, "trigger_words": "x"}
    response = browser.post(f"{PAGE}/{hook.id}", UNTOUCHED | fields)
    assert response.context["form"].non_field_errors() == [
        "bob would own the webhook, and is not in the team Demo."
    ]


# --- The page of one hook -----------------------------------------------------------------------------


def test_a_hook_is_changed_and_its_token_stays(
    browser: Client, owner: User, team: Team, square: Channel
) -> None:
    hook = make.outgoing_hook(team, owner, channel=square)
    token = hook.token
    fields = {
        "display_name": "Build",
        "description": "Builds it",
        "channel": "",
        "trigger_words": "#build, deploy",
        "trigger_when": "1",
        "callback_urls": f"{URL}\r\n{URL}2",
        "content_type": "application/json",
    }
    page = browsing.text_of(browser.post(f"{PAGE}/{hook.id}", fields, follow=True))
    hook.refresh_from_db()
    assert (hook.display_name, hook.description, hook.token) == ("Build", "Builds it", token)
    assert (hook.trigger_words, hook.trigger_when) == (["#build", "deploy"], 1)
    assert (hook.channel, hook.content_type) == (None, "application/json")
    assert hook.callback_urls == [URL, f"{URL}2"]
    assert "The webhook is changed." in page
    assert token in page


def test_what_a_hook_has_of_rest_and_the_form_cannot_say_stays(
    browser: Client, owner: User, team: Team
) -> None:
    rare = {
        "trigger_words": ["a,b", "two words"],
        "content_type": "text/x-odd",
        "username": "robot",
        "icon_url": "https://example.com/robot.png",
    }
    hook = make.outgoing_hook(team, owner, **rare)
    form = browser.get(f"{PAGE}/{hook.id}").context["form"]
    assert "username" not in form.fields
    shown = {name: form[name].value() for name in form.fields}
    browser.post(f"{PAGE}/{hook.id}", shown | {"display_name": "Renamed"})
    hook.refresh_from_db()
    assert {name: getattr(hook, name) for name in rare} == rare
    assert hook.display_name == "Renamed"


def test_the_page_of_a_hook_shows_its_own_deliveries(
    browser: Client, owner: User, team: Team, square: Channel
) -> None:
    hook = make.outgoing_hook(team, owner)
    delivery(hook, square, note="mine")
    delivery(make.outgoing_hook(team, owner), square, note="theirs")
    page = browsing.text_of(browser.get(f"{PAGE}/{hook.id}"))
    assert "mine" in page
    assert "theirs" not in page


@pytest.mark.parametrize("kind", ["deleted", "elsewhere", "unknown"])
def test_what_is_no_hook_of_the_team_has_no_page(
    browser: Client, owner: User, team: Team, kind: str
) -> None:
    elsewhere = make.team(owner)
    elsewhere.members.update(is_admin=True)
    hook_id = {
        "deleted": make.outgoing_hook(team, owner, delete_at=1).id,
        "elsewhere": make.outgoing_hook(elsewhere, owner).id,
        "unknown": "x" * 26,
    }[kind]
    assert browser.get(f"{PAGE}/{hook_id}").status_code == 404
    assert browser.get(f"{PAGE}/{hook_id}/explain").status_code == 404
    assert browser.post(f"{PAGE}/{hook_id}", UNTOUCHED).status_code == 404


def test_a_token_is_regenerated(browser: Client, owner: User, team: Team) -> None:
    hook = make.outgoing_hook(team, owner)
    fields = {"hook_id": hook.id}
    page = browsing.text_of(browser.post(f"{PAGE}/regenerate_token", fields, follow=True))
    old = hook.token
    hook.refresh_from_db()
    assert hook.token != old
    assert hook.token in page
    assert old not in page


def _secrets(hook: OutgoingWebhook) -> list[str]:
    hook.refresh_from_db()
    return [one.text for one in signing_secrets.valid(hook.sealed_secrets, now=now_ms())]


def test_the_signing_secret_stands_on_the_hooks_own_page_only(
    browser: Client, owner: User, team: Team
) -> None:
    hook = make.outgoing_hook(team, owner)
    (secret,) = _secrets(hook)
    assert secret in browsing.text_of(browser.get(f"{PAGE}/{hook.id}"))
    in_list = browsing.text_of(browser.get(PAGE))
    assert secret not in in_list
    assert "igning secret" not in in_list


def test_a_new_signing_secret_is_shown_with_the_end_of_the_one_before(
    browser: Client, owner: User, team: Team
) -> None:
    hook = make.outgoing_hook(team, owner)
    (old,) = _secrets(hook)
    fields = {"hook_id": hook.id}
    page = browsing.text_of(browser.post(f"{PAGE}/regenerate_signing_secret", fields, follow=True))
    new, before = signing_secrets.valid(OutgoingWebhook.objects.get().sealed_secrets, now=now_ms())
    assert new.text in page
    assert old not in page
    at = timeline.moment(before.until, UTC)
    assert f'The one before it signs, too, until <time datetime="{at.isoformat()}">' in page
    assert "The webhook has a new signing secret." in page


def test_a_secret_that_cannot_be_opened_is_told_and_can_be_replaced(
    browser: Client, owner: User, team: Team
) -> None:
    hook = make.outgoing_hook(team, owner, sealed_secrets="lost")
    page = browsing.text_of(browser.get(f"{PAGE}/{hook.id}"))
    assert "It cannot be opened" in page
    assert "Make a new signing secret" in page
    browser.post(f"{PAGE}/regenerate_signing_secret", {"hook_id": hook.id})
    (new,) = _secrets(hook)
    page = browsing.text_of(browser.get(f"{PAGE}/{hook.id}"))
    assert new in page
    assert "It cannot be opened" not in page


def test_a_hook_is_deleted(browser: Client, owner: User, team: Team) -> None:
    hook = make.outgoing_hook(team, owner)
    browser.post(f"{PAGE}/delete", {"hook_id": hook.id})
    hook.refresh_from_db()
    assert hook.delete_at


def test_deliveries_show_what_became_of_them(
    browser: Client, owner: User, team: Team, square: Channel
) -> None:
    hook = make.outgoing_hook(team, owner, display_name="Build")
    delivery(hook, square, status=DELIVERED, attempt_count=1)
    delivery(hook, square, status=FAILED, attempt_count=6, note="Given up: it answered 500")
    delivery(hook, square, status=PENDING, due_at=4_102_441_200_000)
    page = browsing.text_of(browser.get(PAGE))
    for word in ("delivered", "failed", "pending", "ci.example.com", "Given up: it answered 500"):
        assert word in page
    assert "23:00:00" in page


def test_only_the_last_twenty_deliveries_are_shown(
    browser: Client, owner: User, team: Team, square: Channel
) -> None:
    hook = make.outgoing_hook(team, owner)
    for number in range(22):
        delivery(hook, square, note=f"note-{number:02}")
    page = browsing.text_of(browser.get(PAGE))
    assert page.count("note-") == 20
    assert "note-01" not in page


def test_deliveries_of_other_teams_are_not_shown(browser: Client, square: Channel) -> None:
    bob = make.user()
    other = make.team(bob)
    theirs = make.outgoing_hook(other, bob)
    delivery(theirs, make.channel(other, bob), note="theirs")
    assert "theirs" not in browsing.text_of(browser.get(PAGE))


def test_members_can_neither_see_nor_change(owner: User, team: Team) -> None:
    ann = make.user()
    team.members.create(user=ann)
    hook = make.outgoing_hook(team, owner)
    client = browsing.signed_in(ann)
    page = browsing.text_of(client.get(PAGE))
    assert "Only administrators" in page
    assert hook.token not in page
    for action in ("delete", "regenerate_token", "regenerate_signing_secret"):
        assert client.post(f"{PAGE}/{action}", {"hook_id": hook.id}).status_code == 403


def test_what_is_switched_off_says_so(browser: Client, console: Callable[..., None]) -> None:
    console(ServiceSettings__EnableOutgoingWebhooks=False)
    for page in (PAGE, f"{PAGE}/{'x' * 26}"):
        assert "Outgoing webhooks are switched off." in browsing.text_of(browser.get(page))


# --- Why did it not fire? -----------------------------------------------------------------------------


@pytest.fixture
def hook(owner: User, team: Team) -> OutgoingWebhook:
    """The owner's hook."""
    return make.outgoing_hook(team, owner, display_name="Build")


def test_the_lists_and_the_hooks_page_lead_to_the_question(
    browser: Client, hook: OutgoingWebhook
) -> None:
    for page in (PAGE, f"{PAGE}/{hook.id}"):
        assert f'href="{PAGE}/{hook.id}/explain"' in browsing.text_of(browser.get(page))


@pytest.mark.parametrize(
    "link",
    [
        "{post}",
        " {post} ",
        "https://chat.example.com/demo/pl/{post}",
        "/demo/channels/town-square?around={post}#post-{post}",
        "https://chat.example.com/wrongwrongwrongwrongwrong1/pl/{post}/",
    ],
)
def test_a_post_is_asked_about_by_a_link_or_an_id(
    browser: Client, hook: OutgoingWebhook, square: Channel, owner: User, link: str
) -> None:
    post = make.post(square, owner, "*nothing* to build")
    text = link.format(post=post.id)
    response = browser.get(f"{PAGE}/{hook.id}/explain", {"post": text})
    page = browsing.text_of(response)
    assert response.status_code == 200
    for words in (
        "It did not fire. The first word, “*nothing*”, is none of the trigger words: “trigger”.",
        "Not asked any more.",
        "“nothing to build”",
        f'href="/demo/pl/{post.id}"',
    ):
        assert words in page
    assert [page.count(f'<li class="{kind}">') for kind in ("held", "broken", "unasked")] == [
        *(7, 1, 1)
    ]


def test_what_became_of_a_post_that_fired_is_shown(
    browser: Client, hook: OutgoingWebhook, square: Channel
) -> None:
    due = delivery(hook, square, status=FAILED, attempt_count=6, note="Given up: it answered 500")
    other = delivery(hook, square, note="of another post")
    response = browser.get(f"{PAGE}/{hook.id}/explain", {"post": due.cause_id})
    page = browsing.text_of(response)
    assert "It fired, but was not delivered. Given up: it answered 500" in page
    assert "What became of it" in page
    assert "ci.example.com" in page
    assert other.note not in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "This is neither a link to a post nor the id of one."),
        ("x" * 26, "There is no such post, or none that you may read."),
        ("{secret}", "There is no such post, or none that you may read."),
    ],
)
def test_what_is_no_post_is_said_beside_the_field(
    browser: Client, hook: OutgoingWebhook, team: Team, text: str, words: str
) -> None:
    hidden = make.post(make.channel(team, type="P"), make.user(), "whispered")
    asked = {"post": text.format(secret=hidden.id)}
    response = browser.get(f"{PAGE}/{hook.id}/explain", asked)
    assert response.status_code == 400
    assert response.context["form"].errors == {"post": [words]}
    assert 'id="id_post_error"' in browsing.text_of(response)
    assert "whispered" not in browsing.text_of(response)


def test_the_last_posts_of_the_channel_are_there_to_choose_from(
    browser: Client, hook: OutgoingWebhook, team: Team, square: Channel, owner: User
) -> None:
    alerts = make.channel(team, name="alerts")
    for number in range(12):
        make.post(square, owner, f"in the square {number:02}")
    make.post(alerts, owner, "an alert")
    address = f"{PAGE}/{hook.id}/explain"
    page = browsing.text_of(browser.get(address))
    assert page.index("in the square 11") < page.index("in the square 02")
    assert "in the square 01" not in page
    page = browsing.text_of(browser.get(address, {"channel": "~alerts"}))
    assert "an alert" in page
    assert "in the square" not in page
    OutgoingWebhook.objects.update(channel=alerts)
    assert "an alert" in browsing.text_of(browser.get(address))


@pytest.mark.parametrize("handle", ["no-such", "secret"])
def test_a_channel_that_cannot_be_read_is_not_shown(
    browser: Client, hook: OutgoingWebhook, team: Team, handle: str
) -> None:
    make.post(make.channel(team, name="secret", type="P"), make.user(), "whispered")
    response = browser.get(f"{PAGE}/{hook.id}/explain", {"channel": handle})
    assert response.status_code == 400
    assert response.context["form"].errors == {"channel": ["Channel does not exist."]}
    assert "whispered" not in browsing.text_of(response)


def test_that_outgoing_webhooks_are_switched_off_is_an_answer(
    browser: Client,
    hook: OutgoingWebhook,
    square: Channel,
    owner: User,
    console: Callable[..., None],
) -> None:
    console(ServiceSettings__EnableOutgoingWebhooks=False)
    post = make.post(square, owner, "trigger")
    page = browsing.text_of(browser.get(f"{PAGE}/{hook.id}/explain", {"post": post.id}))
    assert "It did not fire. Outgoing webhooks are switched off in the System Console." in page


@pytest.mark.parametrize(
    ("outlives", "said"), [(True, "It goes on all the same."), (False, "lets such webhooks rest.")]
)
def test_a_hook_whose_creator_has_gone_says_what_becomes_of_it(
    team: Team, console: Callable[..., None], outlives: bool, said: str
) -> None:
    console(ServiceSettings__OutgoingWebhooksOutliveMembership=outlives)
    hook = make.outgoing_hook(team, make.user())
    browser = browsing.signed_in(make.team_admin(team, "other"))

    for path in (PAGE, f"{PAGE}/{hook.id}"):
        assert said in browsing.text_of(browser.get(path))
