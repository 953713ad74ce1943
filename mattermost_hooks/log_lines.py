"""How loud other people's code may be in our log."""

import logging


class FirstLineOnly(logging.Filter):
    """Keeps the first line of a record and drops the rest.

    While the broker is away Celery's beat writes a whole stack with every sweep that it cannot send.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Shortens; never drops a record."""
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True
