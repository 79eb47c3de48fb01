"""What nobody may read in the database: encrypted at rest, looked up by keyed hash.

SM4-GCM and HMAC-SM3 (GB/T 32907, GB/T 32905), as the design asks.  A value reads `key id:base64(nonce | text |
tag)`, so that keys can be changed (`orders.rotation`) while old values stay readable.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from . import keyring

NONCE, TAG = 12, 16


def encrypt(text: str) -> str:
    """`text` under the current key."""
    key_id, key = keyring.current()
    nonce = secrets.token_bytes(NONCE)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    body = encryptor.update(text.encode()) + encryptor.finalize()
    return f"{key_id}:{base64.b64encode(nonce + body + encryptor.tag).decode()}"


def decrypt(value: str) -> str:
    """The text of `value`; `""` for the empty value.  Raises KeyError if its key is gone, InvalidTag if forged."""
    if not value:
        return ""
    key_id, _, encoded = value.partition(":")
    raw = base64.b64decode(encoded)
    nonce, body, tag = raw[:NONCE], raw[NONCE:-TAG], raw[-TAG:]
    decryptor = Cipher(algorithms.SM4(keyring.key(key_id)), modes.GCM(nonce, tag)).decryptor()
    return (decryptor.update(body) + decryptor.finalize()).decode()


def fingerprint(purpose: str, text: str) -> str:
    """HMAC-SM3 of `text` for look-up (hex).  `purpose` keeps a name's hash from matching a number's."""
    mac = hmac.HMAC(keyring.lookup(), hashes.SM3())
    mac.update(f"{purpose}:{text}".encode())
    return mac.finalize().hex()
