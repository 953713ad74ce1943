"""Prints what REST API v4 takes and gives: `manage.py openapi > docs/openapi.json`."""

import json
from typing import Any

from django.core.management import BaseCommand
from django.urls import get_resolver

from mattermost_hooks.endpoints import openapi


class Command(BaseCommand):
    """`manage.py openapi`."""

    help = "Prints the OpenAPI 3.1 description of REST API v4."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it, keys in a stable order."""
        described = openapi.describe(get_resolver().url_patterns)
        self.stdout.write(json.dumps(described, indent=1, sort_keys=True))
