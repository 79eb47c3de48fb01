"""The caller's name and number: encrypted at rest, looked up by keyed hash, shown masked.

SM4-GCM and HMAC-SM3 (GB/T 32907, GB/T 32905), as the design asks.  A value reads `key id:base64(nonce | text |
tag)`, so that keys can be changed (`rotation`) while old values stay readable.
"""

from __future__ import annotations

import base64
import secrets
from typing import Annotated, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

from lianxin.directory import keyring
from lianxin.rules.serving import serves

from .acts import Payload, Refused
from .telephones import at_home, last_four, masked, normalise

serves("C62")

NONCE, TAG = 12, 16


class CallerDetails(BaseModel):
    """Name and telephone number as heard; numbers are normalised before anything else happens to them."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field("", title="诉求人", max_length=40)
    phone: str = Field("", title="联系电话", max_length=32)

    @field_validator("phone")
    @classmethod
    def _phone(cls, value: str) -> str:
        return normalise(value) if value else ""


class SealedCaller(BaseModel):
    """The same as the book keeps it: no plain text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    phone: str
    name_hash: str
    phone_hash: str
    last4_hash: str


def _kind(value: Any) -> str:
    sealed = isinstance(value, SealedCaller) or (isinstance(value, dict) and "phone_hash" in value)
    return "sealed" if sealed else "heard"


CALLER_KINDS = frozenset({"heard", "sealed"})
#: In a payload: as heard when it comes in, sealed when it stands in the book.
AnyCaller = Annotated[
    Annotated[CallerDetails, Tag("heard")] | Annotated[SealedCaller, Tag("sealed")], Discriminator(_kind)
]


def seal(caller: CallerDetails) -> SealedCaller:
    """Encrypt and hash.  Empty parts stay empty."""
    name, phone = (encrypt(text) if text else "" for text in (caller.name, caller.phone))
    return SealedCaller(name=name, phone=phone, **_hashes(caller.name, caller.phone))


def _hashes(name: str, phone: str) -> dict[str, str]:
    return {
        "name_hash": fingerprint("name", name) if name else "",
        "phone_hash": fingerprint("phone", phone) if phone else "",
        "last4_hash": fingerprint("last4", last_four(phone)) if last_four(phone) else "",
    }


def protect(payload: Payload, area_code: str = "") -> Payload:
    """The payload with its caller, if it has one, sealed: what goes on to the effect and the enclosure.  A landline
    without an area code gets the centre's, so that both ways to say it are one caller.

    Raises `Refused` for one that comes sealed already: nobody outside has our keys.
    """
    caller = getattr(payload, "caller", None)
    if isinstance(caller, SealedCaller):
        raise Refused({"caller": "请填写诉求人的姓名和联系电话"})
    if not isinstance(caller, CallerDetails):
        return payload
    whole = caller.model_copy(update={"phone": at_home(caller.phone, area_code)})
    return payload.model_copy(update={"caller": seal(whole)})


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


def is_whole(sealed: dict[str, Any]) -> bool:
    """Whether the encrypted name and number of a caller as the book keeps him are those that his hashes speak of."""
    try:
        name, phone = decrypt(sealed["name"]), decrypt(sealed["phone"])
    except (KeyError, ValueError, InvalidTag):
        return False
    hashes = _hashes(name, phone)
    return hashes == {part: sealed[part] for part in hashes}


def masked_phone(value: str) -> str:
    """`138 **** 2086` of an encrypted number."""
    return masked(decrypt(value))


def masked_name(value: str) -> str:
    """`刘**` of an encrypted name."""
    name = decrypt(value)
    return name[:1] + "*" * min(len(name) - 1, 2) if name else ""
