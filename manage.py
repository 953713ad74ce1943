#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mattermost_hooks.settings")
    try:
        settings.DATA_DIR  # noqa: B018 - reading one reads them all
    except ImproperlyConfigured as error:
        sys.exit(f"Stopped: {error}")
    execute_from_command_line(sys.argv)
