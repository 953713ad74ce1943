"""The project's settings, with the benchmark's floors beside the real addresses."""

from mattermost_hooks.settings import *  # noqa: F403 - settings modules are built on one another

ROOT_URLCONF = "benchmarks.urls"
