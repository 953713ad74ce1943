"""Nothing on the pages of members keeps people out who see, hear or move in other ways (axe-core)."""

import pytest

from tests.browsing import Server, Visit, barriers

pytestmark = pytest.mark.browser

PAGES = [
    "channels/town-square",
    "messages/@bob",
    "browse",
    "account/integrations",
    "account/integrations/incoming",
    "account/integrations/outgoing",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_barriers(visit: Visit, server: Server, path: str) -> None:
    assert barriers(visit("admin"), [f"{server.url}/demo/{path}"]) == []
