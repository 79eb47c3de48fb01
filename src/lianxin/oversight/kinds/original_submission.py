"""Original submission (原件呈批): what units cannot or do not do is put before the leader in charge, a body supervises
it, and it stays open until it is solved.

Source: B19 (对因职能交叉、权责不明确造成的落实难问题以及承办部门单位的不作为、不落实问题，要形成《原件呈批》报
区政府分管领导，区委区政府督查室进行督办，直至问题解决).  The leader's instruction opens its orders to the body; while
one of them is open or was ended otherwise than as solved, nobody settles it.  What can never be solved (its caller took
it back, the upper platform recalled it) the leader ends with a reason, and it does not say that it was solved.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Reason, UnitId, Words, widget
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order
from lianxin.proceedings.abouts import Due, Numbers, OfOrders, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.drawing import orders_of
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle import OPEN, UNIT, OrderState
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

from .. import showing
from ..orders import AGAIN, CALLED, standing

serves("B19")

CENTRE_POSTS = posts("supervisor", "leader")
CODE, SUPERVISED = "original_submission", ("supervised", "reported")
GROUNDS = {"overlap": "职能交叉、权责不明确", "inaction": "不作为", "unfulfilled": "不落实"}
#: How an order ends that was solved; and one that the centre's audit closed, whose caller is asked afterwards.
SOLVED, AUDITED = "solved", "audited"
MOST_NAMED = 5


class Submitting(OfOrders):
    """About which orders, on what ground, and what is proposed."""

    title: Title
    numbers: Numbers = Field(title="涉及工单", min_length=1)
    ground: Literal["overlap", "inaction", "unfulfilled"] = Field(
        title="呈批事由", json_schema_extra=widget("choice", titles=GROUNDS)
    )
    text: Text = Field(title="呈批内容")


class Instructing(Payload):
    """What the leader writes on it, which body supervises, and until when it reports."""

    instruction: Account = Field(title="批示")
    unit: UnitId = Field(title="督办单位")
    due: Due = Field(title="督办时限")


class Noting(Payload):
    """How far the supervision has come."""

    result: Account = Field(title="督办情况")


class Continuing(Payload):
    """Why it is not over, and until when the body reports again."""

    reason: Reason
    due: Due = Field(title="督办时限")


class Settling(Payload):
    """How it was solved."""

    note: Words = Field("", title="办结意见")


def _by_a_body(deed: Deed[Instructing]) -> None:
    directory = deed.directory
    is_body = directory.serves_as(deed.payload.unit) == "body"
    require(is_body, "unit", "督办单位须是监督联络机构（如督查室），不能是承办单位")
    showing.require_reason(deed, "unit", "督办单位")


def _unsolved(deed: Deed[Any]) -> list[str]:
    """The numbers of its orders that ended otherwise than as solved.  Refuses while one of them is open."""
    mine = standing(deed, orders_of(deed))
    mains = standing(deed, {order.merged_into_id for order in mine.values() if order.merged_into_id})
    #: a repeat is as far as the order into which it was merged
    counting = {order.number: mains.get(order.merged_into_id or 0, order) for order in mine.values()}
    still = [number for number, order in counting.items() if order.state in OPEN]
    require(not still, "", f"还有没有办结的工单：{_named(still)}，问题解决后才能办结")
    told = _told_solved({order.pk for order in counting.values() if order.result_code == AUDITED})
    return [number for number, order in counting.items() if not _is_solved(order, told)]


def _each_is_solved(deed: Deed[Settling]) -> None:
    unsolved = _unsolved(deed)
    said = f"还有没有以“已解决”办结的工单：{_named(unsolved)}，请重新打开办理，问题解决后才能办结"
    require(not unsolved, "", f"{said}；诉求人撤单等不能再办理的，由中心领导写明理由终止督办")


def _cannot_be_solved(deed: Deed[Reasoned]) -> None:
    require(_unsolved(deed), "", "涉及的工单都已解决，请用“办结”")


def _is_solved(order: Order, told: set[int]) -> bool:
    if order.state != OrderState.CLOSED:
        return False
    return order.result_code == SOLVED or (order.result_code == AUDITED and order.pk in told)


def _told_solved(orders: set[int]) -> set[int]:
    """Of those closed by audit the ones whose caller was called back in this round, and said last that it is solved."""
    said: dict[int, bool] = {}
    if orders:
        news = Entry.objects.filter(order__in=orders, action__in=(*AGAIN, CALLED)).order_by("order", "number")
        for order, action, solved in news.values_list("order", "action", "payload__solved"):
            if action in AGAIN or solved is not None:
                said[order] = action == CALLED and solved
    return {pk for pk, solved in said.items() if solved}


def _named(numbers: list[str]) -> str:
    more = f" 等 {len(numbers)} 件" if len(numbers) > MOST_NAMED else ""
    return "、".join(numbers[:MOST_NAMED]) + more


PAPER = Paper(
    title="原件呈批",
    headline="{title}",
    to="",
    body=("{text}", "# 涉及工单", "{orders}", "# 呈批", "妥否，请批示。"),
)
INSTRUCTION = Paper(
    title="督办通知",
    headline="{title}",
    to="{unit}",
    body=("# 批示", "{instruction}", "# 涉及工单", "{orders}", "请于{due}前报告督办情况，直至问题解决。"),
)

add(
    Kind(
        code=CODE,
        title="原件呈批",
        unit_title="督办单位",
        due_title="督办时限",
        raised_to=("supervisor", "leader"),
        listed=("ground",),
        follows=showing.watched_by(CODE, "原件呈批"),
        states={
            "submitted": State("待批示", "leader"),
            "supervised": State("督办中", "clerk", "unit"),
            "reported": State("待办结", "supervisor"),
            "settled": State("已办结"),
            "stopped": State("已终止（未解决）"),
            "refused": State("不予批办"),
        },
        steps=(
            Step("submitted", "原件呈批", Submitting, posts("supervisor"), to="submitted", paper=PAPER, icon="send"),
            Step(
                "instructed",
                "批示",
                Instructing,
                posts("leader"),
                ("submitted",),
                "supervised",
                paper=INSTRUCTION,
                check=_by_a_body,
                icon="signature",
            ),
            Step("refused", "不予批办", Reasoned, posts("leader"), ("submitted",), "refused", icon="ban"),
            Step("noted", "记录督办情况", Noting, UNIT, ("supervised",), icon="notes", decides=False),
            Step("reported", "报告督办结果", Noting, UNIT, ("supervised",), "reported", meets=True, icon="file-text"),
            Step(
                "continued",
                "继续督办",
                Continuing,
                CENTRE_POSTS,
                ("reported",),
                "supervised",
                icon="arrow-back-up",
            ),
            Step(
                "settled",
                "办结",
                Settling,
                UNIT | CENTRE_POSTS,
                SUPERVISED,
                "settled",
                meets=True,
                check=_each_is_solved,
                icon="clipboard-check",
            ),
            Step(
                "stopped",
                "终止督办",
                Reasoned,
                posts("leader"),
                SUPERVISED,
                "stopped",
                meets=True,
                check=_cannot_be_solved,
                icon="ban",
            ),
        ),
    )
)
