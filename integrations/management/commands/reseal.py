"""manage.py reseal: ends a change of SECRET_KEY, after which SECRET_KEY_FALLBACKS may go."""

from typing import Any

from django.core.management.base import BaseCommand

from integrations.outgoing import hooks


class Command(BaseCommand):
    """Seals the signing secrets of all outgoing webhooks anew."""

    help = "Seal all signing secrets under the SECRET_KEY of today, so that no fallback is needed."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many were sealed, and how many cannot be."""
        done, lost = hooks.reseal()
        self.stdout.write(f"Signing secrets sealed anew: {done}")
        if lost:
            self.stdout.write(
                f"Signing secrets that no known key opens: {lost}. Their webhooks send without a signature "
                "until a new secret is made on their pages."
            )
