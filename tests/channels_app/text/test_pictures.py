"""Which pictures a page may load: from the web and our pictures' own folders, never our pages."""

from collections.abc import Callable

import pytest

from channels_app import markdown
from channels_app.text import pictures
from tests.safe_html import Elements

OWN = "chat.example.com"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.png",
        "http://example.com:8080/a%20b.png?x=1&y=@b#c",
        "HTTPS://Example.COM",
        "https://bücher.example/a.png",
        "https://example.com/https://chat.example.com/",
        "https://chat.example.com.evil.example/a.png",
        "https://notchat.example.com/a.png",
        "http://127.0.0.1:9/a.png",
        "http://[2001:db8::1]/a.png",
        "/emoji/1f47b.svg",
        "/static/css/a.png",
    ],
)
def test_pictures_of_the_web_and_of_our_own_folders_are_loaded(url: str) -> None:
    assert pictures.address(url, own_host=OWN) == url


@pytest.mark.parametrize(
    "url",
    [
        *("/team/channels/off-topic", "/", "#top", "a.png", "", " ", "?x", "../static/a.png"),
        *("/static/../logout", "/static/%2e%2e/logout", "/static/%2E./x", "/static/..\\logout"),
        *("/static\\..\\logout", "/static/a?next=/logout", "/static/", "/staticx/a.png"),
        *("/emoji/\n../logout", "/emoji/../../logout", "/EMOJI/a.svg"),
        *("https://chat.example.com/team", "HTTP://CHAT.Example.com", "https://chat.example.com."),
        *(
            "https://chat.example.com:8443/team",
            "http://chat.example.com?x",
            "http://chat.example.com#x",
        ),
        *("//chat.example.com/team", "///chat.example.com/team", "//example.com/a.png"),
        *("/\\chat.example.com/team", "\\\\chat.example.com", "https:\\\\chat.example.com/team"),
        *("https:/team/channels/off-topic", "https:team", "https:///chat.example.com/team"),
        *("https://chat.example.com\\@example.com", "https://example.com\\..\\team"),
        *("https://example.com@chat.example.com/team", "https://user:x@example.com/a.png"),
        *("https://ch%61t.example.com/team", "https://chat%2eexample.com/team"),
        *("https://chat。example.com/team", "https://ｃhat.example.com/team"),
        *("https://ch\u00adat.example.com/team", "https://chat.example.com\u2024/team"),
        *(
            "https://chat\t.example.com/team",
            "https://chat.exa\nmple.com/team",
            "ht\ntps://chat.example.com",
        ),
        *("\x01https://chat.example.com/team", "https://example.com/\x00", "https://"),
        *("javascript:alert(1)", "data:image/png;base64,x", "ftp://example.com/a.png", "blob:x"),
    ],
)
def test_nothing_else_is_loaded(url: str) -> None:
    assert pictures.address(url, own_host=OWN) == ""


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://192.0.2.5/x",
            "http://192.0.2.5:81/x",
            "http://3221225989/x",
            "http://0xC0.0.2.5/x",
        ),
        *(
            "http://0300.0.2.5/x",
            "http://192.0.517/x",
            "http://[::ffff:192.0.2.5]/x",
            "http://192.0.2.5./x",
        ),
        *("http://[64:ff9b::c000:205]/x", "http://[2002:c000:205::1]/x"),
    ],
)
def test_no_spelling_of_our_own_address_is_loaded(url: str) -> None:
    assert pictures.address(url, own_host="192.0.2.5") == ""


@pytest.mark.parametrize("own_host", ["", "localhost", "127.0.0.1", "::1"])
@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8065", "a.localhost", "127.0.0.1", "127.1.2.3:80", "[::1]", "0.0.0.0"],
)
def test_a_server_on_ones_own_machine_has_all_its_names(own_host: str, host: str) -> None:
    assert pictures.address(f"http://{host}/team/channels/off-topic", own_host=own_host) == ""


@pytest.mark.parametrize(
    ("site_url", "host"),
    [
        ("", ""),
        ("https://Chat.Example.com:8443/path", "chat.example.com"),
        ("http://[0:0:0:0:0:0:0:1]:8065", "::1"),
        ("http://bücher.example", "xn--bcher-kva.example"),
    ],
)
@pytest.mark.django_db
def test_our_host_is_that_of_the_site_url(
    console: Callable[..., None], site_url: str, host: str
) -> None:
    console(ServiceSettings__SiteURL=site_url)

    assert pictures.own_host() == host


@pytest.mark.parametrize(
    ("text", "href", "words"),
    [
        ("![x](/team/channels/off-topic)", "/team/channels/off-topic", "x"),
        ("![](/team)", "/team", "/team"),
        ("![*a* [b](/c)](/team)", "/team", "*a* [b](/c)"),
        ("![x](/team =20x30)", "/team", "x"),
        ("![x][y]\n\n[y]: https://chat.example.com/team", "https://chat.example.com/team", "x"),
        ("![x](//chat.example.com/team)", "//chat.example.com/team", "x"),
        ("![x](chat.example.com/team)", "http://chat.example.com/team", "x"),
        ("![x](<https://CHAT.example.com:1/a b>)", "https://CHAT.example.com:1/a%20b", "x"),
        ("![x](https&colon;//chat.example&period;com/)", "https://chat.example.com/", "x"),
    ],
)
def test_a_picture_of_our_own_pages_in_markdown_is_a_link(text: str, href: str, words: str) -> None:
    html = markdown.render(text, own_host=OWN)

    assert [found["href"] for tag, found in Elements(html).found if tag == "a"] == [href]
    assert "<img" not in html
    assert f">{words}</a>" in html


def test_a_picture_that_became_a_link_stands_in_no_other_link() -> None:
    html = markdown.render("[![x](/team)](https://example.com)", own_host=OWN)

    assert html.startswith('<p dir="auto">[<a href="/team">x</a>](<a href="https://example.com"')


def test_a_picture_in_markdown_that_leads_elsewhere_stays_one() -> None:
    html = markdown.render("![x](https://example.com/a.png =20x30)", own_host=OWN)

    assert (
        html
        == '<p dir="auto"><img src="https://example.com/a.png" alt="x" width="20" height="30"></p>'
    )
