"""What we sign, the specification's own library verifies."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from domain.webhook_signature import headers, new_key, new_secret

AT = datetime(2021, 2, 25, 12, 8, 5, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_known_signature() -> None:
    """The vector of the specification's libraries."""
    made = headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
        [SECRET],
    )
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.binary(max_size=300))
def test_the_librarys_own_signature_is_ours(body: bytes) -> None:
    secret, key = new_secret(), new_key()
    text = base64.b64encode(body).decode()
    made = headers(key, AT, text.encode(), [secret])
    assert made["webhook-signature"] == Webhook(secret).sign(key, AT, text)


def test_two_secrets_verify_and_a_third_does_not() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    made = headers(new_key(), datetime.now(UTC), b'{"a":1}', [new, old])
    for secret in (old, new):
        assert Webhook(secret).verify(b'{"a":1}', made) == {"a": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(b'{"a":1}', made)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(b'{"a":2}', made)


def test_keys_and_secrets_have_their_form() -> None:
    assert len({new_key() for _ in range(50)}) == 50
    assert "." not in new_key() and len(new_key()) <= 40
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32
