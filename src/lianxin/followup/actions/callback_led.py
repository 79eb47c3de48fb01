"""The principal of a unit calls back himself (领导回访).

Source: A06 (“三个一”：每月回访一次).  His own unit's orders are marked so; what he is told is counted in no rate of
satisfaction unless the pack says so (`callback.leaders_count`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import widget
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.verbs import Verb
from lianxin.rules.policy import Pack
from lianxin.rules.serving import serves

from ..models import Callback
from .callback import graded_share, meant

serves("A06")

Said = Annotated[
    str, Private, Field(title="诉求人意见", min_length=5, max_length=4000, json_schema_extra=widget("textarea"))
]


class Led(Payload):
    """What the caller told the principal."""

    result_grade: str = Field("", title="办理结果评价", json_schema_extra=widget("grade"))
    solved: bool | None = Field(None, title="是否解决", json_schema_extra=widget("maybe", yes="已解决", no="未解决"))
    words: Said
    #: filled in by the ledger: the graded share, whether it was his own unit's, what the grade means, and the layer in
    #: which it counts (empty: in none)
    share: int | None = Field(None, json_schema_extra=widget("none"))
    of_unit: int | None = Field(None, json_schema_extra=widget("none"))
    own_unit: bool = Field(False, json_schema_extra=widget("none"))
    result_satisfied: bool | None = Field(None, json_schema_extra=widget("none"))
    layer: str = Field("", json_schema_extra=widget("none"))


@verb
class LeadCallback(Verb[Led]):
    """A call-back on record, beside those of the layers."""

    action = "callback.led"
    payload = Led

    def resolve(self, deed: Deed[Led]) -> Led:
        payload, rule = deed.payload, deed.pack.callback
        share = graded_share(deed)
        return payload.model_copy(
            update={
                "share": share.id if share else None,
                "of_unit": share.unit_id if share else None,
                "own_unit": share is not None and share.unit_id == deed.actor.unit,
                "result_satisfied": meant(payload.result_grade, rule),
                "layer": rule.assess_layer if rule.leaders_count else "",
            }
        )

    def check(self, deed: Deed[Led]) -> None:
        grades = {grade.code: grade.title for grade in deed.pack.callback.grades}
        given = deed.payload.result_grade
        require(not given or given in grades, "result_grade", f"评价只能是：{'、'.join(grades.values())}")

    def effect(self, deed: Deed[Led]) -> None:
        payload = deed.payload
        if payload.layer:
            deed.docket.make(
                Callback,
                share_id=payload.share,
                unit_id=payload.of_unit,
                layer=payload.layer,
                round=deed.order.round,
                finished_at=deed.at,
                recorded_at=deed.recorded_at,
                reached=True,
                process_grade="",
                result_grade=payload.result_grade,
                process_satisfied=None,
                result_satisfied=payload.result_satisfied,
                solved=payload.solved,
            )

    def concerns(self, deed: Deed[Led]) -> Iterator[int | None]:
        """Whoever handled it hears what the principal was told."""
        share = graded_share(deed)
        if share is not None:
            yield share.holder_id

    def tell_under(self, payload: Led, pack: Pack) -> tuple[str, str]:
        parts = [f"结果{pack.callback.grade_title(payload.result_grade)}"] if payload.result_grade else []
        parts.append({True: "已解决", False: "未解决", None: "未表态"}[payload.solved])
        whose = "（本单位承办）" if payload.own_unit else ""
        return f"领导回访{whose}：{'，'.join(parts)}", payload.words
