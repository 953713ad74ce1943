"""Forms that came when their session had ended: kept while somebody signs in, then offered again."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from mattermost_hooks.console import site_path

PREFIX = "late."
_OWN_FIELDS = frozenset({"csrfmiddlewaretoken"})


@dataclass(frozen=True)
class LateForm:
    """Where a form goes and what was in it."""

    action: str
    fields: dict[str, list[str]]

    @property
    def message(self) -> str:
        """What somebody wrote into a message box, if it is one."""
        return "".join(self.fields.get("message", ()))


def of_request(request: HttpRequest) -> LateForm:
    """The form that this request brings."""
    fields = {name: values for name, values in request.POST.lists() if name not in _OWN_FIELDS}
    return LateForm(request.get_full_path(), fields)


def kept_in(request: HttpRequest) -> LateForm | None:
    """The form that the sign-in page has kept; None if there is none, or if it would not go to this server."""
    action = own_path(request.POST.get("late_action", ""))
    fields = {
        name.removeprefix(PREFIX): values
        for name, values in request.POST.lists()
        if name.startswith(PREFIX)
    }
    return LateForm(action, fields) if action else None


def page_of(request: HttpRequest) -> str:
    """The page of this server that the form stood on, as far as the browser tells; else the start."""
    referer = urlsplit(request.headers.get("Referer", ""))
    path = f"{referer.path}?{referer.query}" if referer.query else referer.path
    ours = (request.get_host(), urlsplit(site_path.origin()).netloc)
    return (own_path(path) if referer.netloc in ours else "") or reverse("home")


def own_path(wanted: str) -> str:
    """The address if it is a path on this server, whatever the Host header says; else ""."""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and wanted.startswith("/") else ""
