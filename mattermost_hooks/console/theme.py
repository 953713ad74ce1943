"""The theme's templates as a strict Content-Security-Policy lets browsers run them.

Without `unsafe-eval` the theme's scripts read single expressions that name no globals (Alpine's build for such
policies, static/unfold/js/alpine), without `unsafe-inline` no style may be a text. The few places that ask for
more are rewritten when a template is loaded; what they need is in static/js/console.js.
"""

import re
from collections.abc import Sequence

from django.template import Origin
from django.template.loaders.app_directories import Loader

Rewriting = tuple[re.Pattern[str], str]

# No styles of its own in the page, and no code in attributes.
_HTMX = '{"includeIndicatorStyles": false, "allowEval": false, "selfRequestsOnly": true, "historyCacheSize": 0}'
_FIRST_TAB = "{% if opts %}{% tabs_primary_active inline_admin_formsets %}{% endif %}"

REWRITINGS: dict[str, Sequence[Rewriting]] = {
    "unfold/layouts/skeleton.html": [
        (re.compile("<head>"), f"<head>\n<meta name=\"htmx-config\" content='{_HTMX}'>"),
        (
            re.compile(r'x-data="\{.*?\}"\s+x-init=".*?"\s*(?=>)', re.DOTALL),
            f"x-data=\"consolePage('{_FIRST_TAB}')\"",
        ),
    ],
    "unfold/helpers/welcomemsg.html": [
        (
            re.compile(r"(sidebarDesktopOpen = !sidebarDesktopOpen); localStorage.setItem\(.*?\);"),
            r"\1",
        ),
    ],
    "unfold/helpers/search.html": [
        (re.compile("openSearchResults = true; currentIndex = 0"), "openSearchResults = true"),
        (
            re.compile(r"openSearchResults = false; if .*?(?=\")"),
            "openSearchResults = false",
        ),
    ],
    "unfold/helpers/command.html": [
        (
            re.compile(r"if \((!\$event\.metaKey && !\$event\.ctrlKey)\) (?=selectItem)"),
            r"\1 && ",
        ),
    ],
    "admin/actions.html": [
        (
            re.compile(r"\"'width: ' \+ changeListWidth \+ 'px'\""),
            "\"{width: changeListWidth + 'px'}\"",
        ),
    ],
    "admin/change_form.html": [
        (re.compile(r'(?<=x-bind:action=)"activeTab .*?"'), '"formAddress()"'),
    ],
}


class Templates(Loader):
    """Loads the templates of apps, those of the theme rewritten."""

    def get_contents(self, origin: Origin) -> str:
        """The text of a template."""
        text: str = super().get_contents(origin)
        return rewritten(str(origin.template_name), text)


def rewritten(template: str, text: str) -> str:
    """The text of a template as our pages use it. LookupError when it has none of what is to be rewritten."""
    for pattern, instead in REWRITINGS.get(template, ()):
        text, number = pattern.subn(instead, text)
        if not number:
            raise LookupError(f"{template} holds nothing like {pattern.pattern}")
    return text
