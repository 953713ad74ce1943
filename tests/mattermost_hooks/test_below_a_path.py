"""A server that stands below a path of its host, behind a proxy that keeps the path and one that strips it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest
import requests

from tests import proxy, running, servers
from tests.running import Person

pytestmark = pytest.mark.servers

PREFIX = "/mattermost"


@dataclass(frozen=True)
class Place:
    """The address people know, the server's own, and the administrator, who speaks through the proxy."""

    url: str
    inner_url: str
    admin: Person

    def browser(self) -> requests.Session:
        """Signed in over the form, as a browser does."""
        session = requests.Session()
        form = session.get(f"{self.url}/login", timeout=20)
        fields = {
            "csrfmiddlewaretoken": found(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text),
            "login_id": "admin",
            "password": running.ADMIN_PASSWORD,
        }
        host = self.url.removesuffix(PREFIX)
        signed_in = session.post(
            f"{self.url}/login",
            fields,
            headers={"Origin": host, "Referer": form.url},
            timeout=20,
            allow_redirects=False,
        )
        assert signed_in.status_code == 302, signed_in.text
        return session


@pytest.fixture(scope="module", params=["keeps", "strips"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    strips = request.param == "strips"
    with proxy.project_below(PREFIX, strips=strips, ending="/") as (url, project):
        token = project.sign_in().token
        yield Place(url, project.url, Person(url, token))


@pytest.fixture(scope="module")
def channel(place: Place) -> dict[str, str]:
    team = place.admin.call("POST", "/teams", {"name": "one", "display_name": "One", "type": "O"})
    square: dict[str, str] = place.admin.call(
        "GET", f"/teams/{team['id']}/channels/name/town-square"
    )
    return square


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[1]


def test_hooks_and_rest_are_served_there(place: Place, channel: dict[str, str]) -> None:
    hook = place.admin.call("POST", "/hooks/incoming", {"channel_id": channel["id"]})
    called = requests.post(f"{place.url}/hooks/{hook['id']}", json={"text": "hello"}, timeout=20)
    assert (called.status_code, called.text) == (200, "ok")
    said = place.admin.call("GET", f"/channels/{channel['id']}/posts")["posts"].values()
    assert "hello" in [post["message"] for post in said]


def test_signing_in_sets_cookies_for_the_path_alone_and_leads_on_below_it(place: Place) -> None:
    session = place.browser()
    assert {cookie.path for cookie in session.cookies} == {PREFIX}
    started = session.get(f"{place.url}/login", timeout=20, allow_redirects=False)
    assert started.headers["Location"] == f"{PREFIX}/"


def test_a_stranger_is_sent_to_the_sign_in_page_and_from_there_back(place: Place) -> None:
    asked = f"{PREFIX}/one/channels/town-square"
    host = place.url.removesuffix(PREFIX)
    refused = requests.get(f"{host}{asked}?x=1", timeout=20, allow_redirects=False)
    location = f"{PREFIX}/login?next={asked}%3Fx%3D1"
    assert (refused.status_code, refused.headers["Location"]) == (302, location)


def test_every_address_on_the_pages_lies_below_the_path(
    place: Place, channel: dict[str, str]
) -> None:
    session = place.browser()
    pages = ["", "/one/channels/town-square", "/one/account/integrations/incoming"]
    pages += ["/one/browse", "/admin_console/", "/admin_console/accounts/user/", "/nowhere/at/all"]
    for page in pages:
        shown = session.get(f"{place.url}{page}", timeout=20)
        addresses = re.findall(r'(?:href|src|action|data-[\w-]+|hx-\w+)="(/[^"]*)"', shown.text)
        assert addresses
        outside = [one for one in addresses if not f"{one}/".startswith(f"{PREFIX}/")]
        assert (page, outside) == (page, [])


def test_static_files_are_served_there_for_a_year(place: Place) -> None:
    page = requests.get(f"{place.url}/login", timeout=20).text
    address = found(rf'href="({PREFIX}/static/css/app\.\w+\.css)"', page)
    file = requests.get(place.url.removesuffix(PREFIX) + address, timeout=20)
    assert file.status_code == 200
    assert "immutable" in file.headers["Cache-Control"]


def test_the_form_tells_the_whole_address_of_a_hook(place: Place, channel: dict[str, str]) -> None:
    hook = place.admin.call("POST", "/hooks/incoming", {"channel_id": channel["id"]})
    page = place.browser().get(f"{place.url}/one/account/integrations/incoming", timeout=20).text
    assert f"{place.url}/hooks/{hook['id']}" in page


def test_events_are_streamed_there(place: Place, channel: dict[str, str]) -> None:
    address = f"{place.url}/events/channels/{channel['id']}"
    with place.browser().get(address, stream=True, timeout=20) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
        assert next(lines).startswith("retry:")
        next(line for line in lines if line == "data: resume")
        post = place.admin.call("POST", "/posts", {"channel_id": channel["id"], "message": "hi"})
        next(line for line in lines if line == f"data: {post['id']}")


def test_an_address_with_two_slashes_leads_to_the_clean_one_below_the_path(place: Place) -> None:
    moved = requests.post(f"{place.url}//hooks/x", timeout=20, allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (301, f"{PREFIX}/hooks/x")


def test_pictures_of_emoji_are_told_and_served_there(place: Place, channel: dict[str, str]) -> None:
    place.admin.call("PUT", "/config/patch", {"ServiceSettings": {"EnablePostIconOverride": True}})
    hook = place.admin.call("POST", "/hooks/incoming", {"channel_id": channel["id"]})
    payload = {"text": "boo", "icon_emoji": ":ghost:"}
    requests.post(f"{place.url}/hooks/{hook['id']}", json=payload, timeout=20).raise_for_status()
    said = place.admin.call("GET", f"/channels/{channel['id']}/posts")["posts"].values()
    address = next(one for one in said if one["message"] == "boo")["props"]["override_icon_url"]
    assert address == f"{PREFIX}/emoji/1f47b.svg"
    page = place.browser().get(f"{place.url}/one/channels/town-square", timeout=20).text
    assert f'src="{address}"' in page
    assert requests.get(place.url.removesuffix(PREFIX) + address, timeout=20).status_code == 200


def test_the_cookie_of_a_server_at_the_root_of_the_host_does_no_harm(place: Place) -> None:
    mine = place.browser().cookies["MMAUTHTOKEN"]
    # Browsers send the cookie of the longer path first.
    both = {"Cookie": f"MMAUTHTOKEN={mine}; MMAUTHTOKEN={'x' * 26}"}
    shown = requests.get(
        f"{place.url}/admin_console/", headers=both, timeout=20, allow_redirects=False
    )
    assert shown.status_code == 200


def test_a_form_from_elsewhere_is_refused_there_too(place: Place) -> None:
    session = place.browser()
    form = session.get(f"{place.url}/one/browse", timeout=20)
    word = found(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
    sent = session.post(
        f"{place.url}/logout",
        {"csrfmiddlewaretoken": word},
        headers={"Origin": "http://evil.example"},
        timeout=20,
    )
    assert sent.status_code == 403


def test_a_team_cannot_be_named_like_the_path(place: Place) -> None:
    body = {"name": PREFIX[1:], "display_name": "X", "type": "O"}
    with pytest.raises(requests.HTTPError, match="400"):
        place.admin.call("POST", "/teams", body)


def test_a_server_that_moves_is_found_at_its_new_place_at_once() -> None:
    with servers.temporary_folder() as folder, running.project(folder) as project:
        project.wait_until_up()
        admin = project.sign_in()
        team = admin.call("POST", "/teams", {"name": "one", "display_name": "One", "type": "O"})
        square = admin.call("GET", f"/teams/{team['id']}/channels/name/town-square")["id"]
        for path in ("/first", "/second/one", ""):
            settings = {"ServiceSettings": {"SiteURL": f"http://chat.example.com{path}"}}
            admin.call("PUT", "/config/patch", settings)
            for _ in range(4):  # web processes
                sent = requests.get(f"{project.url}{path}/", timeout=20, allow_redirects=False)
                assert sent.headers["Location"] == f"{path}/login?next={path}/"
            events = f"{project.url}{path}/events/channels/{square}"
            # Each process hears of the change by itself.
            running.wait_for(partial(always_streams, events, admin.token))


def always_streams(events: str, token: str) -> bool:
    """Does it stream, whichever process answers?"""
    return all(streams(events, token) for _ in range(8))


def streams(events: str, token: str) -> bool:
    """Is a stream of events served there?"""
    cookies = {"MMAUTHTOKEN": token}
    with requests.get(events, cookies=cookies, stream=True, timeout=20) as answer:
        return answer.status_code == 200
