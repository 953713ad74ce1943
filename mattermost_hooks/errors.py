"""The one error that people see: as JSON over REST, as a page in a browser, as a line in a form."""

from dataclasses import KW_ONLY, dataclass


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


@dataclass(frozen=True)
class Refusal:
    """What a service may refuse with, declared once: called it makes the AppError, `raise no_such_team()`.

    Endpoints name it in `@serves(raises=…)`, from where it is described. `{}` in the message stand for what
    the call names. Whatever is said here a call may say in other words, but for id, message and status.
    """

    id: str
    message: str
    _: KW_ONLY
    status: int = 400
    detail: str = ""
    field: str = ""
    words: str = ""

    def __call__(
        self,
        *named: object,
        detail: str = "",
        retry_after_seconds: int = 0,
        field: str = "",
        words: str = "",
    ) -> AppError:
        """The error to raise."""
        return AppError(
            self.id,
            self.message.format(*named),
            status=self.status,
            detail=detail or self.detail,
            retry_after_seconds=retry_after_seconds,
            field=field or self.field,
            words=words or self.words,
        )


# A missing or wrong part of the body.
invalid_body = Refusal(
    "api.context.invalid_body_param.app_error", "Invalid or missing {} in request body."
)
# A value that is not allowed.
invalid_parameter = Refusal("api.context.invalid_param.app_error", "Invalid {} parameter.")
# Every missing permission.
not_permitted = Refusal(
    "api.context.permissions.app_error",
    "You do not have the appropriate permissions.",
    status=403,
)
