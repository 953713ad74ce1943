"""The project: puts the apps together and holds the few words that all of them share."""

from .celery import app as celery_app

__all__ = ["celery_app"]
