"""A webhook of a team with its manager, a stranger to its channel, and what it delivered."""

from typing import Any

import pytest

from accounts.people.models import User
from channels_app.membership.models import Channel, Team
from integrations.outgoing.models import OutgoingWebhook
from tests import deliveries, make

URL = "https://ci.example.com/hook?key=s3cret"


@pytest.fixture
def manager(team: Team) -> User:
    """Somebody who may manage all webhooks of the team."""
    return make.team_admin(team, "manager")


@pytest.fixture
def hook(team: Team, manager: User) -> OutgoingWebhook:
    """A webhook of the manager's."""
    return make.outgoing_hook(team, manager, display_name="Build", callback_urls=[URL])


@pytest.fixture
def sent(hook: OutgoingWebhook, channel: Channel, manager: User) -> Any:
    """`sent(status=…)`: a delivery of the webhook."""

    def store(**fields: Any) -> Any:
        on = fields.pop("on", channel)
        return deliveries.stored(hook, make.post(on, manager, "the text"), url=URL, **fields)

    return store
