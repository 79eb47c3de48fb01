"""Repeats: orders about one thing are linked; a repeat of an open one is merged into it."""

from __future__ import annotations

from pydantic import Field

from lianxin.orders.acts import Payload
from lianxin.orders.deed import Deed, require
from lianxin.orders.fields import Reason, Words
from lianxin.orders.verbs import Verb, verb


class Other(Payload):
    """Another order, by its number; the ledger keeps its id."""

    number: str = Field("", title="另一件工单号", max_length=32)
    other: int | None = Field(None, title="工单", json_schema_extra={"widget": "none"})
    #: the first order of the other's matter, which stands for the matter
    first: int | None = Field(None, json_schema_extra={"widget": "none"})
    note: Words = Field("", title="说明")


def _found(deed: Deed[Other], *, still_open: bool) -> Other:
    other = deed.outside().others.find(deed.order, pk=deed.payload.other, number=deed.payload.number)
    require(other is not None, "number", "没有这个工单号，请核对")
    assert other is not None
    require(other.pk != deed.order.pk, "number", "不能与自己关联，请填写另一件的工单号")
    if still_open:
        ready = other.is_open and other.merged_into_id is None
        require(ready, "number", "只能并入一件还在办理、自己没有被并走的工单；已办结的请改用“关联”")
    return deed.payload.model_copy(
        update={"number": other.number, "other": other.pk, "first": other.matter_id or other.pk}
    )


@verb
class Link(Verb[Other]):
    """The two orders are about one matter (同一事项)."""

    action = "order.linked"
    payload = Other
    decides = False

    def resolve(self, deed: Deed[Other]) -> Other:
        return _found(deed, still_open=False)

    def effect(self, deed: Deed[Other]) -> None:
        deed.order.matter_id = deed.payload.first

    def tell(self, payload: Other) -> tuple[str, str]:
        return f"与 {payload.number} 关联为同一事项", payload.note


@verb
class Merge(Verb[Other]):
    """A repeat of an open order: keeps its caller, is not dispatched, closes with its own answer."""

    action = "order.merged"
    payload = Other

    def resolve(self, deed: Deed[Other]) -> Other:
        return _found(deed, still_open=True)

    def effect(self, deed: Deed[Other]) -> None:
        deed.order.merged_into_id = deed.payload.other
        deed.order.matter_id = deed.payload.first

    def tell(self, payload: Other) -> tuple[str, str]:
        return f"并入 {payload.number}", payload.note


class Unmerging(Payload):
    """Why it is an order of its own after all."""

    reason: Reason


@verb
class Unmerge(Verb[Unmerging]):
    """Takes a merge back: the order stands at dispatch again."""

    action = "order.unmerged"
    payload = Unmerging

    def effect(self, deed: Deed[Unmerging]) -> None:
        deed.order.merged_into_id = None

    def tell(self, payload: Unmerging) -> tuple[str, str]:
        return "撤销并单", payload.reason
