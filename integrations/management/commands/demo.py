"""Makes the demo team on a server that is still empty, and says how to look round in it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from accounts.people.models import SYSTEM_ADMIN, User
from integrations import demo
from integrations.incoming import hooks
from mattermost_hooks.console.config import get_config


class Command(BaseCommand):
    """Safe to run again: a server with people or teams of its own is left alone."""

    help = "Makes a demo team with people, webhooks and posts, if there is nothing but the first account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the texts and the webhook need to know of this server."""
        parser.add_argument("--site-url", default="", help="the address people open")
        parser.add_argument(
            "--build-bot-port", type=int, default=8066, help="where the bot listens"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say on stdout what was made; its passwords and hook URL are shown this once."""
        site_url = options["site_url"] or get_config().ServiceSettings.SiteURL
        if not demo.is_due():
            self.stdout.write(f"  Teams          {site_url}/")
            return
        administrator = User.objects.filter(is_bot=False).get()
        if not administrator.has_role(SYSTEM_ADMIN):
            raise CommandError("The only account is no administrator, so the demo cannot be made.")
        seeded = demo.seed(administrator=administrator, build_bot_port=options["build_bot_port"])
        for username, password in seeded.passwords.items():
            self.stdout.write(f"  Demo person    {username}, password {password}")
        url = hooks.url_of(seeded.hook, site_url)
        self.stdout.write(f"  Demo team      {site_url}/{demo.TEAM}")
        self.stdout.write(f"""  Post to it     curl -d 'payload={{"text": "Hello"}}' {url}""")
        self.stdout.write("  Ask the bot    write #build in Town Square")
