"""The one error that people see: as JSON over REST, as a page in a browser, as a line in a form."""


class AppError(Exception):
    """A refusal with Mattermost's error id, a sentence for people and an HTTP status.

    `detail` is sent to clients as `detailed_error`: it names the wrong field and never holds a secret.
    `retry_after_seconds` says when it is worth trying again; 0 says nothing of that.
    `field` is the argument of the service that is wrong, so that a form says it there; `words` say it to
    people, where `message` is Mattermost's and speaks to programs.
    """

    def __init__(
        self,
        id: str,
        message: str,
        *,
        status: int = 400,
        detail: str = "",
        retry_after_seconds: int = 0,
        field: str = "",
        words: str = "",
    ) -> None:
        super().__init__(message)
        self.id = id
        self.message = message
        self.status = status
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds
        self.field = field
        self.words = words or message

    @property
    def headers(self) -> dict[str, str]:
        """What the answer that tells of this refusal carries beside it."""
        seconds = self.retry_after_seconds
        return {"Retry-After": str(seconds)} if seconds else {}


def invalid_body(name: str, *, detail: str = "", field: str = "", words: str = "") -> AppError:
    """The 400 for a missing or wrong part of the body."""
    return AppError(
        "api.context.invalid_body_param.app_error",
        f"Invalid or missing {name} in request body.",
        detail=detail,
        field=field,
        words=words,
    )


def invalid_parameter(name: str, *, detail: str) -> AppError:
    """The 400 for a value that is not allowed."""
    return AppError(
        "api.context.invalid_param.app_error", f"Invalid {name} parameter.", detail=detail
    )


def not_permitted(*, detail: str = "", field: str = "", words: str = "") -> AppError:
    """The 403 of every missing permission."""
    return AppError(
        "api.context.permissions.app_error",
        "You do not have the appropriate permissions.",
        status=403,
        detail=detail,
        field=field,
        words=words,
    )
