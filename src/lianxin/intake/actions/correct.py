"""Corrections of an order's facts.  What they were stays known: figures of an earlier cut-off keep it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import AreaId, CategoryId, Tag, Words, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb

from .register import URGENCY_TITLES, known_area, known_category, known_source

FACTS = ("category", "area", "cls", "source", "urgency", "tags")


class Correction(Payload):
    """Only the fields that change."""

    category: CategoryId | None = None
    area: AreaId | None = None
    cls: str | None = Field(None, title="诉求类别", json_schema_extra=widget("class"))
    source: str | None = Field(None, title="来源", json_schema_extra=widget("source"))
    urgency: Literal["normal", "urgent"] | None = Field(
        None, title="紧急程度", json_schema_extra=widget("choice", titles=URGENCY_TITLES)
    )
    tags: tuple[Tag, ...] | None = Field(None, title="标签", max_length=30, json_schema_extra=widget("none"))
    note: Words = Field("", title="说明")


@verb
class Correct(Verb[Correction]):
    """Sets the given facts and opens a new row of them; running clocks follow, and whoever is at work is told."""

    action = "order.corrected"
    payload = Correction
    moves_clocks = True

    def concerns(self, deed: Deed[Correction]) -> Iterator[int | None]:
        return deed.at_work()

    def check(self, deed: Deed[Correction]) -> None:
        payload = deed.payload
        require(any(getattr(payload, name) is not None for name in FACTS), "", "请至少更正一项")
        require(payload.cls is None or payload.cls in deed.pack.classes, "cls", "请选择本中心的诉求类别")
        if payload.source not in (None, deed.order.source):
            known_source(deed, payload.source)
        known_category(deed, payload.category, now=deed.order.category_id)
        known_area(deed, payload.area, now=deed.order.area_id)

    def effect(self, deed: Deed[Correction]) -> None:
        payload, order = deed.payload, deed.order
        if payload.category is not None:
            order.category_id = payload.category
        if payload.area is not None:
            order.area_id = payload.area
        order.cls = payload.cls or order.cls
        order.source = payload.source or order.source
        order.urgency = payload.urgency or order.urgency
        order.tags = order.tags if payload.tags is None else list(payload.tags)
        deed.docket.set_facts(deed.recorded_at)

    def tell(self, payload: Correction) -> tuple[str, str]:
        names = {
            "category": "分类",
            "area": "区域",
            "cls": "类别",
            "source": "来源",
            "urgency": "紧急程度",
            "tags": "标签",
        }
        changed = [names[name] for name in FACTS if getattr(payload, name) is not None]
        return f"更正{'、'.join(changed)}", payload.note
