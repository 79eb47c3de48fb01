"""What a pack's clock rules come to on the whole grid, and must not: a share without a handling limit, a clock that
counts twice, a rule that never applies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from lianxin.rules.clock_life import Starts, Twice, twice
from lianxin.rules.context import CLOCK_KINDS, event_title
from lianxin.rules.pack import Pack
from lianxin.rules.policy_grid import Cell, Grid, boxes
from lianxin.rules.policy_rows import ClockRule, ListRow, Row
from lianxin.rules.policy_words import case

#: What every share passes through; a handling limit that begins with anything else may never begin.
_EVERY_SHARE = ("dispatch", "sign")
#: Fields that are of the event, not of the order or share that it befalls.
_PASSING = frozenset({("order", "state"), ("share", "state"), ("task", "kind")})


class Fault(NamedTuple):
    """The row (or table) at fault, its field, and what was expected, in Chinese."""

    rule: str
    field: str
    expected: str


class GridChecks:
    """The grid of one pack, looked through once."""

    def __init__(self, pack: Pack) -> None:
        self.pack, self.grid = pack, Grid(pack)
        self._own = set(map(id, pack.own))
        self._cells: dict[str, dict[str, list[Cell]]] = {
            kind: {event: list(self.grid.cells(kind, event)) for event in self.grid.events(kind)}
            for kind in self.grid.kinds
        }

    def faults(self) -> Iterator[Fault]:
        """Every fault of the pack's own making."""
        conditions = [*self._unknown_codes(), *self._unjudged()]
        yield from conditions
        told = {fault.rule for fault in conditions}
        yield from (fault for fault in self._never() if fault.rule not in told)
        yield from self._twice()
        yield from self._without_handling()

    def idle(self) -> tuple[ClockRule, ...]:
        """Rows of the base that no case falls to any more, as the pack's own are tried first."""
        return tuple(rule for rule in self.pack.clocks if not self._mine(rule) and self._unused(rule))

    # --- conditions ---------------------------------------------------------------------------
    def _unknown_codes(self) -> Iterator[Fault]:
        tables: dict[str, tuple[str, Mapping[str, Any]]] = {
            "cls": ("诉求类别", self.pack.classes),
            "source": ("来源", self.pack.sources),
        }
        for rule in filter(self._mine, self.pack.clocks):
            for part, name, value in rule.when.compared if rule.when else ():
                title, known = tables.get(name, ("", {})) if part == "order" else ("", {})
                if title and value not in known:
                    yield Fault(rule.id, "when", f"本规则包的{title}（{'、'.join(known)}），没有“{value}”")

    def _unjudged(self) -> Iterator[Fault]:
        mine = {rule.id for rule in filter(self._mine, self.pack.clocks)}
        yield from (Fault(rule, "when", why) for rule, why in self.grid.failed.items() if rule in mine)

    # --- rules that never apply -----------------------------------------------------------------
    def _never(self) -> Iterator[Fault]:
        hidden: dict[str, list[str]] = defaultdict(list)
        for rule in self.pack.clocks:
            if not self._unused(rule):
                continue
            before = self._before(rule)
            if self._mine(rule):
                yield self._idle_fault(rule, before)
            else:
                for other in before:
                    if self._mine(other) and _takes_all(other, rule):
                        hidden[other.id].append(rule.id)
                        break
        for rule_id, names in hidden.items():
            listed = ", ".join(f'"{name}"' for name in names)
            sentence = f"写明被取代的规则：replaces = [{listed}]；只管一部分工单的，请写 when；整种时限都由本包规定的，"
            yield Fault(rule_id, "replaces", sentence + "各条都写 only = true")

    def _unused(self, rule: ClockRule) -> bool:
        """Whether no case falls to the rule.  Where there are too many to look at each, what is not found may be
        there: then only if another rule takes all that this one would."""
        if id(rule) in self._used:
            return False
        if all(self.grid.whole(rule.kind, event) for event in rule.start_on):
            return True
        return bool(self._takers_of_all(rule))

    @cached_property
    def _used(self) -> set[int]:
        return {id(cell.rule) for cell in self._all()}

    def _takers_of_all(self, rule: ClockRule) -> list[ClockRule]:
        """The rules tried before it that leave it nothing, as their words say."""
        alike = [other for other in self.pack.clocks if other.kind == rule.kind]
        before = alike[: next(place for place, other in enumerate(alike) if other is rule)]
        return [other for other in before if _takes_all(other, rule) and {*rule.start_on} <= {*other.start_on}]

    def _before(self, rule: ClockRule) -> list[ClockRule]:
        """The rules that take the cases in which this one's condition holds."""
        if takers := self._takers_of_all(rule):
            return takers[:1]
        cells = chain.from_iterable(self._cells[rule.kind].get(event, ()) for event in rule.start_on)
        found = {
            id(cell.rule): cell.rule
            for cell in cells
            if cell.rule is not None and self.grid.holds(rule, cell.event, cell.facts)
        }
        return [other for other in self.pack.clocks if id(other) in found]

    def _idle_fault(self, rule: ClockRule, before: list[ClockRule]) -> Fault:
        if before:
            names = "、".join(other.id for other in before)
            return Fault(rule.id, "when", f"排在 {names} 之前的规则；现在 {names} 先适用，这一条不会起作用")
        return Fault(
            rule.id, "when", "有工单能够符合的条件；逐一试过各种紧急程度、角色、层级、类别、来源、轮次，都不成立"
        )

    # --- clocks that count twice ----------------------------------------------------------------
    def _twice(self) -> Iterator[Fault]:
        unit_audit = self.pack.reply.unit_audit
        for kind, by_event in self._cells.items():
            told: set[str] = set()
            known: dict[frozenset[tuple[str, frozenset[int]]], Twice | None] = {}
            for facts, starts in _starts(by_event):
                seen = frozenset((event, frozenset(map(id, rules))) for event, rules in starts.items())
                if seen not in known:
                    on = self.grid.first(kind).on
                    known[seen] = twice(starts, on, unit_audit=unit_audit, once=kind == "handle")
                    found = known[seen]
                    if found and (rule := self._blamed(found, starts)) not in told:
                        told.add(rule)
                        yield Fault(rule, "from", self._twice_sentence(found, facts))

    def _blamed(self, found: Twice, starts: Starts) -> str:
        """The pack's own of the two rules; of a pair of its base, which its settings have brought together, either."""
        pair = (found.rule, *starts.get(found.first, ()))
        return next(filter(self._mine, pair), found.rule).id

    def _twice_sentence(self, found: Twice, facts: Mapping[Any, Any]) -> str:
        title = CLOCK_KINDS[found.rule.kind].title if found.rule.kind in CLOCK_KINDS else found.rule.title
        first, second = event_title(found.first), event_title(found.second)
        where = case({place: (value,) for place, value in facts.items()}, [self.pack])
        when = f"（{where}时）" if where else ""
        if found.running:
            return f"不重复计时的事件：“{title}”自“{first}”起算、还没有停止，“{second}”又起算一次{when}"
        again = f"已自“{first}”起算过，“{second}”又起算一次{when}"
        return f"一个承办件只起算一次办理时限的事件：{again}；退回后的时限用 resubmit"

    # --- shares without a handling limit --------------------------------------------------------
    def _without_handling(self) -> Iterator[Fault]:
        row, field = self._takers()
        by_event = self._cells.get("handle", {})
        if not any(by_event.get(event) for event in _EVERY_SHARE):
            yield Fault(row, field, "每个承办件都有自派单或签收起算的办理时限（kind = “handle”），现在没有")
            return
        open_: list[tuple[Mapping[Any, Any], bool]] = []
        for facts, starts in _starts(by_event, whole=True):
            open_.append((facts, all(any(r is None for r in starts.get(e, (None,))) for e in _EVERY_SHARE)))
        axes = {place: tuple(dict.fromkeys(facts[place] for facts, _ in open_)) for place in open_[0][0]}
        cases = [case(box.facts, [self.pack], axes) for box in boxes(open_) if box.answer]
        if cases:
            listed = "；".join(text or "任何情形" for text in cases[:4]) + ("；等" if len(cases) > 4 else "")
            yield Fault(row, field, f"每个承办件都有办理时限；现在没有的：{listed}")

    def _takers(self) -> tuple[str, str]:
        """The row that took handling limits of the base away, where one did."""
        for row, old in self.pack.replaced:
            if isinstance(old, ClockRule) and old.kind == "handle":
                return row.id, "only" if isinstance(row, ListRow) and row.only else "replaces"
        return "[[clock]]", "kind"

    def _mine(self, row: Row) -> bool:
        return id(row) in self._own

    def _all(self) -> Iterable[Cell]:
        return chain.from_iterable(cells for by_event in self._cells.values() for cells in by_event.values())


def _takes_all(other: ClockRule, rule: ClockRule) -> bool:
    """Whether a rule tried before another leaves it nothing, as its words say."""
    return other.when is None or other.when == rule.when


def _starts(by_event: Mapping[str, list[Cell]], *, whole: bool = False) -> Iterator[tuple[Mapping[Any, Any], Any]]:
    """(facts, by event the rules that it may start) of each case, whatever is only of the event left aside.

    With ``whole`` a None among the rules says that the event may start none.
    """
    found: dict[tuple[Any, ...], dict[str, set[ClockRule | None]]] = {}
    facts_of: dict[tuple[Any, ...], Mapping[Any, Any]] = {}
    for event, cells in by_event.items():
        for cell in cells:
            facts = {p: value for p, value in cell.facts.items() if p[0] != "event" and p not in _PASSING}
            key = tuple(facts.values())
            facts_of.setdefault(key, facts)
            if cell.rule is not None or whole:
                found.setdefault(key, {}).setdefault(event, set()).add(cell.rule)
    for key, given in facts_of.items():
        yield given, {event: frozenset(rules) for event, rules in found.get(key, {}).items()}
