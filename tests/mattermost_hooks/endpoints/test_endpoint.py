"""Endpoints: what stands above a method is done before and after it."""

from typing import ClassVar, TypedDict

from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mattermost_hooks import rest
from mattermost_hooks.endpoints import bodies, ids
from mattermost_hooks.endpoints.endpoint import serves


class Greeting(bodies.Body):
    """Whom to greet."""

    called: ClassVar[str] = "greeting"
    name: str = ""


class Answer(TypedDict):
    """What came of it."""

    said: str


class Greetings(APIView):
    """An endpoint that has everything."""

    authentication_classes = []
    permission_classes = []

    @serves(Answer, takes=Greeting, status=201, paged=True)
    def post(self, request: Request, team_id: str, body: Greeting, page: rest.Page) -> Answer:
        """A greeting."""
        return {"said": f"{body.name} {page.first}"}


def post(team_id: str, body: str = '{"name": "Ann"}') -> Response:
    """The answer of the endpoint."""
    request = RequestFactory().post("/?page=2&per_page=3", body, content_type="text/plain")
    answer = Greetings.as_view()(request, team_id=ids.Id().to_python(team_id))
    assert isinstance(answer, Response)
    return answer


def test_a_method_gets_body_and_page_and_returns_what_is_shown() -> None:
    answer = post("a" * 26)
    assert (answer.status_code, answer.data) == (201, {"said": "Ann 6"})


def test_a_wrong_id_is_told_before_a_wrong_body() -> None:
    answer = post("short", body="[")
    assert answer.status_code == 400
    assert answer.data["id"] == "api.context.invalid_url_param.app_error"
    assert post("a" * 26, body="[").data["id"] == "api.context.invalid_body_param.app_error"
