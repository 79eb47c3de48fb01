"""The caller's name and number: encrypted at rest, looked up by keyed hash (`directory.ciphers`), shown masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from cryptography.exceptions import InvalidTag
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

from lianxin.directory.ciphers import decrypt, encrypt, fingerprint
from lianxin.ledger import verify
from lianxin.ledger.acts import Payload, Refused
from lianxin.rules.serving import serves

from .telephones import at_home, last_four, masked, normalise

serves("C62")


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


def digest_of(payload: Any, area_code: str) -> bytes | None:
    """The hash by which the caller of a payload that came in is known; None where none can be."""
    caller = getattr(payload, "caller", None) if isinstance(payload, Payload) else payload.get("caller")
    phone = caller.get("phone") if isinstance(caller, Mapping) else getattr(caller, "phone", None)
    if not isinstance(phone, str) or not phone or isinstance(caller, SealedCaller):
        return None
    try:
        return bytes.fromhex(fingerprint("phone", at_home(normalise(phone), area_code)))
    except ValueError:
        return None


@verify.inside
def wrong_inside(body: dict[str, Any]) -> str:
    """What is wrong with the caller in a private part, for the proof of the book."""
    caller = body.get("caller")
    return "诉求人被改动，或缺少解密的密钥" if caller and not is_whole(caller) else ""


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
