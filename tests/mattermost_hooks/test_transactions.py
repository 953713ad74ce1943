"""Transactions that stand in each other's way."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from channels_app.membership.models import Channel
from mattermost_hooks import transactions
from tests import at_once, make

pytestmark = pytest.mark.django_db


class Conflict(Exception):
    """What a database driver raises; `sqlstate` is its code."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def conflict(sqlstate: str) -> OperationalError:
    error = OperationalError("undone")
    error.__cause__ = Conflict(sqlstate)
    return error


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_what_the_database_undid_is_done_once_more(sqlstate: str) -> None:
    tries: list[Channel] = []

    def work() -> str:
        tries.append(make.channel())
        if len(tries) == 1:
            raise conflict(sqlstate)
        return "done"

    assert transactions.run(work) == "done"
    assert Channel.objects.filter(id=tries[0].id).exists() is False
    assert Channel.objects.filter(id=tries[1].id).exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_undone_twice_is_told() -> None:
    def work() -> None:
        raise conflict("40P01")

    with pytest.raises(OperationalError) as refusal:
        transactions.run(work)
    assert transactions.is_conflict(refusal.value)


@pytest.mark.django_db(transaction=True)
def test_other_failures_are_not_tried_again() -> None:
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        raise OperationalError("the server went away")

    with pytest.raises(OperationalError):
        transactions.run(work)
    assert len(tries) == 1


def test_inside_a_transaction_the_outer_one_decides() -> None:
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        raise conflict("40P01")

    with pytest.raises(OperationalError), transaction.atomic():
        transactions.run(work)
    assert len(tries) == 1


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_two_that_lock_in_opposite_orders_both_succeed() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL locks rows")
    rows = [make.channel(), make.channel()]
    both_hold_one = threading.Barrier(2)
    tries: list[int] = []

    def work(number: int) -> None:
        first, second = rows[number], rows[1 - number]

        def lock_both() -> None:
            tries.append(number)
            Channel.objects.filter(id=first.id).update(header=f"by {number}")
            if len(tries) <= 2:
                both_hold_one.wait()
            Channel.objects.filter(id=second.id).update(header=f"by {number}")

        transactions.run(lock_both)

    at_once.do(work, threads=2)
    assert len(tries) == 3
    assert len(set(Channel.objects.values_list("header", flat=True))) == 2


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_what_is_unawaited_is_so_for_its_own_transaction_alone() -> None:
    def mode() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return str(cursor.fetchone()[0])

    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL waits for the disk, or does not")
    usual = mode()
    with transactions.unawaited():
        assert mode() == "off"
    assert mode() == usual
    with transaction.atomic(), transactions.unawaited():
        assert mode() == usual
