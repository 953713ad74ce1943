"""Pages as a signed-in account sees them."""

from django.test import Client

from accounts.authentication import TOKEN_COOKIE
from accounts.models import User
from tests import make


def signed_in(user: User, *, checks_csrf: bool = False) -> Client:
    """A browser that holds a session of the user."""
    client = Client(enforce_csrf_checks=checks_csrf)
    client.cookies[TOKEN_COOKIE] = make.session(user).token
    return client


def text_of(response: object) -> str:
    """The page, as text."""
    content: bytes = getattr(response, "content", b"")
    return content.decode()
