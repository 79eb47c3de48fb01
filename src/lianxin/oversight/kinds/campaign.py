"""Campaign (专项行动): a fixed set of orders that is worked off until a day, as 托底清零 does (D25).

Its orders are gathered (筹备), by as many acts as it takes.  When it begins, those that are still open are its
baseline, with the units that lead them and the day by which they are to be done; from then on none joins it and none
leaves it before it is over.  That an order is of a running campaign stands on the order (`Order.campaign`), so rules
and queues go by it and no act on one of them needs the campaign's row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Told, widget
from lianxin.ledger.verbs import Follow
from lianxin.orders.docket import Docket
from lianxin.orders.models import Order, Share
from lianxin.proceedings.abouts import Due, OfOrders, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.rules.lifecycle import OPEN
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

serves("D25")

WHO = posts("supervisor", "leader")
#: So many orders one campaign has at most: each is told when it begins, and when it is over, by one act.
MOST = 2000


class Opening(OfOrders):
    """What for, and the first of its orders."""

    title: Title
    text: Text


class OpeningAtOnce(Opening):
    """As it was in the first version, when a campaign began with its opening."""

    due: Due


class Gathering(OfOrders):
    """Orders that are to be of it too."""


class Beginning(Payload):
    """Until when; of what was gathered, what it is about from now on."""

    due: Due
    #: filled in by the ledger: how many, how many had ended before it began, which, and who led each of them
    counted: int = Field(0, title="基数（件）", json_schema_extra=widget("told"))
    left_out: int = Field(0, title="开始前已结束、不列入基数的（件）", json_schema_extra=widget("told"))
    baseline: tuple[int, ...] = Field((), json_schema_extra=widget("none"))
    led_by: tuple[int, ...] = Field((), json_schema_extra=widget("none"))


class Closing(Payload):
    """How it ended."""

    result: Told


class Member(NamedTuple):
    """An order that was gathered, as it stands now."""

    number: str
    is_open: bool
    campaign: int | None
    #: the unit that leads it; None where none does
    unit: int | None


def _gathered(deed: Deed[Any]) -> dict[int, Member]:
    """The orders that were gathered, in the order of gathering."""
    wanted, others = deed.docket.orders(), deed.outside().others
    stored = Order.objects.filter(pk__in=wanted).values_list("pk", "number", "state", "campaign")
    leads = Share.objects.filter(order__in=wanted, ended_at=None, depth=0).exclude(role="assist").order_by("-pk")
    unit = dict(leads.values_list("order", "unit"))
    found = {pk: Member(number, state in OPEN, campaign, unit.get(pk)) for pk, number, state, campaign in stored}
    for pk in wanted:
        if isinstance(docket := others.dockets.get(pk), Docket):
            # In hand in the same batch.
            lead, order = docket.lead(), docket.order
            found[pk] = Member(order.number, docket.is_open, order.campaign_id, lead.unit_id if lead else None)
            others.lean(deed.proceeding.pk, pk)
    return {pk: found[pk] for pk in wanted if pk in found}


def _has_orders(deed: Deed[Any]) -> None:
    payload, before = deed.payload, deed.docket.orders()
    require(payload.orders, "numbers", "请填写专项行动的工单")
    named = dict(zip(payload.orders, payload.numbers, strict=True))
    twice = [named[pk] for pk in before if pk in named]
    require(not twice, "numbers", f"{'、'.join(twice[:5])} 已在本专项行动中")
    require(len(before) + len(named) <= MOST, "numbers", f"一项专项行动最多 {MOST} 件，已纳入 {len(before)} 件")


def _baseline(deed: Deed[Any]) -> Mapping[str, Any]:
    gathered = _gathered(deed)
    still, home = {pk: member for pk, member in gathered.items() if member.is_open}, deed.directory.root.id
    return {
        "counted": len(still),
        "left_out": len(gathered) - len(still),
        "baseline": tuple(still),
        "led_by": tuple(member.unit or home for member in still.values()),
    }


def _may_begin(deed: Deed[Any]) -> None:
    require(deed.payload.baseline, "", "纳入的工单都已结束，请先纳入没有办结的工单")
    gathered = _gathered(deed)
    taken = [gathered[pk].number for pk in deed.payload.baseline if gathered[pk].campaign is not None]
    require(not taken, "", f"{'、'.join(taken[:5])} 已在另一项专项行动中，那一项结束后才能开始")


def _taken_in(deed: Deed[Any]) -> Iterator[Follow]:
    root = deed.proceeding
    for pk in deed.payload.baseline:
        yield Follow("campaign.told", pk, {"campaign": root.pk, "number": root.number})


def _let_go(deed: Deed[Any]) -> Iterator[Follow]:
    root, dockets = deed.proceeding, deed.outside().others.dockets
    here = {pk: docket.order for pk, docket in dockets.items() if isinstance(docket, Docket)}
    stored = Order.objects.filter(campaign=root.pk).values_list("pk", flat=True)
    members = {*stored} - here.keys() | {pk for pk, order in here.items() if order.campaign_id == root.pk}
    for pk in sorted(members):
        yield Follow("campaign.told", pk, {"campaign": root.pk, "number": root.number, "over": True})


STATES = {
    "gathering": State("筹备", "supervisor"),
    "running": State("进行中", "supervisor", idle=True),
    "closed": State("已结束"),
}
BEGUN = Step(
    "begun",
    "开始行动",
    Beginning,
    WHO,
    ("gathering",),
    "running",
    fills=_baseline,
    check=_may_begin,
    follows=_taken_in,
    icon="alarm",
)
ENDS = ("gathering", "running")

add(
    Kind(
        code="campaign",
        title="专项行动",
        due_title="结束时间",
        raised_to=("leader",),
        states=STATES,
        former=(Step("opened", "发起专项行动", OpeningAtOnce, WHO, to="running"),),
        steps=(
            Step("opened", "发起专项行动", Opening, WHO, to="gathering", check=_has_orders, icon="alarm", version=2),
            Step("added", "纳入工单", Gathering, WHO, ("gathering",), check=_has_orders, icon="plus"),
            BEGUN,
            Step("closed", "结束行动", Closing, WHO, ENDS, "closed", meets=True, follows=_let_go, icon="check"),
        ),
    )
)
