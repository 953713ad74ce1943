"""Which secrets sign, and until when."""

from typing import Any

from integrations.delivery import signing_secrets

DAY_MS = 24 * 60 * 60 * 1000
NOW = 1_800_000_000_000


def _texts(sealed: str, *, now: int = NOW) -> list[str]:
    return [one.text for one in signing_secrets.valid(sealed, now=now)]


def test_a_new_sender_has_one_secret_for_good() -> None:
    (only,) = signing_secrets.valid(signing_secrets.first(), now=NOW)
    assert only.text.startswith("whsec_")
    assert only.until == 0


def test_secrets_cannot_be_read_where_they_are_kept() -> None:
    sealed = signing_secrets.first()
    (text,) = _texts(sealed)
    assert "whsec_" not in sealed
    assert text.removeprefix("whsec_") not in sealed


def test_a_replaced_secret_signs_for_a_day_more() -> None:
    sealed = signing_secrets.first()
    (old,) = _texts(sealed)
    sealed = signing_secrets.replaced(sealed, now=NOW)
    new, before = signing_secrets.valid(sealed, now=NOW)
    assert (before.text, before.until) == (old, NOW + DAY_MS)
    assert new.text not in ("", old)
    assert _texts(sealed, now=NOW + DAY_MS - 1) == [new.text, old]
    assert _texts(sealed, now=NOW + DAY_MS) == [new.text]


def test_each_of_several_has_a_day_of_its_own() -> None:
    sealed = signing_secrets.replaced(signing_secrets.first(), now=NOW)
    sealed = signing_secrets.replaced(sealed, now=NOW + 1000)
    valid = signing_secrets.valid(sealed, now=NOW + 1000)
    assert [one.until for one in valid] == [0, NOW + 1000 + DAY_MS, NOW + DAY_MS]


def test_two_earlier_ones_sign_at_most() -> None:
    sealed = signing_secrets.first()
    made = _texts(sealed)
    for hour in range(4):
        sealed = signing_secrets.replaced(sealed, now=NOW + hour)
        made.insert(0, _texts(sealed, now=NOW + hour)[0])
    assert _texts(sealed) == made[:3]


def test_what_ended_is_kept_no_longer() -> None:
    sealed = signing_secrets.replaced(signing_secrets.first(), now=NOW)
    sealed = signing_secrets.replaced(sealed, now=NOW + DAY_MS)
    assert len(_texts(sealed, now=0)) == 2


def test_secrets_of_a_lost_key_sign_nothing_until_a_new_one_is_made(
    settings: Any,
) -> None:
    sealed = signing_secrets.first()
    settings.SECRET_KEY = "another key, " + "x" * 40
    assert _texts(sealed) == []
    assert len(_texts(signing_secrets.replaced(sealed, now=NOW))) == 1
