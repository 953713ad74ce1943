"""The System Console: Django's admin in Mattermost's order, entered through the product's own sign-in page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth import get_user_model
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse

from .config import get_config

if TYPE_CHECKING:  # the theme has no types; its site is Django's with more on it
    from django.contrib.admin import AdminSite as ThemedSite
else:
    from unfold.sites import UnfoldAdminSite as ThemedSite

TITLE = "System Console"
INTEGRATIONS = "Integrations"
USER_MANAGEMENT = "User Management"
ENVIRONMENT = "Environment"
SITE_CONFIGURATION = "Site Configuration"
AUTHENTICATION = "Authentication"
GROUPS = (INTEGRATIONS, USER_MANAGEMENT, ENVIRONMENT, SITE_CONFIGURATION, AUTHENTICATION)

View = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True)
class Page:
    """A page that is no list of records, and where the sidebar shows it."""

    slug: str
    title: str
    group: str
    icon: str
    view: View


@dataclass(frozen=True)
class Figure:
    """A number on the dashboard; one that is `alarming` stands out."""

    label: str
    value: int | str
    link: str = ""
    alarming: bool = False


class SystemConsole(ThemedSite):
    """The one admin site. Apps add their lists with register(), their numbers with add_figures()."""

    index_title = "Dashboard"
    index_template = "console/dashboard.html"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._pages: list[Page] = []
        self._figures: list[Callable[[], Iterable[Figure]]] = []

    def add_page(self, page: Page) -> None:
        """Serve a page at <slug>/, named by its slug, and show it in the sidebar."""
        self._pages.append(page)

    def add_figures(self, figures: Callable[[], Iterable[Figure]]) -> None:
        """Ask this function for numbers whenever the dashboard is shown."""
        self._figures.append(figures)

    def extra_urls(self) -> list[URLPattern]:
        """The theme's door for the addresses of pages."""
        return [
            path(f"{page.slug}/", self.admin_view(page.view), name=page.slug)
            for page in self._pages
        ]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The dashboard: how the server is."""
        figures = [figure for ask in self._figures for figure in ask()]
        return super().index(request, {"figures": figures} | (extra_context or {}))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Strangers go to the sign-in page; who is signed in and no administrator is told so."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or reverse(f"{self.name}:index"))
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect(f"{self.name}:index")

    def autocomplete_view(  # type: ignore[override] # the view class says less than Django's site
        self, request: HttpRequest
    ) -> HttpResponseBase:
        """What a field offers while one types."""
        return _Choices.as_view(admin_site=self)(request)

    def logout(  # type: ignore[override] # the stubs allow templates only, Django any answer
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Signing out is the product's own page too; the method and the form go along."""
        return redirect("sign_out", preserve_request=True)

    def password_change(  # type: ignore[override] # as above
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One's own record: the only form that asks the rules for passwords."""
        model = get_user_model()._meta
        return redirect(f"admin:{model.app_label}_{model.model_name}_change", request.user.pk)

    def extra_context(self, context: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
        """The theme's door for what every page shows."""
        return context | {
            "site_title": f"{TITLE} · {get_config().TeamSettings.SiteName}",
            "site_header": TITLE,
            "site_subheader": get_config().TeamSettings.SiteName,
            "site_symbol": "hub",
            "site_url": reverse("home"),
            "site_favicons": [
                {"rel": "icon", "href": static("img/mark.svg"), "type": "image/svg+xml"}
            ],
            "styles": [static("css/console.css")],
            "colors": {},  # the theme would write them into the page; they stand in console.css
            "scripts": [static("js/console.js"), static("js/choices.js")],
        }

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The dashboard, then the groups: settings pages first, then the lists of records."""
        overview = _entry(request, "Dashboard", "dashboard", reverse(f"{self.name}:index"))
        groups = [{"title": "", "items": [overview]}]
        for group in GROUPS:
            groups.append({"title": group, "items": [*self._entries(request, group)]})
        return [group for group in groups if group["items"]]

    def _entries(self, request: HttpRequest, group: str) -> Iterable[dict[str, Any]]:
        for page in self._pages:
            if page.group == group:
                link = reverse(f"{self.name}:{page.slug}")
                yield _entry(request, page.title, page.icon, link)
        for model, model_admin in self._registry.items():
            if getattr(model_admin, "group", None) == group:
                names = f"{model._meta.app_label}_{model._meta.model_name}"
                link = reverse(f"{self.name}:{names}_changelist")
                title = str(model._meta.verbose_name_plural).title()
                yield _entry(request, title, getattr(model_admin, "icon", "list"), link)


class _Choices(AutocompleteJsonView):
    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        choice = super().serialize_result(obj, to_field_name)
        text_of = getattr(self.model_admin, "choice_text", None)
        return choice | {"text": text_of(obj)} if text_of else choice


def _entry(request: HttpRequest, title: str, icon: str, link: str) -> dict[str, Any]:
    is_index = link == reverse("admin:index")
    active = request.path == link if is_index else request.path.startswith(link)
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "active": active,
        "has_permission": True,
    }


# The theme's templates reverse addresses in the namespace "admin".
site = SystemConsole(name="admin")
