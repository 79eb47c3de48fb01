"""What is to be done for one order, who carries it out, and by when: as a joint meeting found (会商方案, D17), or as a
step of what was promised (承诺件的步骤, B14)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb


class Planned(Payload):
    """The plan, as the meeting or the promise of that number has it."""

    meeting: str
    of: Literal["meeting", "promise"] = "meeting"
    plan: Annotated[str, Private]
    person: int
    #: his name, as the meeting knew it
    named: str
    due: datetime


@verb
class Plan(Verb[Planned]):
    """The pack lays the plan on the person (event ``planned``, of a promise ``milestone``); the proceeding brings it
    about, nobody else."""

    action = "order.planned"
    payload = Planned

    def events(self, deed: Deed[Planned]) -> tuple[str, ...]:
        return ("planned",) if deed.payload.of == "meeting" else ("milestone",)

    def check(self, deed: Deed[Planned]) -> None:
        units = {share.unit_id for share in deed.docket.shares(running=True)}
        serves = any(deed.directory.serves(deed.payload.person, unit) for unit in units)
        require(serves, "person", f"责任人须是正在承办 {deed.order.number} 的单位的人员")

    def concerns(self, deed: Deed[Planned]) -> Iterator[int | None]:
        yield deed.payload.person

    def tell(self, payload: Planned) -> tuple[str, str]:
        found = "联席会议 {} 确定方案" if payload.of == "meeting" else "承诺件 {} 的步骤"
        return f"{found.format(payload.meeting)}，责任人{payload.named}", payload.plan
