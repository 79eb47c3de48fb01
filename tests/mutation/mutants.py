"""Every change that `script/mutate` makes, one object each, in a stable order and with a stable name."""

from __future__ import annotations

import hashlib
import pickle
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lianxin.ledger import verbs
from lianxin.orders.access import JOURNAL_ACTS
from lianxin.rules import lifecycle, policy, policy_reading
from lianxin.rules.context import EVENTS, MADE, ROLES
from lianxin.rules.lifecycle import OrderState, ShareState
from lianxin.rules.periods import KINDS
from lianxin.rules.policy_tasks import DOERS, PLACES

#: Whose mutants the suite makes: a check of a pack with one value another takes a tenth of a second and more.
PACKS = ("base", "junan-2021")
#: Whose mutants the script makes.
ALL = (*PACKS, "zhoucun-2019", "jinan-cg")
#: So many values are tried of a pack that only the script changes: the check refuses most events one by one.
MOST_TRIED = 12
SHARE_ROLES = ("lead", "assist", "dual", "called")
POSTS = (*ROLES, "system")
#: What is read by people only, and what names things: no rule's number stands there.
WORDS = frozenset(
    [
        "title",
        "clause",
        "note",
        "origin",
        "held_by",
        "say",
        "id",
        "code",
        "version",
        "slogan",
        "issuer",
        "printer",
        "report_to",
        "send_to",
        "copy_to",
        "targets",
        "covers",
        "printed",
        "sets",
        "replaces",
        "extends",
        "name",
        "effective",
        "of",
    ]
)
#: The fields of a row that name events.
OF_EVENTS = {("clock", "from"), ("clock", "until"), ("task", "from"), ("task", "ends_with"), ("watch", "from")}
#: The fields of a duty, of an event or of a period, that take one of a few words.
CHOICES: dict[str, Sequence[str]] = {
    "post": tuple(DOERS),
    "at": PLACES,
    "bars": ("people", "all"),
    "every": KINDS,
}
#: A time of day, a percentage, a count.
NUMBER = re.compile(r"(?P<time>\d\d:\d\d)|\d+(?:\.\d+)?")

Step = str
Place = tuple[Step, ...]


@dataclass(frozen=True)
class Mutant:
    """One change: `what` says it to people; tests that touched none of `keys` cannot notice it."""

    id: str
    what: str
    keys: frozenset[str]
    apply: Callable[[], None] = field(compare=False, repr=False)

    @property
    def kind(self) -> str:
        return self.id.partition(":")[0]


def everything(packs: Sequence[str] = PACKS, only: str = "") -> list[Mutant]:
    """All whose name contains `only`. Each that concerns a pack passes `policy check`: what the check refuses needs no
    test."""
    rest = (mutant for mutant in (*of_verbs(), *of_rights()) if only in mutant.id)
    return [*of_packs(packs, only), *rest]


# --- packs --------------------------------------------------------------------------------------


def of_packs(packs: Sequence[str] = PACKS, only: str = "") -> Iterator[Mutant]:
    """Those of the shipped packs."""
    for pack in packs:
        yield from of_pack(pack, only)


def of_pack(pack: str, only: str = "") -> Iterator[Mutant]:
    """Its numbers and switches, the events of its clocks and duties, and what its duties ask of whom."""
    text = (policy.policies_folder() / f"{pack}.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text, parse_float=Decimal)
    tables = {name: value for name, value in raw.items() if name not in ("pack", "rule")}
    events = heard(pack)
    # Of a duty on the order "in the unit" is the centre: there it says nothing.
    on_orders = {f"id={row['id']}" for row in raw.get("task", ()) if row.get("on") == "order"}
    for place, value in _leaves(tables, ()):
        if place[-1] == "at" and place[-2] in on_orders:
            continue
        for kind, slot, changes in _changes(place, value, events):
            name = f"{kind}:{pack}/{'/'.join(place)}{slot}"
            tried = changes if pack in PACKS else changes[:MOST_TRIED]
            valid = next((new for new in tried if passes(pack, place, new)), None) if only in name else None
            if valid is not None:
                yield Mutant(name, f"{_short(value)} → {_short(valid)}", _keys(place), _setter(pack, place, valid))


def heard(pack: str) -> tuple[str, ...]:
    """The events that its rules may name: those of the product, then those that its duties and limits make."""
    found = policy.find(pack)
    done, missed = ({rule.kind: None for rule in rules} for rules in (found.tasks, found.limits))
    return (*EVENTS, *(f"done.{kind}" for kind in done), *(f"breach.{kind}" for kind in missed))


def _leaves(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """Each value with its place; rows of a table are named by their id or code, so that no place moves."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in WORDS:
                yield from _leaves(inner, (*place, name))
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        if place[0] == "task" and len(place) > 1:
            yield place, value  # a level, an element, an outcome may be missing
        for inner in value:
            yield from _leaves(inner, (*place, _named(inner, value)))
    else:
        yield place, value


def _named(row: dict[str, Any], rows: list[Any]) -> Step:
    for name in ("id", "code", "group"):
        if name in row:
            return f"{name}={row[name]}"
    return f"#{rows.index(row)}"


def _changes(place: Place, value: Any, events: Sequence[str]) -> Iterator[tuple[str, str, list[Any]]]:
    """(kind, slot, candidates): what the value may be instead, the first that passes the check is taken."""
    if isinstance(value, bool):
        yield "switch", "", [not value]
    elif (place[0], place[-1]) in OF_EVENTS:
        yield from _events(f"{place[0]}-event", value, events)
    elif place[0] in ("task", "duty") and place[-1] in CHOICES:
        yield place[-1], "", [other for other in CHOICES[place[-1]] if other != value]
    elif isinstance(value, int | Decimal):
        yield "number", "", _numbers(place, value)
    elif isinstance(value, list):
        for n, item in enumerate(value):
            for kind, slot, changes in _changes(place, item, events):
                yield kind, f"#{n}{slot}", [[*value[:n], new, *value[n + 1 :]] for new in changes]
            if not isinstance(item, str) or not NUMBER.search(item):
                yield "list", f"#{n}", [[*value[:n], *value[n + 1 :]]]
    elif value == "same day":
        yield "number", "", ["1 workday"]
    elif isinstance(value, str):
        for n, found in enumerate(NUMBER.finditer(value)):
            yield "number", f"#{n}" if n else "", [_with(value, found, new) for new in _near(found)]


def _numbers(place: Place, value: Any) -> list[Any]:
    """Near it; of a place among queues the first, or the last."""
    if place[0] == "queue" and "posts" in place:
        return [1 if value > 10 else 999]
    return [value + 1, value - 1]


def _near(found: re.Match[str]) -> list[str]:
    if found["time"]:
        hour, minute = map(int, found["time"].split(":"))
        return [f"{(m := hour * 60 + minute + by) // 60 % 24:02}:{m % 60:02}" for by in (30, -30)]
    return [str(Decimal(found[0]) + by) for by in (1, -1)]


def _with(text: str, found: re.Match[str], new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]


def _events(kind: str, value: str | list[str], known: Sequence[str]) -> Iterator[tuple[str, str, list[Any]]]:
    events = [value] if isinstance(value, str) else value
    for n, event in enumerate(events):
        rest = [other for other in events if other != event]
        others = [[*rest, other] for other in (*_sibling(event, known), *known) if other not in events]
        yield kind, f"#{n}", [rest, *others] if rest else others


def _sibling(event: str, known: Sequence[str]) -> list[str]:
    """That a duty was met, for that it lapsed, and the other way round."""
    made = MADE.fullmatch(event)
    return [other for other in known if made and other != event and other.partition(".")[2] == made[2]]


def _keys(place: Place) -> frozenset[str]:
    """What a test must have read: a field of a row by the row's id, a setting by its last name."""
    row, name = "", place[-1]
    for step, within in pairwise(place):
        if step.startswith("id="):
            row, name = step.partition("=")[2], within
    name = {"from": "start_on", "else": "otherwise", "return": "return_"}.get(name, name)
    return frozenset({f"pack:{row}:{name}"})


def _setter(pack: str, place: Place, new: Any) -> Callable[[], None]:
    def apply() -> None:
        policy_reading.tomllib = SimpleNamespace(  # type: ignore[attr-defined]
            loads=lambda text, parse_float: _changed(_loads(text, parse_float), pack, place, new),
            TOMLDecodeError=tomllib.TOMLDecodeError,
        )
        _forget()

    return apply


def _loads(text: str, parse_float: Callable[[str], Any]) -> dict[str, Any]:
    """As tomllib's, anew each time: a copy costs a tenth of the reading."""
    found: dict[str, Any] = pickle.loads(_pickled(text, parse_float))
    return found


@lru_cache(maxsize=16)
def _pickled(text: str, parse_float: Callable[[str], Any]) -> bytes:
    return pickle.dumps(tomllib.loads(text, parse_float=parse_float))


def _forget() -> None:
    """What is kept of packs was read before the change."""
    policy_reading.parsed.cache_clear()
    policy.find.cache_clear()


def _changed(raw: dict[str, Any], pack: str, place: Place, new: Any) -> dict[str, Any]:
    """What was read of the pack, with one value another; any other file as it is."""
    header = raw.get("pack")
    if not isinstance(header, dict) or header.get("id") != pack:
        return raw
    inner: Any = raw
    for step in place[:-1]:
        if isinstance(inner, list):
            inner = next((row for row in inner if isinstance(row, dict) and _named(row, inner) == step), None)
        else:
            inner = inner.get(step) if isinstance(inner, dict) else None
    if isinstance(inner, dict) and place[-1] in inner:
        inner[place[-1]] = new
    return raw


#: What the check said of a change, by the packs as they are and the change: kept by the script from run to run.
checked: dict[str, bool] = {}


def passes(pack: str, place: Place, new: Any) -> bool:
    """Whether `policy check` has nothing to say about the pack, and those upon it, with one value another."""
    key = f"{_digest()} {pack} {'/'.join(place)} {new!r}"
    if key not in checked:
        checked[key] = _passes(pack, place, new)
    return checked[key]


@cache
def _digest() -> str:
    """Of all shipped packs and of what checks them."""
    files = [*policy.policies_folder().glob("*.toml"), *Path(policy.__file__).parent.rglob("*.py")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:16]


def _passes(pack: str, place: Place, new: Any) -> bool:
    with _restored():
        _setter(pack, place, new)()
        try:
            # Whoever reads a pack upon the base reads the base.
            for known in PACKS[1:] if pack == "base" else (pack,):
                policy.find(known)
        except policy.PolicyError:
            return False
    return True


@contextmanager
def _restored() -> Iterator[None]:
    try:
        yield
    finally:
        policy_reading.tomllib = tomllib  # type: ignore[attr-defined]
        _forget()


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return str(next(iter(value.values())))
    return ", ".join(map(_short, value)) if isinstance(value, list) else str(value)


# --- verbs --------------------------------------------------------------------------------------


def of_verbs() -> Iterator[Mutant]:
    """Effects, events and moves."""
    for row in lifecycle.TABLE:
        keys = frozenset({f"verb:{row.action}"})
        made = verbs.get(row.action)
        for name in ("effect", "events"):
            if name in vars(type(made)):
                yield Mutant(f"{name}:{row.action}", "does nothing", keys, _without(made, name))
        if row.event and "events" not in vars(type(made)):
            yield Mutant(f"event:{row.action}", f"{row.event} → none", keys, _field(row, "event", None))
        for name in ("to", "share_to"):
            if getattr(row, name):
                what = f"{name} {getattr(row, name)} → unchanged"
                yield Mutant(f"move:{row.action}/{name}", what, keys, _field(row, name, None))


def _without(made: verbs.Verb[Any], name: str) -> Callable[[], None]:
    return lambda: setattr(type(made), name, lambda self, deed: ())


def _field(row: lifecycle.Transition, name: str, new: Any) -> Callable[[], None]:
    return lambda: object.__setattr__(row, name, new)


# --- rights -------------------------------------------------------------------------------------


def of_rights() -> Iterator[Mutant]:
    """Who may, and when: each cell of the table given where it is not, taken where it is."""
    cells = {"posts": POSTS, "states": tuple(OrderState), "shares": tuple(ShareState), "share_roles": SHARE_ROLES}
    for row in lifecycle.TABLE:
        for name, values in cells.items():
            held: frozenset[str] = getattr(row, name)
            # An empty cell means that the row does not ask: the first value would be a condition, not a right.
            for value in values if held else ():
                new = held ^ {value}
                what = f"{name} {'without' if value in held else 'with'} {value}"
                apply = _field(row, name, new)
                yield Mutant(f"right:{row.action}/{name}/{value}", what, frozenset({f"verb:{row.action}"}), apply)
    for act, posts in JOURNAL_ACTS.items():
        for post in POSTS:
            what = f"{'without' if post in posts else 'with'} {post}"
            yield Mutant(f"right:{act}/posts/{post}", what, frozenset({f"act:{act}"}), _journal(act, posts ^ {post}))


def _journal(act: str, posts: frozenset[str]) -> Callable[[], None]:
    return lambda: JOURNAL_ACTS.__setitem__(act, posts)
