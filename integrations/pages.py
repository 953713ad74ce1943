"""Account Settings → Integrations: what there is, and who may manage it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.sessions.sign_in_page import signed_in
from channels_app.show import page_frame

from . import kinds
from .managed.pages import Pages, why_unavailable

PAGES: list[Pages] = [pages.PAGES for pages in kinds.modules("pages")]


@signed_in
@never_cache
@require_safe
def integrations(request: HttpRequest, team_name: str) -> HttpResponse:
    """GET /{team}/account/integrations: the way to each kind of integration, or why there is none."""
    team, person = page_frame.team_of(request, team_name), page_frame.person_of(request)
    context = page_frame.sidebar(request, team) | {
        "integrations_page": True,
        "kinds": [(of, why_unavailable(of.kind, person, team)) for of in PAGES],
    }
    return render(request, "integrations/integrations.html", context)
