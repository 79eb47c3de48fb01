"""The rows of a directory as a snapshot holds them: plain, frozen, and nothing but what is asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit as the snapshot has it."""

    id: int
    parent: int | None
    code: str
    name: str
    short_name: str
    type: str
    ranking_group: str
    position: int
    active: bool
    match_keys: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """A category with the names from the first level down to its own."""

    id: int
    parent: int | None
    path: tuple[str, ...]
    code: str
    position: int
    active: bool
    match_keys: str

    @property
    def level(self) -> int:
        """1, 2 or 3."""
        return len(self.path)

    @property
    def name(self) -> str:
        """Its own name, the last of the path."""
        return self.path[-1]

    @property
    def title(self) -> str:
        """The whole path, as people read it."""
        return " › ".join(self.path)


@dataclass(frozen=True, slots=True)
class AreaLine:
    """An area; `active`: in use, as all areas above it are."""

    id: int
    parent: int | None
    name: str
    match_keys: str
    active: bool


@dataclass(frozen=True, slots=True)
class PostLine:
    """A post with the ids of its two holders."""

    id: int
    unit: int
    role: str
    name: str
    holder_a: int | None
    holder_b: int | None


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """Who of a unit's leaders is in charge of a field, and who carries it out; None: of all others, everywhere else."""

    unit: int
    category: int | None
    area: int | None
    deputy: int
    head: int


@dataclass(frozen=True, slots=True)
class StaffLine:
    """A person of the centre; `full_time`: he works for the hotline alone."""

    id: int
    username: str
    name: str
    unit: int | None
    active: bool
    full_time: bool
    match_keys: str


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """From which day which pack is in force."""

    effective_from: date
    pack_id: str
    version: str

    @property
    def pack(self) -> str:
        """“id@version”, as orders keep it."""
        return f"{self.pack_id}@{self.version}"
