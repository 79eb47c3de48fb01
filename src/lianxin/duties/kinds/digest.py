"""Weekly digest (督查督办周汇总) and its copies: what callers were not satisfied with, what was not done or not
thoroughly, what was complained of again; handed to each leader by himself, with his receipt.

Source: B16, B17 (对经区政务服务热线平台回访的不满意诉求、对应办未办或办理不彻底的诉求、对同一诉求出现2次以上重复投诉
的要每周一汇总，分别向区政府分管领导、主要领导和区委主要领导报送).  Both are opened by the book itself
(`duties.digest`).
"""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, UnitId, Words, widget
from lianxin.proceedings.abouts import Due, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.rules.lifecycle import SYSTEM, UNIT
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

serves("B16", "B17")


class Digest(Payload):
    """Of which week, and the orders by what brought them in; an order once a trigger."""

    title: Title
    period: str = Field(title="周次", json_schema_extra=widget("none"))
    unhappy: tuple[int, ...] = Field((), json_schema_extra=widget("none"))
    undone: tuple[int, ...] = Field((), json_schema_extra=widget("none"))
    repeated: tuple[int, ...] = Field((), json_schema_extra=widget("none"))
    told: str = Field("", title="汇总", json_schema_extra=widget("told"))


class Copy(Payload):
    """To whom, of which digest, and by when it must have been read."""

    title: Title
    to: str = Field(title="报送")
    unit: UnitId | None = Field(None, json_schema_extra=widget("none"))
    period: str = Field(title="周次", json_schema_extra=widget("none"))
    digest: str = Field(title="汇总编号")
    about: int = Field(json_schema_extra=widget("none"))
    told: str = Field("", title="汇总", json_schema_extra=widget("told"))
    due: Due = Field(title="阅知时限")


class Receipt(Payload):
    """That he has read it, and what he wants done."""

    note: Words = Field("", title="批示")


class Handing(Payload):
    """To whom it was handed on paper, and when."""

    receiver: str = Field(title="签收人", min_length=2, max_length=32)
    handed_at: Instant = Field(title="送达时间")
    note: Words = Field("", title="批示")


def _not_to_come(deed: Deed[Handing]) -> None:
    require(deed.payload.handed_at <= deed.at, "handed_at", "送达时间不能晚于现在")


PAPER = Paper(
    title="督查督办周汇总",
    headline="{title}",
    to="{to}",
    body=("{told}", "明细见汇总 {digest}。", "请于{due}前阅示。"),
)

add(
    Kind(
        code="digest",
        title="督查督办周汇总",
        states={"made": State("已汇总")},
        steps=(Step("made", "每周一汇总", Digest, SYSTEM, to="made", by_itself=True),),
    )
)
add(
    Kind(
        code="digest_copy",
        title="周汇总报送",
        unit_title="报送",
        due_title="阅知时限",
        raised_to=("supervisor",),
        listed=("to", "told"),
        states={"sent": State("待阅", "clerk", "unit"), "read": State("已阅")},
        steps=(
            Step("sent", "报送周汇总", Copy, SYSTEM, to="sent", by_itself=True, tells=True, paper=PAPER),
            Step("read", "阅知", Receipt, UNIT, ("sent",), "read", meets=True, icon="check"),
            Step(
                "handed",
                "书面送达",
                Handing,
                posts("supervisor", "leader"),
                ("sent",),
                "read",
                meets=True,
                check=_not_to_come,
                icon="file-text",
            ),
        ),
    )
)
