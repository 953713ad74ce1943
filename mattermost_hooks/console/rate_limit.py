"""The section of settings that says how often programs may call (specification §6.7)."""

from dataclasses import dataclass

from .setting import setting

RATE_LIMITING = "Rate Limiting"


@dataclass(frozen=True)
class RateLimit:
    """How often programs may call."""

    Enable: bool = setting(
        False,
        "Programs that call the API or a webhook too often are refused with a 429 for a while.",
        label="Enable rate limiting",
        group=RATE_LIMITING,
    )
    PerSec: int = setting(
        10,
        "Calls a second that a caller may make for any length of time.",
        label="Calls per second",
        group=RATE_LIMITING,
        within=(1, 1_000_000),
        error=(
            "model.config.is_valid.rate_sec.app_error",
            "Invalid per sec for rate limit settings. Must be a positive number.",
        ),
    )
    MaxBurst: int = setting(
        100,
        "Calls that a caller may make at once beyond that, after a rest.",
        label="Maximum burst size",
        group=RATE_LIMITING,
        within=(1, 1_000_000),
        error=(
            "model.config.is_valid.max_burst.app_error",
            "Maximum burst size must be greater than zero.",
        ),
    )
    MemoryStoreSize: int = setting(
        10_000,
        "Callers that are remembered. When there are more, those who called least begin anew.",
        label="Callers remembered",
        group=RATE_LIMITING,
        within=(1, 10_000_000),
        error=(
            "model.config.is_valid.rate_mem.app_error",
            "Invalid memory store size for rate limit settings. Must be a positive number.",
        ),
    )
    VaryByRemoteAddr: bool = setting(
        True,
        "Callers are told apart by their address.",
        label="Vary by address",
        group=RATE_LIMITING,
    )
    VaryByUser: bool = setting(
        False,
        "Callers who are signed in or have an access token are told apart by their account, wherever they "
        "call from.",
        label="Vary by user",
        group=RATE_LIMITING,
    )
    VaryByHeader: str = setting(
        "",
        "The name of a request header that tells callers apart too, such as one that a proxy adds.",
        label="Vary by HTTP header",
        group=RATE_LIMITING,
        longest=100,
    )
