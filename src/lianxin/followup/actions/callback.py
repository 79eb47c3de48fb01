"""Calling back: was it solved, how was the service (回访)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, Words, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.models import Share
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import OrderState
from lianxin.rules.policy import Pack
from lianxin.rules.policy_settings import Callback as Rule
from lianxin.rules.worktime import SHANGHAI

from ..models import Callback

#: Of the order's pack; not said: the centre's own (`_of_layer`).
LAYER: Any = Field("", title="回访层级", max_length=16, json_schema_extra=widget("layer"))


class Try(Payload):
    """A call that was not answered."""

    layer: str = LAYER
    note: Words = Field("", title="说明")
    again_at: Instant | None = Field(None, title="约定再次回访时间")
    #: filled in by the ledger: whether this layer is our own
    own: bool = Field(False, json_schema_extra=widget("none"))


@verb
class TryCallback(Verb[Try]):
    """Counts our own tries; after as many as the pack names, the call-back may be finished as unreachable."""

    action = "callback.tried"
    payload = Try
    alters = False
    decides = False

    def resolve(self, deed: Deed[Try]) -> Try:
        return deed.payload.model_copy(update=_of_layer(deed.payload, deed.pack))

    def check(self, deed: Deed[Try]) -> None:
        _known_layer(deed.payload, deed.pack)
        again = deed.payload.again_at
        require(again is None or again > deed.at, "again_at", "约定的时间应晚于现在")

    def effect(self, deed: Deed[Try]) -> None:
        if deed.payload.own:
            deed.order.callback_tries += 1
            deed.order.call_at = deed.payload.again_at

    def tell_under(self, payload: Try, pack: Pack) -> tuple[str, str]:
        again = payload.again_at
        promised = f"，约定 {again.astimezone(SHANGHAI):%m-%d %H:%M} 再次回访" if again else ""
        return f"{pack.callback.layer_title(payload.layer)}回访未接通{promised}", payload.note


class Grades(Payload):
    """What the caller said, process and result apart (D11)."""

    layer: str = LAYER
    reached: bool = Field(True, title="是否接通", json_schema_extra=widget("verdict", yes="已接通", no="无法回访"))
    process_grade: str = Field("", title="服务过程评价", json_schema_extra=widget("grade"))
    result_grade: str = Field("", title="办理结果评价", json_schema_extra=widget("grade"))
    solved: bool | None = Field(None, title="是否解决", json_schema_extra=widget("maybe", yes="已解决", no="未解决"))
    words: Annotated[str, Private] = Field(
        "", title="诉求人意见", max_length=4000, json_schema_extra=widget("textarea")
    )
    share: int | None = Field(None, title="承办件", json_schema_extra=widget("share"))
    of_unit: int | None = Field(None, json_schema_extra=widget("none"))
    #: filled in by the ledger from the pack of the order: what the grades mean, and whether this layer is our own
    process_satisfied: bool | None = Field(None, json_schema_extra=widget("none"))
    result_satisfied: bool | None = Field(None, json_schema_extra=widget("none"))
    own: bool = Field(False, json_schema_extra=widget("none"))


@verb
class RecordCallback(Verb[Grades]):
    """A finished call-back.  What follows (close, re-handle) is an act of its own."""

    action = "callback.recorded"
    payload = Grades

    def resolve(self, deed: Deed[Grades]) -> Grades:
        payload, rule = deed.payload, deed.pack.callback
        share = graded_share(deed)
        return payload.model_copy(
            update=_of_layer(payload, deed.pack)
            | {
                "share": share.id if share else None,
                "of_unit": share.unit_id if share else None,
                "process_satisfied": meant(payload.process_grade, rule),
                "result_satisfied": meant(payload.result_grade, rule),
            }
        )

    def events(self, deed: Deed[Grades]) -> tuple[str, ...]:
        # A call-back of another layer does not do our own for us; what a layer was told is news of its own.
        payload = deed.payload
        graded = (f"graded.{payload.layer}",) if payload.result_grade else ()
        return ("callback", *graded) if payload.own else graded

    def check(self, deed: Deed[Grades]) -> None:
        payload, rule = deed.payload, deed.pack.callback
        _known_layer(payload, deed.pack)
        early = payload.own and deed.order.state == OrderState.DISPATCHED
        require(not early, "", "工单还在办理，办理完毕后才能回访")
        grades = {grade.code: grade.title for grade in rule.grades}
        for name in ("process_grade", "result_grade"):
            value = getattr(payload, name)
            require(not value or value in grades, name, f"评价只能是：{'、'.join(grades.values())}")
        given = payload.process_grade or payload.result_grade or payload.solved is not None
        require(payload.reached or not given, "reached", "没有接通就没有评价，请改为“已接通”或去掉评价")
        silent = rule.opinion and payload.own and payload.reached and not (given or payload.words.strip())
        require(not silent, "words", "请征询并记录诉求人的评价或者意见；不愿表态的写明“不表态”")
        tried = deed.order.callback_tries + 1 >= rule.tries
        require(
            payload.reached or not payload.own or tried,
            "reached",
            f"未接通须至少回访 {rule.tries} 次，才能记为无法回访",
        )

    def effect(self, deed: Deed[Grades]) -> None:
        payload, order = deed.payload, deed.order
        deed.docket.make(
            Callback,
            share_id=payload.share,
            unit_id=payload.of_unit,
            layer=payload.layer,
            round=order.round,
            finished_at=deed.at,
            recorded_at=deed.recorded_at,
            reached=payload.reached,
            process_grade=payload.process_grade,
            result_grade=payload.result_grade,
            process_satisfied=payload.process_satisfied,
            result_satisfied=payload.result_satisfied,
            solved=payload.solved,
        )
        if payload.own:
            order.called_back_round, order.call_at = order.round, None

    def concerns(self, deed: Deed[Grades]) -> Iterator[int | None]:
        """Whoever handled it hears of a call-back that was not what it should be, also when he is done with it."""
        payload, share = deed.payload, graded_share(deed)
        if share is not None and False in (payload.process_satisfied, payload.result_satisfied, payload.solved):
            yield share.holder_id

    def tell_under(self, payload: Grades, pack: Pack) -> tuple[str, str]:
        layer = pack.callback.layer_title(payload.layer)
        if not payload.reached:
            return f"{layer}无法回访", payload.words
        # As it was said: whether 基本满意 counts as satisfied is the figures' question.
        parts = [
            f"{name}{pack.callback.grade_title(grade)}"
            for name, grade in (("过程", payload.process_grade), ("结果", payload.result_grade))
            if grade
        ]
        parts.append({True: "已解决", False: "未解决", None: "未表态"}[payload.solved])
        return f"{layer}回访：{'，'.join(parts)}", payload.words


def _of_layer(payload: Try | Grades, pack: Pack) -> dict[str, object]:
    """The layer that calls back, the centre's own where none is said, and whether it is that."""
    own = pack.callback.own_layer
    layer = payload.layer or own
    return {"layer": layer, "own": layer == own}


def _known_layer(payload: Try | Grades, pack: Pack) -> None:
    layers = {layer.code: layer.title for layer in pack.callback.layers}
    require(payload.layer in layers, "layer", f"回访层级只能是：{'、'.join(layers.values())}")


def meant(grade: str, rule: Rule) -> bool | None:
    """Whether a grade means that somebody is satisfied; None where none was given."""
    return grade in rule.satisfied_codes() if grade else None


def graded_share(deed: Deed[Any]) -> Share | None:
    """The share that is graded: the one named, else the last lead that passed; None before any has."""
    payload, docket = deed.payload, deed.docket
    leads = [s for s in docket.shares(depth=0) if s.role != "assist"]
    if payload.share is not None:
        require(payload.share in docket.all_shares, "share", "没有这一承办件")
        return docket.all_shares[payload.share]
    if payload.of_unit is not None:
        leads = [s for s in docket.shares(depth=0) if s.unit_id == payload.of_unit]
        require(leads, "of_unit", "这家单位没有承办过本工单")
    passed = [s for s in leads if s.outcome == "passed"]
    return next(reversed(passed or leads), None)
