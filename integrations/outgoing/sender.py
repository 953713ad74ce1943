"""What is particular to the deliveries of outgoing webhooks (specification §3.3 to §3.5)."""

from collections.abc import Collection, Mapping

from accounts.bots import bots
from accounts.people.models import User
from channels_app.channels import channels
from channels_app.membership import permissions
from channels_app.posts import posts
from channels_app.posts.models import Origin
from integrations.delivery.models import Delivery
from integrations.delivery.senders import Sender
from mattermost_hooks.console.config import get_config

from . import payload, replies, rules
from .models import DELIVERY_KIND, OutgoingWebhook


class OutgoingWebhookSender(Sender):
    """Reports posts, and posts what is answered."""

    kind, words = DELIVERY_KIND, "Outgoing webhooks"

    def is_on(self) -> bool:
        """The switch of the console."""
        return get_config().ServiceSettings.EnableOutgoingWebhooks

    def owners(self, ids: Collection[str]) -> Mapping[str, OutgoingWebhook]:
        """The webhooks with their team and creator."""
        return OutgoingWebhook.objects.select_related("team", "creator").in_bulk(ids)

    def why_ended(self, delivery: Delivery, owner: OutgoingWebhook) -> str:
        """Webhooks end with their team and their channel, and with their creator where the console says so."""
        if owner.delete_at or owner.team.delete_at:
            return "the webhook was deleted."
        if channels.find_shared(delivery.payload["channel_id"]).delete_at:
            return "the channel was archived."
        return rules.why_it_rests(owner)

    def body(self, delivery: Delivery, owner: OutgoingWebhook) -> bytes:
        """As Mattermost sends it, with the token of now."""
        fields, content_type = delivery.payload, delivery.content_type
        return payload.encode(fields, token=owner.token, content_type=content_type)

    def sealed_secrets(self, owner: OutgoingWebhook) -> str:
        """Each webhook has its own."""
        return owner.sealed_secrets

    def take_answer(self, delivery: Delivery, owner: OutgoingWebhook, body: bytes) -> str:
        """Post it."""
        return replies.post(owner, answered_id=delivery.cause_id, body=body)

    def may_read(self, actor: User, delivery: Delivery) -> bool:
        """Whoever may read the channel that the post stands in."""
        channel = channels.find_shared(delivery.payload["channel_id"])
        return permissions.may(actor, "read_channel", channel=channel)

    def most_attempts(self, owner: OutgoingWebhook) -> int:
        """What the webhook says, else the console."""
        return owner.most_attempts or get_config().ServiceSettings.OutgoingWebhookMaxAttempts

    def tell_owner(self, owner: OutgoingWebhook, text: str) -> None:
        """A direct message of the server to the webhook's creator."""
        server = bots.system()
        name = owner.display_name or "An outgoing webhook without a title"
        posts.create(
            user=server,
            channel=channels.with_server(server, owner.creator),
            message=f"**{name}** ({owner.team.display_name}): {text}",
            origin=Origin.SERVER,
        )
