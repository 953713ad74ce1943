"""The files of the pages: named after their content, compressed, and made ready when the server starts.

Where nobody has made them ready (tests, a web process by itself) they are served as they are.
"""

import fcntl
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.urls import get_script_prefix
from whitenoise.storage import CompressedManifestStaticFilesStorage

# What was made ready last, told by names, sizes and times.
MARK = ".ready"


class UsedFiles(StaticFilesConfig):
    """Django's static files without those that no page of ours asks for."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("rest_framework", "gis", "i18n", "xregexp", "*.map", "*.md", "*.txt", "LICENSE*"),
    ]


class NamedByContent(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # no types
    """Addresses of static files, below the path that the server stands at."""

    def stored_name(self, name: str) -> str:
        """The name after the content; the plain one of a file that was not made ready."""
        found = self.hashed_files.get(self.hash_key(self.clean_name(name)))
        return str(found or name)

    def url(self, name: str, force: bool = False) -> str:  # noqa: FBT001, FBT002 - Django's
        """The address of a file. Django would remember the path of the first request for good."""
        return get_script_prefix().rstrip("/") + str(super().url(name, force))


def make_ready() -> None:
    """Bring STATIC_ROOT up to date; quick if nothing has changed. One process at a time does it."""
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with (root / MARK).open("a+") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        mark.seek(0)
        now = _fingerprint()
        if mark.read() != now:
            call_command("collectstatic", interactive=False, verbosity=0)
            mark.truncate(0)
            mark.write(now)


def _fingerprint() -> str:
    return blake2b("\n".join(sorted(_described())).encode(), digest_size=16).hexdigest()


def _described() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list(UsedFiles.ignore_patterns):
            file = Path(storage.path(name)).stat()
            yield f"{storage.location} {name} {file.st_size} {file.st_mtime_ns}"
