"""What the end of a channel brings about: apps above add theirs in `ready()`, as integrations/apps.py does.

All of it happens in the transaction that archives the channel, so nothing works on in a channel that is closed.
"""

from collections.abc import Callable

from channels_app.membership.models import Channel

Ending = Callable[[Channel, int], None]

_endings: list[Ending] = []


def add(ending: Ending) -> None:
    """Register what else ends with a channel; it gets the channel and the time (ms)."""
    _endings.append(ending)


def follow(channel: Channel, at: int) -> None:
    """Have everything else end that stands in the channel; called in a transaction."""
    for ending in _endings:
        ending(channel, at)
