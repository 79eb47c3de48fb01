"""What is handed to the door: who does what to which root, and what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.fields import FieldInfo

from lianxin.rules.characters import cleaned

#: The tags of what comes as it was heard and is kept sealed: two models of one field.
SAID = frozenset({"heard", "sealed"})


class Private:
    """Marks a payload field that must not stand in the ledger itself: it goes into the enclosure.

    Use as `Annotated[str, Private]`.  Callers' names and numbers, the text of requests, of replies and
    of reasons are private, since all of them may name a person.
    """


class Payload(BaseModel):
    """Base of every verb's payload: unknown fields are errors, strings are cleaned and stripped, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, data: Any) -> Any:
        """Whoever fills it in: what no document can carry does not get into the book."""
        return cleaned(dict(data)) if isinstance(data, Mapping) else data

    def split(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The public and the private part as JSON-ready dicts.

        Public defaults are written, so that another default in ten years changes no old line.  A private field that is
        empty is left out: a private field has no other default (a test sees to it).
        """
        data = self.model_dump(mode="json")
        private = {name: data.pop(name) for name in private_fields(type(self))}
        return data, {name: value for name, value in private.items() if value not in EMPTY}


#: What a private field holds where nothing was said.
EMPTY: tuple[Any, ...] = (None, "", [])


def private_fields(model: type[Payload]) -> tuple[str, ...]:
    """Names of the fields of `model` that are marked `Private`."""
    cached: tuple[str, ...] | None = model.__dict__.get("_private_names")
    if cached is None:
        cached = tuple(name for name, info in model.model_fields.items() if _is_private(info))
        model._private_names = cached  # type: ignore[attr-defined]
    return cached


def _is_private(info: FieldInfo) -> bool:
    return any(mark is Private for mark in info.metadata)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person at a post of a unit, a citizen himself, or the system (all ids None)."""

    role: str
    centre: int
    staff: int | None = None
    post: int | None = None
    unit: int | None = None
    #: the keyed hash of the citizen (`ciphers.fingerprint`), where he acts himself
    citizen: bytes | None = None

    @classmethod
    def of_citizen(cls, centre: int, hashed: bytes) -> Actor:
        """A citizen as actor in `centre`, known by the keyed hash of his number (32 bytes)."""
        return cls(role="citizen", centre=centre, citizen=hashed)

    @classmethod
    def system(cls, centre: int) -> Actor:
        """The system as actor in `centre`: sweep, importer, federation."""
        return cls(role="system", centre=centre)


@dataclass(frozen=True)
class Upload:
    """A file as it was handed in: its name on the sender's computer, and its bytes."""

    name: str
    content: bytes

    @cached_property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.content).digest()


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to be done.  `order` is None for a registration; `number` names an order of the actor's centre instead.

    `at` is when it happened; `recorded_at` only on a marked clock (importer, simulator), else the ledger
    takes its own time.  `key` makes a repeated request harmless.  A negative `order` of a registration is a name that
    later acts of the same batch use for it.  `files` hang on the entry.  `via` says by what way it came (`desk`,
    `import`, `portal`, `sms`, `api:NAME`, `platform:NAME`); left out, the desk, or `system` where the system acts.
    """

    verb: str
    actor: Actor
    at: datetime
    payload: Mapping[str, Any] | Payload = field(default_factory=dict)
    order: int | None = None
    key: str | None = None
    recorded_at: datetime | None = None
    files: tuple[Upload, ...] = ()
    via: str = ""
    #: the number of the last entry that the actor's page showed; None for whoever had no page before him
    seen: int | None = None
    number: str = ""

    @property
    def way(self) -> str:
        """`via`, filled in."""
        return self.via or ("system" if self.actor.role == "system" else "desk")


class Refused(Exception):
    """An act that may not be done: field name -> Chinese sentence (`""` for the act as a whole)."""

    def __init__(self, problems: Mapping[str, str] | str) -> None:
        self.problems: dict[str, str] = {"": problems} if isinstance(problems, str) else dict(problems)
        super().__init__("；".join(self.problems.values()))
