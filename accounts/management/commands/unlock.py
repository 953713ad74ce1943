"""manage.py unlock USERNAME: lets somebody sign in at once whom too many wrong passwords make wait."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.people import users


class Command(BaseCommand):
    """Forgets the wrong passwords for an account, and those of the addresses they came from."""

    help = "Let an account sign in again at once, whatever wrong passwords came before."

    def add_arguments(self, parser: CommandParser) -> None:
        """Takes the username."""
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        """Unlock the account; an unknown name is an error."""
        user = users.find_by_username(options["username"])
        if user is None:
            raise CommandError(f"Nobody has the username {options['username']!r}.")
        users.unlock(user=user)
        self.stdout.write(f"{user.username} may sign in.")
