"""REST v4: accounts switched on and off."""

from typing import Any

import pytest

from tests import make

pytestmark = pytest.mark.django_db


def test_deactivation_over_rest(api: Any) -> None:
    admin, ann = make.admin(), make.user("ann")
    as_ann = api(ann)
    assert as_ann.put(f"/users/{admin.id}/active", {"active": False}).status_code == 403
    assert api(admin).put(f"/users/{ann.id}/active", {}).status_code == 400
    assert api(admin).put(f"/users/{ann.id}/active", {"active": False}).status_code == 200
    assert as_ann.get("/users/me").status_code == 401
