"""Who sends: each kind of delivery has one sender, which is asked whatever depends on the kind."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from accounts.people.models import User

from .models import Delivery

_senders: "dict[str, Sender]" = {}


class Sender(ABC):
    """What is asked about deliveries of one kind. An owner is whatever `owners` answers for its id."""

    kind: str
    # What people call many of the kind, as a sentence begins.
    words: str

    @abstractmethod
    def is_on(self) -> bool:
        """Does the console let this kind send? While it does not, what is due waits."""

    @abstractmethod
    def owners(self, ids: Collection[str]) -> Mapping[str, Any]:
        """The owners with these ids, those that were deleted as well."""

    @abstractmethod
    def why_ended(self, delivery: Delivery, owner: Any) -> str:
        """Why it must not be sent any more, as half a sentence; "" if it may."""

    @abstractmethod
    def body(self, delivery: Delivery, owner: Any) -> bytes:
        """What is sent, byte for byte."""

    @abstractmethod
    def sealed_secrets(self, owner: Any) -> str:
        """The secrets that its requests are signed with, as signing_secrets keeps them."""

    @abstractmethod
    def take_answer(self, delivery: Delivery, owner: Any, body: bytes) -> str:
        """Do what a successful answer asks for, within the transaction that settles the delivery.

        Returns what kept it from being done, in words; "" if nothing did.
        """

    @abstractmethod
    def may_read(self, actor: User, delivery: Delivery) -> bool:
        """May this person read what is sent? The owner is this person's to manage."""

    @abstractmethod
    def most_attempts(self, owner: Any) -> int:
        """How often a delivery is tried, the first time included."""

    @abstractmethod
    def tell_owner(self, owner: Any, text: str) -> None:
        """Let whoever is responsible for the owner know."""


def add(sender: Sender) -> None:
    """Let this one be asked about its kind."""
    _senders[sender.kind] = sender


def of(kind: str) -> Sender:
    """The sender of a kind."""
    return _senders[kind]


def kinds_on() -> list[str]:
    """The kinds that may be sent now."""
    return [sender.kind for sender in _senders.values() if sender.is_on()]


def owners_of(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    """The owners of these deliveries by their ids, with one look for each kind."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for one in deliveries:
        wanted[one.kind].add(one.owner_id)
    return {
        owner_id: owner
        for kind, ids in wanted.items()
        for owner_id, owner in of(kind).owners(ids).items()
    }
