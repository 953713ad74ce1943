"""Secrets sealed under SECRET_KEY."""

from typing import Any

import pytest

from mattermost_hooks import sealing

OLD, NEW = "an old key, " + "o" * 40, "a new key, " + "n" * 40


def test_what_is_sealed_is_opened_again_and_cannot_be_read() -> None:
    sealed = sealing.seal("sécret")
    assert "cret" not in sealed
    assert sealing.unseal(sealed) == "sécret"


def test_the_same_secret_is_sealed_otherwise_each_time() -> None:
    assert sealing.seal("secret") != sealing.seal("secret")


def test_an_old_key_opens_until_it_is_no_fallback_any_more(settings: Any) -> None:
    settings.SECRET_KEY = OLD
    sealed = sealing.seal("secret")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert sealing.unseal(sealed) == "secret"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(sealing.CannotBeOpened):
        sealing.unseal(sealed)


def test_what_is_sealed_anew_needs_the_old_key_no_more(settings: Any) -> None:
    settings.SECRET_KEY = OLD
    sealed = sealing.seal("secret")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    anew = sealing.resealed(sealed)
    settings.SECRET_KEY_FALLBACKS = []
    assert sealing.unseal(anew) == "secret"
    with pytest.raises(sealing.CannotBeOpened):
        sealing.resealed(sealed)


@pytest.mark.parametrize("broken", ["", "x", "é", "gAAAAA=="])
def test_what_was_never_sealed_cannot_be_opened(broken: str) -> None:
    with pytest.raises(sealing.CannotBeOpened):
        sealing.unseal(broken)


def test_what_was_changed_anywhere_cannot_be_opened() -> None:
    sealed = sealing.seal("secret")
    # The last letter holds bits that no byte has.
    for place in range(len(sealed.rstrip("=")) - 1):
        other = "A" if sealed[place] != "A" else "B"
        with pytest.raises(sealing.CannotBeOpened):
            sealing.unseal(sealed[:place] + other + sealed[place + 1 :])
