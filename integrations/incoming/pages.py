"""What the pages of incoming webhooks have of their own: each hook with its URL."""

from collections.abc import Sequence
from datetime import tzinfo

from channels_app.show import page_frame
from integrations.managed import pages
from integrations.managed.forms import HookForm
from mattermost_hooks.console.config import get_config

from . import hooks
from .models import IncomingWebhook


class IncomingWebhookForm(HookForm):
    """Asks for what the kind declares."""

    kind = hooks.KIND
    channel_help = "The name of the channel for messages that name none themselves."
    field_order = ("display_name", "channel", "description", "username", "icon_url")


def _shown(found: Sequence[IncomingWebhook], zone: tzinfo) -> page_frame.Context:
    site_url = get_config().ServiceSettings.SiteURL
    rows = [
        pages.row(
            hook,
            secret=hooks.url_of(hook, site_url),
            acted_at=hook.last_used,
            fresh_from=hook.create_at,
            zone=zone,
        )
        for hook in found
    ]
    # Without a site URL only the browser knows the address that this server was reached at.
    return {"rows": rows, "url_is_path": not site_url}


PAGES = pages.Pages(
    service=hooks,
    form=IncomingWebhookForm,
    shown=_shown,
    name="incoming_webhook",
    title="Incoming Webhooks",
    lead="Let a program post into a channel: it sends JSON to an address made for it.",
    about=(
        "Programs post to its URL; what they send appears in its channel as written by {owner}, marked as "
        "BOT. Whoever knows the URL may post."
    ),
    made="The webhook is ready. Keep its URL secret.",
    deleted="The webhook is deleted. Its URL is refused from now on.",
    if_deleted="Programs that use its URL will be refused. This cannot be undone.",
)
