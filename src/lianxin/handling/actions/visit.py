"""Site visit (一线工作法, B12): who was where and when, what was found, what was done, with photographs of it.

Source: B12 (对重点投诉事项，要坚持“一线工作法”，深入现场了解实情、解决问题).  Whether a reply must wait for it says a
`[[task]]` of the pack that ends with the event ``visited``.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lianxin.ledger.acts import Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, widget
from lianxin.ledger.photographs import is_photograph, taken_at
from lianxin.ledger.verbs import verb
from lianxin.orders.about import AboutShare
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.serving import serves
from lianxin.rules.worktime import show_instant

serves("B12")
Name = Annotated[str, Field(min_length=2, max_length=32)]


class Visit(AboutShare):
    """Where, when and by whom; what was found there and what came of it.  The files are the photographs."""

    visited_at: Instant = Field(title="到现场时间")
    place: Annotated[str, Private] = Field(title="地点", min_length=2, max_length=200)
    people: Annotated[tuple[Name, ...], Private] = Field(
        title="到场人员", max_length=20, json_schema_extra=widget("lines")
    )
    before: Account = Field(title="现场情况")
    after: Account = Field(title="处理情况")
    #: filled in by the ledger: when each photograph was taken, as the camera wrote into it; None where it wrote nothing
    taken: tuple[Instant | None, ...] = Field((), json_schema_extra=widget("none"))


@verb
class VisitSite(Verb[Visit]):
    """The unit was there; so it has also arrived."""

    action = "share.visited"
    payload = Visit
    decides = False

    def resolve(self, deed: Deed[Visit]) -> Visit:
        photographs = (upload.content for upload in deed.uploads if is_photograph(upload.content))
        return deed.payload.model_copy(update={"taken": tuple(map(taken_at, photographs))})

    def check(self, deed: Deed[Visit]) -> None:
        payload, share, rule = deed.payload, deed.the_share(), deed.pack.visit
        require(payload.visited_at <= deed.at, "visited_at", "到现场时间不能晚于现在")
        require(payload.visited_at >= share.dispatched_at, "visited_at", "到现场时间不能早于派单")
        there = {name.strip() for name in payload.people}
        require(len(there) >= rule.people, "people", f"至少写 {rule.people} 位到场人员，每行一位")
        few = f"请附至少 {rule.photographs} 张现场照片（jpg、png、webp）"
        require(len(payload.taken) >= rule.photographs, "files", few)
        early = next((at for at in payload.taken if at is not None and at < share.dispatched_at), None)
        when = show_instant(early) if early else ""
        require(early is None, "files", f"有照片拍摄于派单之前（{when}），请附这次到现场拍的")

    def events(self, deed: Deed[Visit]) -> tuple[str, ...]:
        return ("visited",) if deed.pack.arrival.registered else ("arrive", "visited")

    def effect(self, deed: Deed[Visit]) -> None:
        share = deed.the_share()
        if share.arrived_at is None:
            share.arrived_at = deed.payload.visited_at

    def tell(self, payload: Visit) -> tuple[str, str]:
        proved = sum(at is not None for at in payload.taken)
        photographs = f"照片 {len(payload.taken)} 张"
        if proved < len(payload.taken):
            photographs += f"，其中 {len(payload.taken) - proved} 张没有拍摄时间，不能证明何时所拍"
        people = "、".join(payload.people)
        said = f"地点：{payload.place}\n到场人员：{people}\n现场情况：{payload.before}\n处理情况：{payload.after}"
        return f"{show_instant(payload.visited_at)}到现场办理（{photographs}）", said
