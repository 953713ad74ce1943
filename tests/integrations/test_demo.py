"""The demo team."""

import io
from collections.abc import Callable

import pytest
from django.core.management import call_command

from accounts.people import users
from accounts.people.models import User
from accounts.sessions import sessions
from channels_app.channels import channels
from channels_app.membership.models import Team
from channels_app.posts.models import Post
from channels_app.teams import teams
from integrations import demo
from integrations.delivery.models import Delivery
from integrations.outgoing.models import OutgoingWebhook
from mattermost_hooks import process_cache
from mattermost_hooks.console.config import SUBJECT, get_config
from tests import make

pytestmark = pytest.mark.django_db


BOT_URL = "http://127.0.0.1:8066/demo-build-bot"


def seed() -> demo.Seeded:
    """The demo team around a fresh administrator."""
    return demo.seed(administrator=make.admin("admin"), build_bot_port=8066)


def test_everybody_can_sign_in_and_is_in_town_square() -> None:
    seeded = seed()
    team = teams.find_by_name(demo.TEAM)
    for username, password in seeded.passwords.items():
        user = sessions.sign_in(login_id=username, password=password, address="").user
        joined = {channel.name for channel in channels.of_user_in_team(user, team)}
        assert joined == {"town-square", "off-topic"}


def test_passwords_differ_each_time() -> None:
    assert len(set(seed().passwords.values())) == len(demo.PEOPLE)


def test_the_bot_is_asked_for_the_build_at_once() -> None:
    seed()
    hook = OutgoingWebhook.objects.get()
    delivery = Delivery.objects.get()
    assert (delivery.owner_id, delivery.url) == (hook.id, BOT_URL)
    assert demo.build_bot() == demo.BuildBot(port=8066, token=hook.token)


def test_the_server_may_call_the_bot_and_keeps_mattermosts_other_defaults() -> None:
    seed()
    process_cache.forget_now(SUBJECT)
    settings = get_config().ServiceSettings
    assert settings.AllowedUntrustedInternalConnections == "127.0.0.1"
    assert not settings.EnablePostUsernameOverride
    assert not settings.EnablePostIconOverride


def test_what_the_operator_fixed_in_the_environment_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS", "10.0.0.0/8")
    process_cache.forget_now(SUBJECT)
    seed()
    allowed = get_config().ServiceSettings.AllowedUntrustedInternalConnections
    assert allowed == "10.0.0.0/8"


def test_what_the_demos_programs_post_bears_their_names_and_the_bot_mark() -> None:
    seed()
    hook = OutgoingWebhook.objects.get()
    assert (hook.creator.display_name, hook.creator.is_bot) == ("Build bot", True)
    said = Post.objects.get(props__from_webhook="true")
    assert (said.user.display_name, said.user.is_bot) == ("Monitoring", True)


def test_the_webhook_and_what_it_still_has_to_deliver_follow_the_bot() -> None:
    seed()
    demo.call_build_bot_at(9123)
    moved = "http://127.0.0.1:9123/demo-build-bot"
    assert OutgoingWebhook.objects.get().callback_urls == [moved]
    assert Delivery.objects.get().url == moved
    bot = demo.build_bot()
    assert bot is not None
    assert bot.port == 9123


def test_a_webhook_that_calls_somebodys_own_program_is_left_alone() -> None:
    seed()
    own = ["http://127.0.0.1:5000/"]
    OutgoingWebhook.objects.update(callback_urls=own)
    demo.call_build_bot_at(9123)
    assert OutgoingWebhook.objects.get().callback_urls == own
    assert demo.build_bot() is None


def test_without_the_demos_webhook_there_is_no_bot_to_run() -> None:
    assert demo.build_bot() is None
    ann = make.user()
    make.outgoing_hook(
        make.team(ann), ann, display_name=demo.BUILD_BOT, callback_urls=["http://a.b"]
    )
    assert demo.build_bot() is None


def run_command() -> str:
    """What `manage.py demo` says."""
    said = io.StringIO()
    call_command("demo", site_url="http://chat.test", stdout=said)
    return said.getvalue()


def test_the_command_tells_how_to_come_in_and_only_once() -> None:
    make.admin("admin")
    first, second = run_command(), run_command()
    assert "ann, password " in first
    assert "http://chat.test/hooks/" in first
    assert "password" not in second
    assert "/hooks/" not in second
    assert Team.objects.count() == 1
    assert users.find_by_username("ann") is not None


@pytest.mark.parametrize("prepare", [make.team, make.user])
def test_a_server_with_something_of_its_own_is_left_alone(prepare: Callable[[], object]) -> None:
    make.admin("admin")
    prepare()
    people, team_count = User.objects.count(), Team.objects.count()
    run_command()
    assert (User.objects.count(), Team.objects.count()) == (people, team_count)
    assert not Post.objects.exists()
