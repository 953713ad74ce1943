"""Ids in addresses."""

import pytest

from mattermost_hooks.endpoints import ids
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import new_id


def test_what_cannot_be_an_id_is_a_400_that_names_it() -> None:
    captured = {"team_id": ids.Id().to_python(new_id()), "user_id": ids.Id().to_python("me")}
    with pytest.raises(AppError) as refused:
        ids.check(captured)
    assert refused.value.id == "api.context.invalid_url_param.app_error"
    assert refused.value.message == "Invalid or missing user_id parameter in request URL."


def test_me_is_a_person() -> None:
    ids.check({"user_id": ids.Person().to_python("me")})
    with pytest.raises(AppError):
        ids.check({"user_id": ids.Person().to_python("you")})
