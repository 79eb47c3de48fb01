"""Reading planned lives without a database: a replay by the lifecycle table, and a tally of what a bulletin counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lianxin.ops.simulation.hours import in_office
from lianxin.ops.simulation.life import Life, Step
from lianxin.rules.lifecycle import RUNNING, allowed, find


@dataclass(slots=True)
class Share:
    """One share as the replay knows it."""

    unit: str
    role: str
    at: datetime
    state: str = "pending"
    ended: datetime | None = None
    contacted: bool = False
    petition: str = ""


@dataclass(slots=True)
class Replay:
    """An order as its steps make it.  `take` fails with AssertionError where a step is not allowed."""

    number: int
    state: str | None = None
    shares: list[Share] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    requests: int = 0
    calls: list[Step] = field(default_factory=list)

    def take(self, step: Step) -> None:
        row, role = find(step.verb), step.who.partition("@")[0]
        assert role in row.posts, f"{self.number}: {role} may not take {step.verb}"
        share = self._share(step) if row.shares else None
        assert allowed(row, order=self.state, share=share and share.state, role=share and share.role), (
            f"{self.number}: {step.verb} at {step.at} in state {self.state}, share {share}"
        )
        if share is not None:
            self._of_share(step, share, row.share_to)
        if row.to:
            self.state = row.to
        handler = getattr(self, step.verb.replace(".", "_"), None)
        if handler:
            handler(step)

    def _share(self, step: Step) -> Share:
        unit = step.payload.get("of_unit") or step.who.partition("@")[2]
        (share,) = [s for s in self.shares if s.unit == unit and s.state in RUNNING]
        return share

    def _of_share(self, step: Step, share: Share, to: str | None) -> None:
        kind, _, what = step.verb.partition(".")
        if what in ("filed", "decided"):
            assert share.petition == ("" if what == "filed" else kind), f"{self.number}: {step}"
            share.petition = kind if what == "filed" else ""
        if step.verb == "share.contacted" and step.payload.get("reached", True):
            share.contacted = True
        if step.verb == "share.replied":
            assert share.contacted, f"{self.number}: a reply without contact"
            assert len(step.payload["answers"]) == self.requests
        if step.verb == "share.unit_audited" and not step.payload["approved"]:
            to = "signed"
        share.state = to or share.state
        if share.state not in RUNNING:
            share.ended = step.at
        if step.verb == "share.passed" and not any(s.role != "assist" for s in self.running()):
            assert not self.running(), f"{self.number}: closed over an open assisting share"
            self.state = "closed"

    def running(self) -> list[Share]:
        return [share for share in self.shares if share.state in RUNNING]

    def order_registered(self, step: Step) -> None:
        p = step.payload
        self.facts = {name: p[name] for name in ("source", "cls", "category", "area")}
        self.requests = len(p["requests"])

    def order_corrected(self, step: Step) -> None:
        self.facts |= {name: value for name, value in step.payload.items() if name != "note"}

    def order_dispatched(self, step: Step) -> None:
        self.shares += [Share(line["unit"], line["role"], step.at) for line in step.payload["shares"]]

    def share_added(self, step: Step) -> None:
        self.shares.append(Share(step.payload["unit"], step.payload["role"], step.at))

    def order_rehandled(self, step: Step) -> None:
        self.shares.append(Share(step.payload["unit"], "lead", step.at))

    def return_decided(self, step: Step) -> None:
        if step.payload["approved"]:
            share = self._share(step)
            share.state, share.ended = "returned", step.at
            assert all(s.unit != step.payload["next_unit"] for s in self.running())
            self.shares.append(Share(step.payload["next_unit"], share.role, step.at))

    def order_withdrawn(self, step: Step) -> None:
        for share in self.running():
            share.state, share.ended = "withdrawn", step.at

    def callback_recorded(self, step: Step) -> None:
        self.calls.append(step)


def replay(life: Life, until: datetime | None = None) -> Replay:
    """The order as its steps before `until` made it."""
    found = Replay(life.number)
    for step in life.ordered():
        if until is None or step.at < until:
            found.take(step)
    return found


def untimely(lives: Iterable[Life]) -> list[Step]:
    """What units do while their offices are closed, the centre's desks at night, a caller's telephone too early."""
    return [step for life in lives for step in life.steps if not _timely(step)]


def _timely(step: Step) -> bool:
    if "@" in step.who:
        return in_office(step.at)
    if step.verb in ("callback.recorded", "callback.tried"):
        return 9 <= step.at.hour < 20
    first, last = {"auditor": (8, 20), "callback": (8, 21), "dispatcher": (7, 23), "supervisor": (8, 20)}.get(
        step.who, (0, 24)
    )
    return first <= step.at.hour < last


@dataclass(slots=True)
class Tally:
    """What a weekly bulletin counts."""

    accepted: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    roots: Counter[str] = field(default_factory=Counter)
    topics: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    handled: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    graded: Counter[str] = field(default_factory=Counter)
    process: Counter[str] = field(default_factory=Counter)
    result: Counter[str] = field(default_factory=Counter)


def tally(lives: Iterable[Life], start: datetime, end: datetime, cutoff: datetime | None = None) -> Tally:
    """Count the period `start` to `end` from the lives, as known at `cutoff` (default: the end of the period)."""
    found = Tally()
    for life in lives:
        order = replay(life, cutoff or end)
        if order.state is not None and start <= life.registered_at < end and order.state != "invalid":
            _accepted(found, order)
        for share in order.shares:
            if start <= share.at < end and share.state != "returned":
                found.handled[share.unit] += 1
                found.closed[share.unit] += share.state == "passed"
        for call in order.calls:
            if start <= call.at < end and call.payload["layer"] == "city" and call.payload.get("reached", True):
                unit, bad = call.payload["of_unit"], "dissatisfied"
                found.graded[unit] += 1
                found.process[unit] += call.payload["process_grade"] != bad
                found.result[unit] += call.payload["result_grade"] != bad
    return found


def _accepted(found: Tally, order: Replay) -> None:
    root, topic, _ = order.facts["category"]
    found.accepted += 1
    found.sources[order.facts["source"]] += 1
    found.classes[order.facts["cls"]] += 1
    found.roots[root] += 1
    found.topics[root][topic] += 1
