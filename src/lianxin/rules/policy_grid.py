"""Which limit applies when: a pack asked on every combination of what its clock rules look at.

The grid has urgency, role, depth, class, source, round and whatever else a condition of a clock reads, each with every
value that the pack or the product names. A field that no rule of a kind looks at changes nothing there, so it is no
axis: the cells of a kind are few, and each stands for all that is like it. Where a pack looks at so much that there
would be more than `MOST` cells a kind and event, so many are taken from all parts of the grid (`conditions.spread`).

- `limits(pack)`: by kind of clock and event, each cell with the rule that applies in it, or none;
- `merged(cells)`: equal cells as few boxes;
- `differences(old, new)`: what two packs say otherwise, as boxes; for the adoption of a pack.

Pure: no order, no calendar, no database. `policy_table` says a box in Chinese, `policy_grid_checks` finds faults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import prod
from typing import Any

from lianxin.rules import policy_names
from lianxin.rules.conditions import Condition, prepared, spread, telling
from lianxin.rules.context import EVENTS, FIELDS, complete
from lianxin.rules.lifecycle import OPEN, RUNNING, TABLE, OrderState, ShareState
from lianxin.rules.pack import Pack
from lianxin.rules.policy_rows import ClockRule

#: (part, field) of the context.
Place = tuple[str, str]
#: The most cells that are looked at, of one kind and event.
MOST = 1500
#: An event makes a task of this kind.
TASK_OF = {"return_filed": "return", "extension_filed": "extension"}
#: Where an order may stand after an event whose act leaves that to its effect.
_DECIDED = {"pass": (OrderState.DISPATCHED, OrderState.TO_CALLBACK, OrderState.CLOSED)}


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination, and the rule of the kind that applies in it: the first whose condition holds (None: no limit).

    ``facts`` holds the fields that some rule of the kind looks at; whatever else an order is makes no difference.
    ``rule.id`` and ``rule.allow`` are what applies.
    """

    kind: str
    event: str
    facts: Mapping[Place, Any]
    rule: ClockRule | None


@dataclass(frozen=True, slots=True)
class Box:
    """Cells of one answer: for each field the values that it holds; a field that may be anything is not named."""

    facts: Mapping[Place, tuple[Any, ...]]
    answer: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """What two packs say otherwise of one kind of clock, started by one event."""

    kind: str
    event: str
    facts: Mapping[Place, tuple[Any, ...]]
    old: ClockRule | None
    new: ClockRule | None


class Grid:
    """One pack's answers."""

    def __init__(self, pack: Pack, *beside: Pack) -> None:
        """``beside`` are packs whose values and fields count too, so that grids of several packs can be compared."""
        self.pack, self.packs = pack, (pack, *beside)
        #: (rule id, why, in Chinese) of conditions that failed on some cell.
        self.failed: dict[str, str] = {}
        self._tried_on: dict[Place, list[ClockRule]] = {}

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of clock that any of the packs names, in the order of the packs."""
        return tuple(dict.fromkeys(rule.kind for pack in self.packs for rule in pack.limits))

    def events(self, kind: str) -> tuple[str, ...]:
        """The events that start a clock of the kind in any of the packs; last those that duties make."""
        named = dict.fromkeys(event for rule in self._rules(kind) for event in rule.start_on)
        return tuple(sorted(named, key=lambda event: (event not in EVENTS, [*EVENTS, event].index(event))))

    def first(self, kind: str) -> ClockRule:
        """The first rule of the kind: all of a kind are on the same thing."""
        return self._rules(kind)[0]

    def axes(self, kind: str, event: str) -> dict[Place, tuple[Any, ...]]:
        """The fields that rules of the kind look at, and the values that each may have when the event comes."""
        rules = [rule for rule in self._rules(kind) if rule.when]
        places = sorted({_tied(place) for rule in rules if rule.when for place in rule.when.reads}, key=_ORDER)
        return {place: self._values(place, rules, self.first(kind).on, event) for place in places}

    def whole(self, kind: str, event: str) -> bool:
        """Whether `cells` are all that there are: what is in none of them then never happens."""
        return prod(map(len, self.axes(kind, event).values())) <= MOST

    def cells(self, kind: str, event: str) -> Iterator[Cell]:
        """The cells of a kind when the event comes."""
        axes = self.axes(kind, event)
        for chosen in spread(tuple(axes.values()), MOST):
            facts = dict(zip(axes, chosen, strict=True))
            yield Cell(kind, event, facts, self.applies(kind, event, facts))

    def applies(self, kind: str, event: str, facts: Mapping[Place, Any]) -> ClockRule | None:
        """The rule of the kind that the event calls upon where the facts are so, as `deadlines.applying` finds it."""
        return next((rule for rule in self._tried(kind, event) if self.holds(rule, event, facts)), None)

    def holds(self, rule: ClockRule, event: str, facts: Mapping[Place, Any]) -> bool:
        """Whether the rule's condition holds; one that fails does not, and is noted in ``failed``."""
        condition = rule.when
        if condition is None:
            return True
        found, why = judged(condition, tuple([_fact(place, event, facts) for place in condition.places]))
        if why:
            self.failed.setdefault(rule.id, why)
        return found

    def _tried(self, kind: str, event: str) -> list[ClockRule]:
        """The rules of the kind that the event calls upon, in the order in which they are tried."""
        if (kind, event) not in self._tried_on:
            found = [rule for rule in self.pack.limits if rule.kind == kind and event in rule.start_on]
            self._tried_on[kind, event] = found
        return self._tried_on[kind, event]

    def _rules(self, kind: str) -> list[ClockRule]:
        return [rule for pack in self.packs for rule in pack.limits if rule.kind == kind]

    def _values(self, place: Place, rules: Sequence[ClockRule], on: str, event: str) -> tuple[Any, ...]:
        part, name = place
        if (part == "share" and on == "order") or (part == "task" and on != "task"):
            return (FIELDS[part][name].default,)
        if own := _OF_EVENT.get(place):
            return own(event)
        if place in policy_names.NAMED:
            codes = dict.fromkeys(code for pack in self.packs for code in policy_names.named(pack)[place])
            # A unit may be ranked in no group.
            return (*codes, "") if name == "unit_group" else tuple(codes)
        texts = tuple(dict.fromkeys(text for rule in rules if rule.when for text in rule.when.texts))
        numbers = tuple(dict.fromkeys(number for rule in rules if rule.when for number in rule.when.numbers))
        if name in ("round", "depth"):
            first = 1 if name == "round" else 0
            found = {first, first + 1, *(n for number in numbers for n in (number, number + 1) if n >= first)}
            return tuple(sorted(found))
        values = telling(part, name, texts, numbers)
        return tuple(value for value in values if value != "") if place == ("share", "role") else values


@lru_cache(maxsize=1 << 14)
def judged(condition: Condition, given: tuple[Any, ...]) -> tuple[bool, str]:
    """(whether it holds, "" or why it failed, in Chinese) where the places that it reads, in their order, are `given`.

    Kept: the same conditions are asked of the same cases in every pack upon a base, and whenever one is checked again.
    """
    context = complete()
    for (part, name), value in zip(condition.places, given, strict=True):
        context[part][name] = value
    reasons: list[str] = []
    # The prepared context is what orders are judged by; a condition that takes a whole part gets them all.
    found = condition.holds(prepared(context, condition.places), reasons.append)
    return found, "".join(reasons[:1]).removeprefix("应为")


def limits(pack: Pack, *beside: Pack) -> dict[tuple[str, str], tuple[Cell, ...]]:
    """By (kind, event that starts it): every cell of the grid with the rule that applies in it.

    With ``beside``, the grid also has the fields and values of those packs: the cells of two packs that were each given
    the other are the same ones, in the same order.
    """
    grid = Grid(pack, *beside)
    return {(kind, event): tuple(grid.cells(kind, event)) for kind in grid.kinds for event in grid.events(kind)}


def differences(old: Pack, new: Pack) -> Iterator[Difference]:
    """Where the limits of two packs differ: another span, start, end or warning, or a limit that comes or goes.

    A rule that only has another id, title or words is no difference.
    """
    grids = Grid(old, new), Grid(new, old)
    for kind in grids[0].kinds:
        for event in grids[0].events(kind):
            pairs: list[tuple[Mapping[Place, Any], Any]] = []
            found: dict[Any, tuple[ClockRule | None, ClockRule | None]] = {}
            for was in grids[0].cells(kind, event):
                now = grids[1].applies(kind, event, was.facts)
                answer = (_limit(was.rule), _limit(now))
                found.setdefault(answer, (was.rule, now))
                pairs.append((was.facts, answer))
            for box in boxes(pairs):
                if box.answer[0] != box.answer[1]:
                    yield Difference(kind, event, box.facts, *found[box.answer])


def merged(cells: Iterable[Cell]) -> list[Box]:
    """Cells of one kind and event as few boxes; ``answer`` is the rule, or None."""
    found = list(cells)
    by_id = {cell.rule.id: cell.rule for cell in found if cell.rule}
    parts = boxes([(cell.facts, cell.rule.id if cell.rule else None) for cell in found])
    return [Box(box.facts, by_id.get(box.answer)) for box in parts]


def boxes(cells: Sequence[tuple[Mapping[Place, Any], Any]]) -> list[Box]:
    """(facts, answer) of each cell, put together along one field after the other wherever all else is the same."""
    if not cells:
        return []
    places = tuple(cells[0][0])
    every = [tuple(dict.fromkeys(facts[place] for facts, _ in cells)) for place in places]
    found = {(tuple((facts[place],) for place in places), answer): None for facts, answer in cells}
    for number, values in enumerate(every):
        joined: dict[tuple[Any, ...], list[Any]] = {}
        for sides, answer in found:
            others = (sides[:number], sides[number + 1 :], answer)
            joined.setdefault(others, []).extend(sides[number])
        found = {
            ((*before, tuple(v for v in values if v in held), *after), answer): None
            for (before, after, answer), held in joined.items()
        }
    return [
        Box({p: side for p, side, all_ in zip(places, sides, every, strict=True) if side != all_}, answer)
        for sides, answer in found
    ]


def _limit(rule: ClockRule | None) -> tuple[Any, ...] | None:
    return (rule.allow, frozenset(rule.until), rule.warn, rule.end, rule.on) if rule else None


def _tied(place: Place) -> Place:
    """A share that begins is of its order's round."""
    return ("order", "round") if place == ("share", "round") else place


def _fact(place: Place, event: str, facts: Mapping[Place, Any]) -> Any:
    part, name = place
    if place == ("event", "name"):
        return event
    return facts.get(_tied(place), FIELDS[part][name].default)


def _order_states(event: str) -> tuple[str, ...]:
    """Where an order may stand once the act of the event is done; elsewhere it starts no clock."""
    rows = [row for row in TABLE if event in row.makes]
    found = {state for row in rows for state in ((row.to,) if row.to else row.states)}
    return tuple(str(state) for state in OrderState if state in {*found, *_DECIDED.get(event, ())} & OPEN)


def _share_states(event: str) -> tuple[str, ...]:
    """Where the share that an event concerns may stand then; one that is handed on begins anew."""
    if event == "dispatch":
        return (str(ShareState.PENDING),)
    rows = [row for row in TABLE if event in row.makes]
    found = {state for row in rows for state in ((row.share_to,) if row.share_to else row.shares)}
    return tuple(str(state) for state in ShareState if state in found & RUNNING)


def _verbs(event: str) -> tuple[str, ...]:
    return tuple(row.action for row in TABLE if event in row.makes)


def _roles(event: str) -> tuple[str, ...]:
    return tuple(sorted({post for row in TABLE if event in row.makes for post in row.posts}))


_OF_EVENT: dict[Place, Callable[[str], tuple[Any, ...]]] = {
    ("order", "state"): _order_states,
    ("share", "state"): _share_states,
    ("event", "name"): lambda event: (event,),
    ("event", "verb"): _verbs,
    ("event", "role"): _roles,
    ("task", "kind"): lambda event: (TASK_OF.get(event, ""),),
}
_PLACES = [(part, name) for part, fields in FIELDS.items() for name in fields]
#: Those that people think of first stand first.
_FIRST = [("order", "urgency"), ("share", "role"), ("share", "depth"), ("order", "round"), ("order", "cls")]
_ORDER = [*_FIRST, *(place for place in _PLACES if place not in _FIRST)].index
