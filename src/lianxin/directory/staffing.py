"""What units lack of the posts and people that the rules ask for (B27 分管负责人、具体工作人员; D19 专职工作人员)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from lianxin.rules.context import ROLES
from lianxin.rules.policy import Pack, PolicyError
from lianxin.rules.policy_who import Staffing

from .lines import PostLine, StaffLine, UnitLine
from .snapshot import Snapshot


class Document(NamedTuple):
    """One that a unit must have: what it is called, the number of the one in force (`""`: there is none), and the names
    of those in it who must be in office and are no longer."""

    title: str
    number: str
    left: str = ""

    @property
    def lacking(self) -> str:
        """What is missing, in a sentence; `""` where nothing is."""
        if not self.number:
            return f"没有现行的{self.title}"
        return f"{self.title}中的{self.left}已不在岗" if self.left else ""


@dataclass(frozen=True, slots=True)
class Staffed:
    """A unit: who is in office at each post that is asked for, who works for the hotline alone, and what is missing."""

    unit: UnitLine
    #: (what the post is called, who holds it)
    posts: tuple[tuple[str, tuple[str, ...]], ...]
    full_time: tuple[str, ...]
    #: how many of these there must be
    wanted: int
    missing: tuple[str, ...]
    #: those that the unit must have; told by a floor above
    documents: tuple[Document, ...] = ()

    def with_documents(self, documents: tuple[Document, ...]) -> Staffed:
        """The same with what is known of its documents; those that it lacks are missing too."""
        lacking = tuple(document.lacking for document in documents if document.lacking)
        return replace(self, documents=documents, missing=(*self.missing, *lacking))


def lines(directory: Snapshot, pack: Pack, at: datetime) -> list[Staffed]:
    """The units of which the rules ask something, in the directory's order.  Asks the database nothing."""
    return [
        _line(directory, unit, pack.units.staffing, at) for unit in directory.units.values() if asked(directory, unit)
    ]


def short(directory: Snapshot, at: datetime) -> list[Staffed]:
    """The units that lack something by the rules in force at `at`; none where there are none that can be read."""
    try:
        pack = directory.pack(at)
    except (LookupError, PolicyError):
        return []  # told by itself
    return [found for found in lines(directory, pack, at) if found.missing]


def line(directory: Snapshot, pack: Pack, unit: UnitLine, at: datetime) -> Staffed | None:
    """The same of one unit; None where nothing is asked of it."""
    return _line(directory, unit, pack.units.staffing, at) if asked(directory, unit) else None


def of_centre(directory: Snapshot, pack: Pack) -> Staffed | None:
    """The line of the centre itself: only documents are asked of it, and those by its type's name."""
    root = directory.root
    named = any(root.type in document.among for document in pack.units.documents)
    return Staffed(root, (), (), 0, ()) if named else None


def in_office(directory: Snapshot, person: int, unit: int, at: datetime) -> bool:
    """Whether somebody serves, holds a post of that unit or of a part of it, and is not away until further notice."""
    line = directory.staff.get(person)
    if line is None or not line.active or _gone(directory, person, at):
        return False
    held = {post.unit for post in directory.posts_of(person)}
    return any(own == unit or unit in {above.id for above in directory.above(own)} for own in held)


def serving(directory: Snapshot, person: int, at: datetime) -> bool:
    """Whether somebody serves, holds a post anywhere, and is not away until further notice."""
    line = directory.staff.get(person)
    held = line is not None and line.active and any(True for _ in directory.posts_of(person))
    return held and not _gone(directory, person, at)


def asked(directory: Snapshot, unit: UnitLine) -> bool:
    """Whether a unit must have people of its own: it is in use and handles orders, and is no part of one that does."""
    if not unit.active or directory.serves_as(unit.id) != "unit":
        return False
    return all(directory.serves_as(above.id) != "unit" for above in directory.above(unit.id))


def _line(directory: Snapshot, unit: UnitLine, rule: Staffing, at: datetime) -> Staffed:
    posts = tuple(
        (ROLES[role], tuple(person.name for person in _holders(directory, directory.posts_at(unit.id, role), at)))
        for role in rule.posts
    )
    own = [post for role in ROLES for post in directory.posts_at(unit.id, role)]
    full_time = tuple(person.name for person in _holders(directory, own, at) if person.full_time)
    wanted = rule.full_time if unit.type in rule.among or not rule.among else 0
    missing = [f"没有在岗的{title}" for title, names in posts if not names]
    if len(full_time) < wanted:
        missing.append(f"专职人员 {len(full_time)} 名，应不少于 {wanted} 名")
    return Staffed(unit, posts, full_time, wanted, tuple(missing))


def _holders(directory: Snapshot, posts: Iterable[PostLine], at: datetime) -> list[StaffLine]:
    """Who holds one of these posts, or has shifts for it, and serves, each once.  Who is away for a time is in office
    all the same; who is away until further notice is not."""
    ids = dict.fromkeys(holder for post in posts for holder in directory.crew(post.id))
    people = (directory.staff.get(holder) for holder in ids)
    return [person for person in people if person and person.active and not _gone(directory, person.id, at)]


def _gone(directory: Snapshot, person: int, at: datetime) -> bool:
    return any(start <= at and end is None for start, end in directory.absences.get(person, ()))
