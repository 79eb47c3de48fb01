"""Original submission (原件呈批): what units cannot or do not do is put before the leader in charge, a body supervises
it, and it stays open until it is solved.

Source: B19 (对因职能交叉、权责不明确造成的落实难问题以及承办部门单位的不作为、不落实问题，要形成《原件呈批》报
区政府分管领导，区委区政府督查室进行督办，直至问题解决).  The leader's instruction opens its orders to the body; while
one of them is open or was ended otherwise than as solved, nobody settles it.  What can never be solved (its caller took
it back, the upper platform recalled it) the leader ends with a reason, and it does not say that it was solved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Reason, UnitId, Words, widget
from lianxin.ledger.models import Entry
from lianxin.ledger.verbs import Follow
from lianxin.orders.models import Order, Sight
from lianxin.proceedings.abouts import Due, Numbers, OfOrders, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.drawing import orders_of
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.models import About, Proceeding
from lianxin.proceedings.papers import Paper
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle import OPEN, UNIT, OrderState
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

from ..orders import AGAIN, CALLED, standing

serves("B19")

CENTRE_POSTS = posts("supervisor", "leader")
CODE, SUPERVISED = "original_submission", ("supervised", "reported")
#: Why an order is shown to the body: of the pack's `[sight]`.
SUPERVISES = "supervises"
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
    pack = directory.pack_now
    known = pack is not None and pack.sight.reason(SUPERVISES) is not None
    require(known, "unit", f"现行规则包没有“督查督办”（{SUPERVISES}）这一开放查看的事由，不能向督办单位开放工单")


def _shown(deed: Deed[Instructing]) -> Iterator[Follow]:
    """Each order is opened to the body, unless it is already, or its words are gone."""
    body, ids = deed.payload.unit, orders_of(deed)
    there = {sight.order_id for sight in _sights(ids, body)}
    said = {"reason": SUPERVISES, "units": [body], "ground": f"原件呈批 {deed.proceeding.number}"}
    for pk, order in sorted(standing(deed, ids).items()):
        if pk not in there and order.erased_at is None:
            yield Follow("order.shown", pk, said)


def _hidden(deed: Deed[Any]) -> Iterator[Follow]:
    """What the instruction opened is taken back; not what somebody has opened himself, nor what the body supervises by
    another submission as well."""
    body, root, ids = deed.proceeding.unit_id, deed.proceeding, orders_of(deed)
    assert body is not None
    others = Proceeding.objects.filter(kind=CODE, unit=body, state__in=SUPERVISED).exclude(pk=root.pk)
    spoken = About.objects.filter(proceeding__in=others, role="subject", to_order__in=ids)
    needed = set(spoken.values_list("to_order", flat=True))
    orders = standing(deed, ids)
    for sight in _by_itself(sight for sight in _sights(ids, body) if sight.order_id not in needed):
        if orders[sight.order_id].erased_at is None:
            yield Follow("order.hidden", sight.order_id, {"sight": sight.pk, "note": f"原件呈批 {root.number} 已结束"})


def _sights(orders: Iterable[int], body: int) -> list[Sight]:
    """Those by which the whole body sees these orders as who supervises."""
    mine = Sight.objects.filter(order__in=list(orders), to_unit=body, to_role="", reason=SUPERVISES, until=None)
    return list(mine.order_by("order", "pk"))


def _by_itself(sights: Iterable[Sight]) -> Iterator[Sight]:
    """Those of them that followed from an instruction."""
    found = {(sight.order_id, sight.made_entry): sight for sight in sights}
    made = Entry.objects.filter(order__in={order for order, _ in found}, action="order.shown", post_role="system")
    for order, number in sorted(made.values_list("order", "number")):
        if (order, number) in found:
            yield found[order, number]


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
                follows=_shown,
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
                follows=_hidden,
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
                follows=_hidden,
                icon="ban",
            ),
        ),
    )
)
