"""What the book does on a unit's file: a duty of a period is laid, and settled when its evidence is there or its time
is over.  Nobody ticks one off by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from lianxin.ledger import verbs
from lianxin.ledger.acts import Payload
from lianxin.ledger.chain import instant
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant
from lianxin.ledger.models import Task
from lianxin.ledger.verbs import verb
from lianxin.proceedings import kinds
from lianxin.proceedings.book import PROCEEDINGS
from lianxin.proceedings.deed import Deed
from lianxin.rules import periods
from lianxin.rules.lifecycle import SYSTEM, Transition

#: The state of a file in which this may happen.
_KEPT = frozenset({"kept"})
kinds.common(Transition("duty.laid", "定期职责", SYSTEM, _KEPT))
kinds.common(Transition("duty.settled", "定期职责办结", SYSTEM, _KEPT))

#: How a duty of a period may end.
OUTCOMES = {
    "done": "已履行",
    "late": "补录",
    "unmet": "未履行",
    "exempt": "不计",
}
Outcome = Literal["done", "late", "unmet", "exempt"]


class Laying(Payload):
    """Which duty of which period, until when, and on whom it lies (`vacant`: nobody holds the post)."""

    rule: str
    title: str
    period: str = Field(max_length=10)
    post: str
    due: Instant
    warn: Instant | None = None
    holder: int | None = None

    @property
    def vacant(self) -> str:
        return "" if self.holder is not None else self.post


@verb
class Lay(verbs.Verb[Laying, Deed[Laying]]):
    """The unit owes it from now on."""

    book = PROCEEDINGS
    action = "duty.laid"
    payload = Laying
    decides = False
    quiet = True

    def effect(self, deed: Deed[Laying]) -> None:
        payload, unit = deed.payload, deed.proceeding.unit_id
        assert unit is not None, "a file is of a unit"
        task = deed.docket.make_task(
            kind="duty",
            unit=unit,
            post_role=payload.post,
            at=deed.at,
            entry=deed.entry_number,
            share=None,
            rule=payload.rule,
            period=payload.period,
            holder_id=payload.holder,
            vacant=payload.vacant,
        )
        deed.asked.append(task)

    def limits(self, deed: Deed[Laying]) -> Iterator[list[Any]]:
        """Its clock runs until the period is over."""
        (task,), payload = deed.asked, deed.payload
        warn = instant(payload.warn) if payload.warn else None
        yield [payload.rule, "duty", task.id, instant(deed.at), instant(payload.due), warn, "given", "", None]

    def tell(self, payload: Laying) -> tuple[str, str]:
        return f"{periods.parse(payload.period).name}职责：{payload.title}", ""


class Settling(Payload):
    """How it ended, by what evidence (numbers of orders or proceedings), and why it does not count."""

    task: int
    title: str
    period: str
    outcome: Outcome
    evidence: tuple[str, ...] = ()
    why: str = ""


@verb
class Settle(verbs.Verb[Settling, Deed[Settling]]):
    """The evidence is there, the time is over, or it does not count for this period."""

    book = PROCEEDINGS
    action = "duty.settled"
    payload = Settling
    decides = False
    quiet = True

    def check(self, deed: Deed[Settling]) -> None:
        require(deed.payload.task in deed.docket.tasks, "task", "这项职责已经办结")

    def effect(self, deed: Deed[Settling]) -> None:
        task = deed.docket.tasks[deed.payload.task]
        for clock in deed.docket.running_clocks():
            if clock.task_id == task.id and deed.payload.outcome in ("done", "exempt"):
                # Done in time, and only told to the file after its clock had rung: then it was not late.
                deed.docket.forgive(clock, deed.recorded_at)
        deed.docket.finish(task, deed.at, deed.payload.outcome)

    def tell(self, payload: Settling) -> tuple[str, str]:
        proof = f"，依据 {'、'.join(payload.evidence)}" if payload.evidence else ""
        why = f"，{payload.why}" if payload.why else ""
        named = f"{periods.parse(payload.period).name}“{payload.title}”"
        return f"{named}{OUTCOMES[payload.outcome]}{proof}{why}", ""


def open_duties(**more: Any) -> Any:
    """The duties of periods that are not settled yet."""
    return Task.objects.filter(done_at=None, **more).exclude(period="")
