"""How calls fail, in words: each says what happened, and none holds a URL, which may be a secret."""

import http.client
import socket
import ssl
import traceback
import zlib
from collections.abc import Iterator

from .reply import OutboundError, Phase

LARGEST_BODY_BYTES = 1_048_576
LARGEST_HEAD_BYTES = 131_072

FORBIDDEN = (
    "address forbidden, you may need to set AllowedUntrustedInternalConnections to allow an "
    "integration access to your internal network"
)
LATE: dict[Phase, str] = {
    "name": "The name server did not answer in time.",
    "connect": "The {peer} did not accept the connection in time.",
    "tls": "The receiver did not finish the TLS handshake in time.",
    "first_byte": "The receiver did not answer in time.",
    "body": "The receiver began its answer but did not finish it in time.",
}
# The first that fits, so the special ones stand before the general ones.
BROKEN: tuple[tuple[type[BaseException], str], ...] = (
    (http.client.RemoteDisconnected, "The receiver closed the connection without an answer."),
    (ConnectionError, "The receiver broke off the connection."),
    (ssl.SSLError, "The secure connection to the receiver broke off."),
    (http.client.LineTooLong, "The receiver's answer has a line longer than 64 KiB."),
    (http.client.BadStatusLine, "The receiver did not answer in HTTP."),
    (http.client.UnknownProtocol, "The receiver answered in an unknown version of HTTP."),
    (zlib.error, "The receiver's answer is not valid gzip."),
)
CUT_SHORT = "The receiver's answer ended before it was complete."
OTHERWISE = "The receiver did not answer in valid HTTP."
TOO_MANY_HEADERS = "The receiver's answer has more than 100 headers."
NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
NO_NAME = (socket.EAI_NONAME, socket.EAI_NODATA)


def blocked() -> OutboundError:
    """None of the receiver's addresses may be called."""
    return OutboundError("blocked", FORBIDDEN, retry=False)


def timed_out(phase: Phase, peer: str) -> OutboundError:
    """The deadline passed in this part of the call, while connecting to the receiver or the proxy."""
    return OutboundError("timeout", LATE[phase].format(peer=peer), retry=True)


def too_large() -> OutboundError:
    """The receiver answered more than is read."""
    return OutboundError("too_large", "The receiver answered more than 1 MiB.", retry=False)


def head_too_large() -> OutboundError:
    """The receiver sent headers, or interim answers, without an end."""
    message = f"The receiver's answer has more than {LARGEST_HEAD_BYTES // 1024} KiB of headers."
    return OutboundError("protocol", message, retry=True)


def cut_short() -> OutboundError:
    """The connection ended within the answer."""
    return OutboundError("protocol", CUT_SHORT, retry=True)


def unresolved(error: OSError, peer: str) -> OutboundError:
    """The name of the receiver or the proxy has no address, or nobody can say which."""
    reason = "no such name" if error.errno in NO_NAME else "the name server failed"
    return unreachable(f"The {peer}'s name cannot be resolved: {reason}.")


def unreachable(reason: str) -> OutboundError:
    """There is no connection to the receiver."""
    return OutboundError("unreachable", reason, retry=True)


def no_way_through_proxy(error: OSError) -> OutboundError:
    """The proxy did not open a way to the receiver; it says so with an HTTP status."""
    said = str(error).removeprefix("Tunnel connection failed: ")[:100]
    return unreachable(f"The proxy does not lead to the receiver: {said}.")


def unauthorized() -> OutboundError:
    """The proxy wants a name and password, or others (407)."""
    return unreachable(
        "The proxy does not lead to the receiver: 407 Proxy Authentication Required."
    )


def insecure(error: OSError) -> OutboundError:
    """The TLS handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return unreachable(
            f"The receiver's certificate is not accepted: {error.verify_message.rstrip('.')}."
        )
    reason = "it broke off the handshake"
    if isinstance(error, ssl.SSLError) and error.reason:
        in_words = error.reason.replace("_", " ").lower()
        reason = "it does not speak TLS" if error.reason in NO_TLS else f"TLS failed, {in_words}"
    return unreachable(f"No secure connection to the receiver: {reason}.")


def broken(error: BaseException, *, has_ended: bool) -> OutboundError:
    """What came is no reply, or only the beginning of one if the connection has ended.

    The error is whichever the libraries raised; its own text may hold the URL. What their frames hold is let
    go of: they refer to the error and it to them, so the buffers of a call would wait for the garbage
    collector, which counts objects and not bytes.
    """
    message = _in_words(error, has_ended=has_ended)
    for cause in _causes(error):
        traceback.clear_frames(cause.__traceback__)
    return OutboundError("protocol", message, retry=True)


def _in_words(error: BaseException, *, has_ended: bool) -> str:
    for cause in _causes(error):
        if isinstance(cause, http.client.IncompleteRead) and has_ended:
            return CUT_SHORT
        if type(cause) is http.client.HTTPException and "headers" in str(cause):
            return TOO_MANY_HEADERS
        for kind, message in BROKEN:
            if isinstance(cause, kind):
                return message
    return OTHERWISE


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came of, the first cause first."""
    if error is not None:
        yield from _causes(error.__cause__ or error.__context__)
        yield error
