"""Whether a clock may start while one of its kind runs: the events in the life of an order and of a share, walked.

A pack's clocks hear events; which events may follow each other is decided by what may be done in which state
(`rules.lifecycle`) and by what the verbs make of it: a reply that its own lead refuses goes back to the desk, an
approved return begins another unit's share in the same act. This module holds that as a few lines of data and walks
them with the clocks of one cell of the grid, so that `policy check` finds a clock that would count twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from lianxin.rules.policy_rows import ClockRule

#: By event: the rules of one kind that it may start in one cell of the grid.
Starts = Mapping[str, frozenset[ClockRule]]


@dataclass(frozen=True, slots=True)
class Act:
    """In a state, the events that an act makes in their order, and the state afterwards ("": the end).

    ``begins``: whether these events start clocks on this very share or order, or only stop them.
    """

    state: str
    events: tuple[str, ...]
    then: str
    begins: bool = True


@dataclass(frozen=True, slots=True)
class Twice:
    """A clock that starts again: ``first`` while the one that ``first`` started runs (or, not ``running``, later)."""

    rule: ClockRule
    first: str
    second: str
    running: bool


def _acts(states: tuple[str, ...], *events: str) -> tuple[Act, ...]:
    return tuple(Act(state, (event,), state) for state in states for event in events)


_AT_WORK = ("signed", "sent_back")
#: A share: handed out, signed, replied, audited by its own unit where the pack wants it, passed or sent back.
_SHARE = (
    Act("", ("dispatch",), "pending"),
    Act("", ("dispatch", "catalogued"), "pending"),
    Act("", ("return_decided", "dispatch"), "pending"),
    Act("pending", ("sign",), "signed"),
    *_acts(_AT_WORK, "extension_filed", "resolve", "progress"),
    *_acts((*_AT_WORK, "replied", "audited"), "contact", "interim", "arrive", "visited"),
    *_acts(("pending", *_AT_WORK), "arrived", "arrive_unproved"),
    *_acts(("pending",), "arrive"),
    *_acts(("pending", *_AT_WORK), "return_filed", "signed_off"),
    *_acts(
        ("pending", *_AT_WORK, "replied", "audited"),
        "return_decided",
        "extension_decided",
        "exposed",
        "recused",
        "urge",
    ),
    # A reply of history is at the centre at once. That it may come unsigned is left aside: nobody's time runs there.
    *(Act(state, ("reply", "audit"), "audited") for state in _AT_WORK),
    # Given on to a unit below: its clocks stop on that, those that start are of the share below.
    *(Act(state, ("dispatch",), state, begins=False) for state in _AT_WORK),
)
_REPLIES: dict[bool, tuple[Act, ...]] = {
    True: (
        *(Act(state, ("reply",), "replied") for state in _AT_WORK),
        Act("replied", (), "signed"),
        Act("replied", ("audit",), "audited"),
        Act("audited", ("send_back",), "sent_back"),
    ),
    # At the centre at once, as a reply of history is.
    False: (Act("audited", ("send_back",), "sent_back"),),
}
_WITHIN = ("dispatch", "sign", "contact", "reply", "audit", "send_back", "return_filed", "extension_filed", "pass")
_INSIDE = (
    "catalogued",
    "signed_off",
    "planned",
    "arrive",
    "arrived",
    "arrive_unproved",
    "resolve",
    "interim",
    "progress",
    "visited",
    "promised",
    "milestone",
)
#: An order: registered, out with units, to be called back, and again. Once it is closed it carries no clock.
_ORDER = (
    Act("", ("register",), "registered"),
    Act("registered", ("dispatch",), "out"),
    *_acts(("registered",), "coordinate", "duty_ruled"),
    *_acts(("out",), *_WITHIN, *_INSIDE, "return_decided", "extension_decided"),
    *_acts(("registered", "out", "to_callback"), "matter_joined", "exposed", "recused", "urge"),
    Act("out", ("return_decided", "dispatch"), "out"),
    Act("out", ("register",), "registered"),
    Act("out", ("pass",), "to_callback"),
    *_acts(("to_callback",), "callback"),
    Act("to_callback", ("dispatch",), "out"),
)


def twice(starts: Starts, on: Literal["order", "share", "task"], *, unit_audit: bool, once: bool) -> Twice | None:
    """The first case found in which a clock of this kind starts while one runs; with ``once`` also one that starts
    again after it was stopped.

    On an order the engine keeps the clock that runs when the event that started it comes again (further dispatches);
    another event that would start it would never have its turn, so that is a case. A task has one clock for life.
    """
    if on == "task":
        return None
    acts = _ORDER if on == "order" else (*_SHARE, *_REPLIES[unit_audit])
    from_: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        from_[act.state].append(act)
    first: tuple[str, ClockRule | None, str] = ("", None, "")
    seen, queue = {first}, [first]
    while queue:
        state, running, by = queue.pop(0)
        for act in from_[state]:
            for found in _through(act, starts, running, by, on, once):
                if isinstance(found, Twice):
                    return found
                if (after := (act.then, *found)) not in seen:
                    seen.add(after)
                    queue.append(after)
    return None


def _through(
    act: Act, starts: Starts, running: ClockRule | None, by: str, on: str, once: bool
) -> Iterator[Twice | tuple[ClockRule | None, str]]:
    """The clock that runs after the act, and the event that started it (kept when it was stopped), in each way that
    the act may go: an event starts one of its rules, or none."""
    ways: list[tuple[ClockRule | None, str]] = [(running, by)]
    for event in act.events:
        after: list[tuple[ClockRule | None, str]] = []
        for clock, begun in ways:
            if clock is not None and event in clock.until:
                clock = None
            after.append((clock, begun))
            for rule in starts.get(event, ()) if act.begins else ():
                if clock is not None and not (on == "order" and begun == event):
                    yield Twice(rule, begun, event, running=True)
                elif clock is None and begun and once and on == "share":
                    yield Twice(rule, begun, event, running=False)
                elif clock is None:
                    after.append((rule, event))
        ways = after
    yield from ways
