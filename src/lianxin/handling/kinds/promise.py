"""Promise (承诺件): what is rightly asked and cannot be done now gets a plan, steps with dates, and a promised day.

Source: B14 (对受客观条件限制暂时不能解决的合理诉求，要认真研究解决方案，分步推进解决，并向群众做出承诺).  The unit
plans and tells the caller, the centre agrees; then the order's limits are put off to that day (`order.suspended`) and
each step is a duty of a named person (`order.planned`).  What an unmet promise starts are rules of the pack.  A promise
that the centre drops gives the order its limits back (`order.resumed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, Told, UnitId, Words, widget
from lianxin.ledger.models import Entry
from lianxin.ledger.verbs import Follow
from lianxin.orders.models import Order, Share
from lianxin.orders.neighbours import Neighbours
from lianxin.orders.repeats import limit_at
from lianxin.proceedings.abouts import Due, OfOrders, People, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.proceedings.same import already
from lianxin.proceedings.upstairs import GRANTED, raised
from lianxin.proceedings.usual import Noted, Reasoned
from lianxin.rules.lifecycle.states import WORKERS, OrderState, posts
from lianxin.rules.policy_petitions import PROMISE
from lianxin.rules.serving import serves
from lianxin.rules.worktime import show_due

serves("B14")

CENTRE_POSTS = posts("supervisor", "leader")
STEP, SUBMITTED = "promise.stepped", "promise.submitted"
#: After these the steps are laid down anew.
ANEW = ("promise.replanned", "promise.refused")


class Planning(OfOrders):
    """Of which order, why it cannot be done now, and how it will be."""

    title: Title
    text: Text = Field(title="暂时不能解决的原因")
    plan: Told = Field(title="解决方案")
    #: filled in by the ledger
    unit: UnitId | None = Field(None, json_schema_extra=widget("none"))


class Stepping(Payload):
    """One step of it: what, by whom, and by when."""

    step: Told = Field(title="步骤")
    people: People = Field(title="责任人", min_length=1, max_length=1)
    finish_by: Instant = Field(title="完成时间")


class Promising(Payload):
    """The day that the caller was promised, and how he was told."""

    promised: Instant = Field(title="承诺办理完毕的时间")
    told: Told = Field(title="告知诉求人的内容")


class Agreeing(Payload):
    """That the centre agrees, and the upper platform where its limit is passed."""

    note: Words = Field("", title="审定意见")
    upstream_agreed: bool = Field(False, title="上级平台已同意")
    #: filled in by the ledger: the promised day
    due: Due | None = Field(None, json_schema_extra=widget("none"))


class Reviewing(Payload):
    """Where it stands, once a month."""

    progress: Account = Field(title="进展和下步安排")


class Fulfilling(Payload):
    """What came of it."""

    result: Told = Field(title="兑现情况")


def _of_the_unit(deed: Deed[Any]) -> dict[str, Any]:
    return {"unit": deed.actor.unit}


def _order(deed: Deed[Any]) -> Order:
    """The order, as it stands in this batch, else in the tables."""
    pk = deed.docket.orders()[0]
    here = deed.outside().others.dockets.get(pk)
    return here.root if here is not None else Order.objects.get(pk=pk)


def _shares(deed: Deed[Any], order: int, unit: int | None) -> list[Share]:
    """The unit's shares of the order, as they stand in this batch, else in the tables."""
    return [share for share in deed.outside().others.by(Neighbours).shares_of(order) if share.unit_id == unit]


def _one_it_answers_for(deed: Deed[Planning]) -> None:
    orders = deed.payload.orders
    require(len(orders) == 1, "numbers", "每件承诺件对应一张工单，请填写一个工单号")
    mine = (share for share in _shares(deed, orders[0], deed.payload.unit) if share.depth == 0 and share.is_running)
    leads = any(share.role != "assist" for share in mine)
    require(leads, "numbers", "只能为本单位正在主办的工单作出承诺")
    other = already(deed, "promise", order=orders[0], ended_at=None)
    require(not other, "numbers", f"这张工单已有承诺件 {other}")


def _by_one_of_us(deed: Deed[Stepping]) -> None:
    payload, unit = deed.payload, deed.proceeding.unit_id
    serves_there = unit is not None and deed.directory.serves(payload.people[0], unit)
    require(serves_there, "people", "责任人须是本单位在岗的人员")
    require(payload.finish_by > deed.at, "finish_by", "完成时间应晚于现在")


def _steps(deed: Deed[Any]) -> list[Entry]:
    """The steps that stand: those since they were last laid down anew."""
    said = deed.said(STEP, *ANEW)
    begun = max((n for n, entry in enumerate(said, 1) if entry.action in ANEW), default=0)
    return said[begun:]


def _all_serve(deed: Deed[Any], steps: list[Entry], way_out: str) -> None:
    """Whoever was to take a step may have left meanwhile."""
    directory, unit = deed.directory, deed.proceeding.unit_id
    people = dict.fromkeys(step.payload["people"][0] for step in steps)
    gone = [directory.staff[pk].name for pk in people if unit is None or not directory.serves(pk, unit)]
    require(not gone, "", f"步骤的责任人{'、'.join(gone)}已不在本单位，{way_out}")


def _has_steps(deed: Deed[Noted]) -> None:
    require(_steps(deed), "", "还没有确定步骤，不用重新确定")


def _planned_and_told(deed: Deed[Promising]) -> None:
    """There are steps, none of them later than the promise, and the caller was reached since they were laid down."""
    promised, steps = deed.payload.promised, _steps(deed)
    require(promised > deed.at, "promised", "承诺的时间应晚于现在")
    require(steps, "", "至少写一个步骤及其完成时间，再报中心审定")
    _all_serve(deed, steps, "请先用“重新确定步骤”")
    late = [step for step in steps if datetime.fromisoformat(step.payload["finish_by"]) > promised]
    require(not late, "promised", "承诺的时间不能早于最后一个步骤的完成时间")
    order = _order(deed)
    shares = {share.pk for share in _shares(deed, order.pk, deed.proceeding.unit_id)}
    since = steps[-1].at if steps else deed.at
    calls = (call for call in deed.outside().others.said(order, "share.contacted") if call.at >= since)
    reached = any(call.payload["reached"] and call.payload["share"] in shares for call in calls)
    require(reached, "told", "步骤都确定后，请先联系诉求人，告知方案和承诺的时间，并在工单中记录这次联系")


def _the_day(deed: Deed[Agreeing]) -> dict[str, Any]:
    days = [entry.payload["promised"] for entry in deed.said(SUBMITTED)]
    return {"due": datetime.fromisoformat(days[-1]) if days else None}


def _can_be_kept(deed: Deed[Agreeing]) -> None:
    """It has a day, and steps of people who are there; and the upper platform knows of it."""
    steps, back = _steps(deed), "请选“不同意”，退回承办单位重新确定步骤"
    require(deed.payload.due is not None, "", "没有报送承诺的时间，请选“不同意”，退回承办单位")
    require(steps, "", f"退回以后没有再确定步骤，{back}")
    _all_serve(deed, steps, back)
    _not_past_the_upper_limit(deed)


def _not_past_the_upper_limit(deed: Deed[Agreeing]) -> None:
    """Its word is about the day that was submitted last: what it granted before says nothing of that."""
    order = _order(deed)
    # Not the limit of now: one that lapses while the promise waits would bind nobody.
    limit, due = limit_at(order, deed.proceeding.registered_at), deed.payload.due
    within = limit is None or due is None or due <= limit
    past = f"这次报送的承诺时间超过上级平台时限{show_due(limit) if limit else ''}"
    if deed.directory.find_pack(order.pack).raising(PROMISE) is not None and order.upstream_number is not None:
        files = raised(order.pk, PROMISE, deed.proceeding.unit_id, deed.outside().others)
        asked = deed.said(SUBMITTED)[-1].at
        agreed = any(root.state == GRANTED and root.registered_at >= asked for root in files)
        require(within or agreed, "", f"{past}，请先上报上级平台，待其同意")
        return
    require(within or deed.payload.upstream_agreed, "upstream_agreed", f"{past}，请先征得上级平台同意，再勾选")


def _promised(deed: Deed[Agreeing]) -> Iterator[Follow]:
    """The order is put off to that day, and each step laid on its person."""
    order, directory, unit = deed.docket.orders()[0], deed.directory, deed.proceeding.unit_id
    heads = directory.posts_at(unit, "hotline_deputy") or directory.posts_at(unit, "clerk") if unit else ()
    holders = (directory.holder(post.id, deed.at) for post in heads)
    steps = _steps(deed)
    person = next((holder for holder in holders if holder), None) or steps[0].payload["people"][0]
    mine = {"promise": deed.proceeding.number, "due": deed.payload.due, "person": person}
    yield Follow("order.suspended", order, mine)
    for entry in steps:
        who = entry.payload["people"][0]
        named = directory.staff[who].name
        said = {"person": who, "named": named, "plan": entry.enclosure.body["step"], "due": entry.payload["finish_by"]}
        yield Follow("order.planned", order, {"meeting": deed.proceeding.number, "of": "promise", **said})


def _taken_back(deed: Deed[Reasoned]) -> Iterator[Follow]:
    """The order that was put off by it has its limits again; one that has gone on since is left as it is."""
    order = _order(deed)
    if order.state == OrderState.SUSPENDED:
        yield Follow("order.resumed", order.pk, {"promise": deed.proceeding.number})


def _answered(deed: Deed[Fulfilling]) -> None:
    mine = _shares(deed, deed.docket.orders()[0], deed.proceeding.unit_id)
    done = any(share.depth == 0 and share.replied_at and share.state in ("replied", "passed") for share in mine)
    require(done, "", "请先在工单中提交答复，再报兑现情况")


add(
    Kind(
        code="promise",
        title="承诺件",
        unit_title="承诺单位",
        due_title="承诺时间",
        raised_to=("supervisor",),
        listed=("plan", "promised"),
        states={
            "planning": State("拟定中", "clerk", "unit"),
            "submitted": State("待审定", "supervisor"),
            "kept": State("承诺期内", "hotline_deputy", "unit"),
            "fulfilled": State("已兑现"),
            "dropped": State("已取消"),
        },
        steps=(
            Step(
                "opened",
                "作出承诺",
                Planning,
                WORKERS,
                to="planning",
                fills=_of_the_unit,
                check=_one_it_answers_for,
                icon="signature",
            ),
            Step("stepped", "确定步骤", Stepping, WORKERS, ("planning",), check=_by_one_of_us, icon="plus"),
            Step("replanned", "重新确定步骤", Noted, WORKERS, ("planning",), check=_has_steps, icon="refresh"),
            Step("submitted", "报中心审定", Promising, WORKERS, ("planning",), "submitted", check=_planned_and_told),
            Step(
                "approved",
                "同意列为承诺件",
                Agreeing,
                CENTRE_POSTS,
                ("submitted",),
                "kept",
                fills=_the_day,
                check=_can_be_kept,
                follows=_promised,
                icon="clipboard-check",
            ),
            Step("refused", "不同意", Reasoned, CENTRE_POSTS, ("submitted",), "planning", icon="arrow-back-up"),
            Step("reviewed", "每月检查", Reviewing, WORKERS, ("kept",), icon="notes", decides=False),
            Step("fulfilled", "报告兑现", Fulfilling, WORKERS, ("kept",), "fulfilled", meets=True, check=_answered),
            Step(
                "dropped",
                "取消承诺",
                Reasoned,
                CENTRE_POSTS,
                ("planning", "submitted", "kept"),
                "dropped",
                follows=_taken_back,
                icon="x",
            ),
        ),
    )
)
