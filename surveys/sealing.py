"""Links, and boxes that only their key opens. No model here.

The token of a link is derived from the secret of the product and stands nowhere in the database,
which keeps its hash. What is not yet mixed is sealed (AES-GCM) and padded to one length, so that a
copy of the database shows neither what was answered nor how much.
"""

import base64
import json
import os
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils.crypto import salted_hmac

# Longer than any answer: a comment of 1,000 characters, in UTF-8 and as JSON, and the choices.
BOX_SIZE = 6_144
_NONCE_SIZE = 12
TOKEN_LENGTH = 43


class SealBroken(Exception):
    """The box was made with another key, or changed since."""


def token_of(invitation: UUID) -> str:
    """The token of the link of this invitation: 256 bits, the same each time it is asked for."""
    digest = salted_hmac("surveys.link", invitation.hex, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(token: str) -> str:
    """What the database keeps of a token."""
    return sha256(b"link:" + token.encode()).hexdigest()


def draft_key_of(token: str) -> str:
    """Under which name the draft of this link lies; another hash, so that the two never meet."""
    return sha256(b"draft:" + token.encode()).hexdigest()


def draft_secret_of(token: str) -> bytes:
    return sha256(b"secret:" + token.encode()).digest()


def inbox_secret() -> bytes:
    return salted_hmac("surveys.inbox", "answers", algorithm="sha256").digest()


def seal(content: Mapping[str, Any], *, secret: bytes) -> bytes:
    """Close the content in a box of always the same size. Raises ValueError when it is too much."""
    text = json.dumps(content, ensure_ascii=False).encode()
    if len(text) > BOX_SIZE:
        raise ValueError("This is more than a box holds.")
    nonce = os.urandom(_NONCE_SIZE)
    return nonce + AESGCM(secret).encrypt(nonce, text.ljust(BOX_SIZE), None)


def unseal(box: bytes | memoryview, *, secret: bytes) -> dict[str, Any]:
    """Open a box. Raises SealBroken."""
    box = bytes(box)
    try:
        text = AESGCM(secret).decrypt(box[:_NONCE_SIZE], box[_NONCE_SIZE:], None)
    except InvalidTag as error:
        raise SealBroken from error
    content: dict[str, Any] = json.loads(text)
    return content
