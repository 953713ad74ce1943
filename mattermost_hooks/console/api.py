"""REST v4: the settings, and whether the server is well (specification §7.2, §8)."""

import logging
import os
from typing import Any, ClassVar, NotRequired, Self, TypedDict

from django.conf import settings
from django.db import DatabaseError, connection
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mattermost_hooks import errors
from mattermost_hooks.endpoints import bodies
from mattermost_hooks.endpoints.endpoint import serves
from mattermost_hooks.rest import SignedIn

from . import config
from . import status as server_status

HEALTHY, UNHEALTHY = "OK", "UNHEALTHY"

logger = logging.getLogger(__name__)


class IsSystemAdmin(SignedIn):
    """Administrators only. The console stands below accounts, so it asks Django's own question."""

    refusals = (*SignedIn.refusals, errors.not_permitted)

    def has_permission(self, request: Request, view: APIView) -> bool:
        """401 for visitors, 403 for everybody else; which methods there are is no secret."""
        return request.method == "OPTIONS" or bool(getattr(request.user, "is_staff", False))


ConfigJson = dict[str, dict[str, Any]]


class ConfigBody(bodies.Body):
    """Settings by section; null counts as left out at both levels, unknown sections are ignored."""

    called: ClassVar[str] = "config"
    json_type = ConfigJson
    changes: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, value: object) -> Self:
        """The settings that the body names."""
        if not isinstance(value, dict):
            raise errors.invalid_body(cls.called, detail="a JSON object is needed")
        changes: dict[str, dict[str, Any]] = {}
        for section, values in value.items():
            if values is None or section not in config.declared():
                continue
            if not isinstance(values, dict):
                raise errors.invalid_body(cls.called, detail=f"{section} must be a JSON object")
            changes[section] = {name: value for name, value in values.items() if value is not None}
        return cls(changes=changes)


class PingJson(TypedDict):
    """How the server is: OK or UNHEALTHY."""

    status: str
    database_status: NotRequired[str]
    filestore_status: NotRequired[str]
    delivery_status: NotRequired[str]


class WholeConfig(APIView):
    """/config."""

    permission_classes = [IsSystemAdmin]

    @serves(ConfigJson)
    def get(self, request: Request) -> ConfigJson:
        """Every setting; secrets as asterisks."""
        return config.as_json(config.get_config())

    @serves(ConfigJson, takes=ConfigBody, raises=config.refusals())
    def put(self, request: Request, body: ConfigBody) -> ConfigJson:
        """Replace the settings: what the body leaves out goes back to its default."""
        changes = config.with_defaults(body.changes)
        return config.as_json(config.save_config(changes))


class ConfigPatch(APIView):
    """/config/patch."""

    permission_classes = [IsSystemAdmin]

    @serves(ConfigJson, takes=ConfigBody, raises=config.refusals())
    def put(self, request: Request, body: ConfigBody) -> ConfigJson:
        """Change the settings that the body names and leave the others alone."""
        return config.as_json(config.save_config(body.changes))


class Ping(APIView):
    """/system/ping: open to everybody."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @serves(PingJson)
    def get(self, request: Request) -> Response:
        """OK; with get_server_status also how database and files are, and 500 if one of them is not well."""
        if request.query_params.get("get_server_status") != "true":
            return Response({"status": HEALTHY})
        parts = {"database_status": _database_status(), "filestore_status": _file_store_status()}
        is_well = set(parts.values()) == {HEALTHY}
        status = {"status": HEALTHY if is_well else UNHEALTHY}
        # Work that is late is no reason to send callers elsewhere.
        others = server_status.of_parts() if parts["database_status"] == HEALTHY else {}
        return Response(status | parts | others, status=200 if is_well else 500)


def _database_status() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("The database does not answer")
        return UNHEALTHY
    return HEALTHY


def _file_store_status() -> str:
    if os.access(settings.DATA_DIR, os.W_OK):
        return HEALTHY
    logger.error("%s cannot be written to", settings.DATA_DIR)
    return UNHEALTHY
