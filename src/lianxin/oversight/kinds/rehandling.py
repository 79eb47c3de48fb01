"""Re-handling ledger (重办台账): what is handled again has one number, from the order to the unit to the striking off.

Source: D24 (建立重办工单台账，对重办工单及时进行交办，实行销号管理).  The book opens a row by itself when an order goes
round again; it is struck off because a call-back says so, or because the centre agrees to what the unit asks; never by
the unit.  What fails once more is open again under the same number; it goes with the order to another unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Reason, UnitId, widget
from lianxin.ledger.models import Entry
from lianxin.orders.models import Order, Share
from lianxin.proceedings.abouts import Due, People
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.drawing import orders_of
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.proposals import Opening, Taken
from lianxin.proceedings.register import add
from lianxin.proceedings.turns import turned_at
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle import SYSTEM
from lianxin.rules.lifecycle.states import UNIT_LEADS, posts
from lianxin.rules.serving import serves

from ..orders import AGAIN, CALLED, moved_to, running

serves("D24")

CENTRE_POSTS = posts("supervisor", "leader")
#: The unit that has the order now: filled in by the ledger.
HAS: Any = Field(None, title="承办单位", json_schema_extra=widget("none"))


class Row(Opening):
    """A row of the ledger begins."""

    unit: UnitId | None = HAS


class Relapse(Taken):
    """It is handled again although it was struck off; how often that has happened."""

    unit: UnitId | None = HAS
    again: int = Field(0, title="复发次数", json_schema_extra=widget("told"))


class Moved(Taken):
    """The order went to another unit within its round."""

    unit: UnitId | None = HAS


class Assigning(Payload):
    """Why it failed, what is done now, who answers for that, and until when."""

    cause: Account = Field(title="重办原因")
    measures: Account = Field(title="整改措施")
    people: People = Field(title="整改责任人", min_length=1)
    due: Due = Field(title="整改时限")
    unit: UnitId | None = HAS


class Asking(Payload):
    """What came of it."""

    result: Account = Field(title="整改结果")


class Refusing(Payload):
    """Why it is not, and until when it must be done."""

    reason: Reason
    due: Due = Field(title="整改时限")


def _unit(deed: Deed[Any]) -> int | None:
    """The unit that answers for the order in its present round."""
    given = Share.objects.filter(order=deed.payload.order, depth=0).exclude(role="assist").order_by("pk")
    unit = given.values_list("unit", flat=True).last()
    line = deed.directory.units.get(unit or 0)
    return unit if line is not None and line.active else None


def _begun(deed: Deed[Any]) -> Mapping[str, Any]:
    return {"unit": _unit(deed)}


def _relapsed(deed: Deed[Any]) -> Mapping[str, Any]:
    return {"unit": _unit(deed), "again": len(deed.said("rehandling.relapsed")) + 1}


def _goes_round_again(deed: Deed[Taken]) -> None:
    """A dispatch within the round of which it has heard is none."""
    rounds = Entry.objects.filter(order=deed.payload.order, action__in=AGAIN)
    news = rounds.filter(recorded_at__gt=turned_at(deed.proceeding), recorded_at__lte=deed.payload.heard)
    require(news.exists(), "", "销号以后没有再次重办")


def _went_elsewhere(deed: Deed[Moved]) -> None:
    require(deed.payload.unit != deed.proceeding.unit_id, "", "工单仍由本台账的承办单位办理")


def _whoever_has_it(deed: Deed[Any]) -> Mapping[str, Any]:
    """Between a dispatch and the job that hears of it nobody assigns it to a unit that is rid of the order."""
    ids = {*orders_of(deed)}
    own = [s for s in running(deed, ids) if s.order_id in ids and s.depth == 0 and s.role != "assist"]
    return moved_to(deed, own)


def _of_the_unit(deed: Deed[Assigning]) -> None:
    moved = deed.payload.unit
    rid = moved is not None and deed.actor.unit == deed.proceeding.unit_id != deed.directory.root.id
    require(not rid, "", "工单已改由其他单位承办，由该单位交办")
    unit = moved or deed.proceeding.unit_id or deed.directory.root.id
    there = all(deed.directory.serves(person, unit) for person in deed.payload.people)
    require(there, "people", "整改责任人须是承办单位在岗的人员")


def _all_satisfied(deed: Deed[Taken]) -> None:
    """Each of its orders that went round again was called back since, and the caller was satisfied."""
    require(all(_verified(deed)), "", "还有重办的工单没有经回访核实满意")


def _verified(deed: Deed[Taken]) -> Iterator[bool]:
    rule = deed.pack.callback
    layers, satisfied = {rule.own_layer, rule.assess_layer}, dict[int | None, bool]()
    for entry in _rounds_and_calls(deed.docket.orders()).filter(recorded_at__lte=deed.payload.heard):
        said = entry.payload.get("result_satisfied")
        if entry.action in AGAIN:
            satisfied[entry.order_id] = False
        elif entry.order_id in satisfied and entry.payload["layer"] in layers and said is not None:
            satisfied[entry.order_id] = said
    yield from satisfied.values()


def _rounds_and_calls(orders: list[int]) -> QuerySet[Entry]:
    """Of these orders and those of their matters, in the order of what happened."""
    matters = Order.objects.filter(pk__in=orders, matter__isnull=False).values("matter")
    about = Order.objects.filter(Q(pk__in=orders) | Q(matter__in=matters)).values("pk")
    return Entry.objects.filter(order__in=about, action__in=(*AGAIN, CALLED)).order_by("order", "number")


OPEN = ("opened", "relapsed", "assigned", "asked")

add(
    Kind(
        code="rehandling",
        title="重办台账",
        unit_title="承办单位",
        due_title="整改时限",
        raised_to=("leader",),
        listed=("again", "people", "cause", "measures"),
        states={
            "opened": State("待交办", "hotline_deputy", "unit"),
            "relapsed": State("复发待交办", "hotline_deputy", "unit"),
            "assigned": State("整改中", "hotline_deputy", "unit"),
            "asked": State("待审批销号", "supervisor"),
            "struck": State("已销号"),
        },
        steps=(
            Step("opened", "列入重办台账", Row, SYSTEM, to="opened", by_itself=True, tells=True, fills=_begun),
            Step(
                "relapsed",
                "复发，恢复原编号",
                Relapse,
                SYSTEM,
                ("struck",),
                "relapsed",
                by_itself=True,
                tells=True,
                reopens=True,
                fills=_relapsed,
                check=_goes_round_again,
            ),
            Step(
                "moved",
                "改由现承办单位整改",
                Moved,
                SYSTEM,
                OPEN,
                "opened",
                by_itself=True,
                tells=True,
                fills=_begun,
                check=_went_elsewhere,
            ),
            Step(
                "satisfied",
                "回访满意销号",
                Taken,
                SYSTEM,
                OPEN,
                "struck",
                by_itself=True,
                tells=True,
                meets=True,
                check=_all_satisfied,
            ),
            Step(
                "assigned",
                "交办",
                Assigning,
                UNIT_LEADS | CENTRE_POSTS,
                ("opened", "relapsed"),
                "assigned",
                fills=_whoever_has_it,
                check=_of_the_unit,
                icon="send",
            ),
            Step(
                "amended",
                "调整交办",
                Assigning,
                CENTRE_POSTS,
                ("assigned",),
                fills=_whoever_has_it,
                check=_of_the_unit,
                icon="edit",
            ),
            Step("asked", "申请销号", Asking, UNIT_LEADS, ("assigned",), "asked", meets=True, icon="file-text"),
            Step("approved", "批准销号", Reasoned, CENTRE_POSTS, ("asked",), "struck", icon="clipboard-check"),
            Step("refused", "不予销号", Refusing, CENTRE_POSTS, ("asked",), "assigned", icon="arrow-back-up"),
        ),
    )
)
