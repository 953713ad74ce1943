"""Signatures, with the package `standardwebhooks` as the judge of them."""

import time
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from integrations.delivery import signatures
from mattermost_hooks.records import new_ordered_id

BODY = '{"token":"t","text":"schön 👋"}'.encode()


def _headers(*secrets: str, at: int | None = None, body: bytes = BODY) -> dict[str, str]:
    seconds = int(time.time()) if at is None else at
    return signatures.headers(secrets, id=new_ordered_id(), at=seconds, body=body)


def _judge(secret: str, headers: dict[str, str], body: bytes = BODY) -> None:
    Webhook(secret).verify(body, headers, json_parse=False)


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    signature = signatures.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_32_random_bytes_as_people_pass_them_on() -> None:
    made = {signatures.new_secret() for _ in range(10)}
    assert len(made) == 10
    assert {one[:6] for one in made} == {"whsec_"}
    assert {len(b64decode(one[6:], validate=True)) for one in made} == {32}


@given(st.text())
def test_whatever_is_sent_is_accepted_by_the_judge(text: str) -> None:
    body = text.encode("utf-8", "replace")
    secret = signatures.new_secret()
    _judge(secret, _headers(secret, body=body), body)


def test_each_of_several_secrets_is_enough() -> None:
    secrets = [signatures.new_secret() for _ in range(3)]
    headers = _headers(*secrets)
    assert len(headers["webhook-signature"].split(" ")) == 3
    for secret in secrets:
        _judge(secret, headers)


def test_another_secret_is_refused() -> None:
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        _judge(signatures.new_secret(), _headers(signatures.new_secret()))


def test_every_changed_byte_is_noticed() -> None:
    secret = signatures.new_secret()
    headers = _headers(secret)
    for place in range(len(BODY)):
        changed = bytearray(BODY)
        changed[place] ^= 1
        with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
            _judge(secret, headers, bytes(changed))


def test_another_id_or_time_is_noticed() -> None:
    secret = signatures.new_secret()
    headers = _headers(secret)
    later = str(int(headers["webhook-timestamp"]) + 1)
    for change in ({"webhook-id": new_ordered_id()}, {"webhook-timestamp": later}):
        with pytest.raises(WebhookVerificationError, match="No matching signature"):
            _judge(secret, headers | change)


def test_what_was_sent_long_ago_is_refused() -> None:
    secret = signatures.new_secret()
    with pytest.raises(WebhookVerificationError, match="too old"):
        _judge(secret, _headers(secret, at=int(time.time()) - 301))


def test_without_a_secret_there_is_an_id_and_a_time_but_no_signature() -> None:
    assert signatures.headers([], id="a", at=7, body=b"") == {
        "webhook-id": "a",
        "webhook-timestamp": "7",
    }
