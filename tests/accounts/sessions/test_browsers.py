"""Browsers that are known to an account."""

import pytest
from django.core import signing

from accounts.sessions import browsers
from tests import make

pytestmark = pytest.mark.django_db


def test_a_browser_keeps_its_name_and_is_known_to_one_account() -> None:
    ann, bob = make.user(), make.user()
    first = browsers.remember(ann, known="")
    name = browsers.recognise(first, ann)
    assert name
    assert browsers.recognise(browsers.remember(ann, known=first), ann) == name
    assert browsers.recognise(first, bob) == ""
    assert browsers.recognise(first, None) == ""


@pytest.mark.parametrize("cookie", ["", "x", "a:b:c", signing.dumps(["x", "y"])])
def test_a_cookie_that_is_not_ours_names_nothing(cookie: str) -> None:
    assert browsers.recognise(cookie, make.user()) == ""


def test_a_signed_cookie_of_another_shape_names_nothing() -> None:
    for value in (7, ["x"], {"a": 1}, None):
        cookie = signing.dumps(value, salt=browsers._SALT)
        assert browsers.recognise(cookie, make.user()) == ""
