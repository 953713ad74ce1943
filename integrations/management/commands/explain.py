"""manage.py explain HOOK_ID POST_ID: why a post fired an outgoing webhook, or did not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_app.posts.models import Post
from integrations.outgoing import explanation
from integrations.outgoing.models import OutgoingWebhook
from integrations.outgoing.rules import Answer


class Command(BaseCommand):
    """Says what each rule answered, deleted hooks and posts included."""

    help = "Say why a post fired an outgoing webhook, or why it did not."

    def add_arguments(self, parser: CommandParser) -> None:
        """Takes the ids."""
        parser.add_argument("hook_id")
        parser.add_argument("post_id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the rules in their order; an id that nothing bears is an error."""
        hook = OutgoingWebhook.objects.filter(id=options["hook_id"]).first()
        if hook is None:
            raise CommandError(f"There is no outgoing webhook {options['hook_id']!r}.")
        known = Post.objects.select_related("channel__team", "user")
        post = known.filter(id=options["post_id"]).first()
        if post is None:
            raise CommandError(f"There is no post {options['post_id']!r}.")
        found = explanation.of(hook=hook, post=post)
        self.stdout.write(found.summary)
        if found.caveat:
            self.stdout.write(f"({found.caveat})")
        for rule, answer in found.steps:
            self.stdout.write(f"  {_mark(answer)}  {rule.question}{_seen(answer)}")
        for one in found.deliveries:
            tries = "1 try" if one.attempt_count == 1 else f"{one.attempt_count} tries"
            self.stdout.write(f"  →  {one.url}: {one.status}, {tries}. {one.note}".rstrip())


def _mark(answer: Answer | None) -> str:
    return "·" if answer is None else "✓" if answer.holds else "✗"


def _seen(answer: Answer | None) -> str:
    return " Not asked any more." if answer is None else f" {answer.saw}"
