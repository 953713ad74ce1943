"""Who is called, however its URLs spell it."""

import pytest

from integrations.delivery.endpoints import endpoint_of


@pytest.mark.parametrize(
    "url",
    [
        "https://ci.example.com/hook?key=1",
        "https://CI.example.com:443/",
        "https://ci.example.com./other",
        "https://user:secret@ci.example.com",
    ],
)
def test_one_receiver_has_many_urls(url: str) -> None:
    assert endpoint_of(url) == "https://ci.example.com:443"


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("http://ci.example.com/", "http://ci.example.com:80"),
        ("http://ci.example.com:8080/", "http://ci.example.com:8080"),
        ("http://[2001:db8::1]:81/", "http://2001:db8::1:81"),
        ("http://bücher.example/", "http://xn--bcher-kva.example:80"),
    ],
)
def test_scheme_and_port_make_another_receiver(url: str, endpoint: str) -> None:
    assert endpoint_of(url) == endpoint


@pytest.mark.parametrize("url", ["http://[", "http://a:99999/", "nothing", "http://" + "x" * 300])
def test_what_is_no_url_is_a_receiver_by_itself(url: str) -> None:
    assert endpoint_of(url)
    assert len(endpoint_of(url)) <= 280
