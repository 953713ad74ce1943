"""The one error that people see: as JSON over REST, as a page in a browser, as a line in a form."""


class AppError(Exception):
    """A refusal with Mattermost's error id, a sentence for people and an HTTP status.

    `detail` is for developers: it leaves the server only while EnableDeveloper is on.
    """

    def __init__(self, id: str, message: str, *, status: int = 400, detail: str = "") -> None:
        super().__init__(message)
        self.id = id
        self.message = message
        self.status = status
        self.detail = detail
