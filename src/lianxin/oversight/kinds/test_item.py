"""Test item (模拟事项): a request that an inspector makes up to see how it is handled, approved before it is made.

Source: C56 (也可根据需要经局领导批准设置模拟事项进行督察).  It is made as a citizen would: somebody rings from the
number that the proposal fixed, and an agent who knows nothing takes an order in.  Nothing is written into that order
until a leader discloses it, and nobody but inspectors and leaders knows of the proceeding (`Kind.known_to`); so it
counts as any order until then.  That no inconvenient request is passed off as one afterwards: `_is_the_one`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Account, Instant, UnitId, Words, widget
from lianxin.ledger.models import Entry
from lianxin.ledger.verbs import Follow
from lianxin.orders.callers import digest_of
from lianxin.orders.models import Caller, Order
from lianxin.orders.telephones import SENTENCE, masked, normalise
from lianxin.orders.timeline import payload_of
from lianxin.proceedings.abouts import Due, Numbers, OfOrders, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.proceedings.same import already
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

serves("C56")

CODE = "test_item"
PROPOSES, DECIDES = posts("supervisor"), posts("leader")
PROPOSED, APPROVED = f"{CODE}.proposed", f"{CODE}.approved"
#: Filled in by the ledger.
HIDDEN = widget("none")


class Proposing(Payload):
    """What is to be tried at which unit, about when, and from which number the call will come.

    The unit is no column: lists of what is about a unit begin with those.
    """

    title: Title
    text: Text = Field(title="模拟情形")
    tried: UnitId = Field(title="受督察单位")
    planned: Instant = Field(title="拟实施时间")
    #: kept masked; by its digest, which nobody reads, the order's caller is compared
    phone: Annotated[str, Private] = Field(title="来电号码", min_length=3, max_length=32)
    digest: Annotated[str, Private] = Field("", json_schema_extra=HIDDEN)


class Approving(Payload):
    """Until when it may be made follows from the pack."""

    note: Words = Field("", title="批准意见")
    due: Due | None = Field(None, json_schema_extra=HIDDEN)


class Naming(OfOrders):
    """Which order the call became, and how the call went."""

    numbers: Numbers = Field(title="工单号", min_length=1, max_length=1)
    account: Account = Field(title="实施经过")
    due: Due | None = Field(None, json_schema_extra=HIDDEN)


class Disclosing(Payload):
    """What the inspection has found."""

    conclusion: Account = Field(title="督察结论")


def _number_of(deed: Deed[Proposing]) -> Mapping[str, Any]:
    """The number that was typed goes into no ledger."""
    phone, digest = deed.payload.phone, digest_of({"caller": {"phone": deed.payload.phone}}, deed.directory.area_code)
    require(digest, "phone", SENTENCE)
    return {"phone": masked(normalise(phone)), "digest": digest.hex()} if digest else {"phone": ""}


def _can_be_made(deed: Deed[Proposing]) -> None:
    payload = deed.payload
    require(payload.planned > deed.at, "planned", "拟实施时间应晚于现在：先批准，后实施")
    unit = deed.directory.units.get(payload.tried)
    require(unit is not None and unit.active, "tried", "该单位已停用，请从列表中选择")
    # A number that has called may call again, about something real.
    sentence = "这个号码打过本热线，请换一个没有打过的：批准以后的真实来电会与模拟事项分不开"
    require(not _orders_of(deed, payload.digest), "phone", sentence)


def _orders_of(deed: Deed[Any], digest: str) -> list[int]:
    """The centre's orders of the caller with this digest, the oldest first."""
    found = Caller.objects.filter(phone_hash=bytes.fromhex(digest), order__centre=deed.proceeding.centre_id)
    return list(found.order_by("order").values_list("order", flat=True)) if digest else []


def _not_ones_own(deed: Deed[Approving]) -> None:
    proposer = deed.said(PROPOSED)[0].staff_id
    require(deed.actor.staff != proposer, "", "提出的人不能批准自己提出的模拟事项，请由其他领导批准")


def _until_made(deed: Deed[Approving]) -> Mapping[str, Any]:
    return {"due": deed.pack.test_items.made_within.due(deed.at, deed.outside().calendar)}


def _until_disclosed(deed: Deed[Naming]) -> Mapping[str, Any]:
    return {"due": deed.pack.test_items.disclosed_within.due(deed.at, deed.outside().calendar)}


def _is_the_one(deed: Deed[Naming]) -> None:
    """Refuse an order that was not made as it was approved: a real request, bad as it may look, is none of ours.

    The caller is asked of the registration's own entry: a number that was corrected since proves nothing.
    """
    order = Order.objects.filter(pk__in=deed.payload.orders).first()
    require(order is not None, "numbers", "请填写一件已登记的工单")
    assert order is not None
    approved, proposed = deed.said(APPROVED)[-1], deed.said(PROPOSED)[0]
    taken = Entry.objects.select_related("enclosure").get(order=order.pk, number=1)
    later = order.received_at > approved.at and taken.recorded_at >= approved.recorded_at
    require(later, "numbers", "这件工单在批准以前就有了，不是这次设置的模拟事项")
    said, heard = payload_of(proposed), payload_of(taken)
    rung = getattr(getattr(heard, "caller", None), "phone_hash", "")
    fixed = getattr(said, "digest", "")
    require(fixed and rung == fixed, "numbers", "这件工单登记时的来电号码不是批准时固定的号码，不能报为模拟事项")
    require(_orders_of(deed, fixed)[:1] == [order.pk], "numbers", "这个号码此前另有工单，只有第一件可以报为模拟事项")
    knew = {proposed.staff_id, approved.staff_id, deed.actor.staff}
    require(taken.staff_id not in knew, "numbers", "这件工单由知情人员自己登记，不能报为模拟事项")
    _in_time(deed, order, approved)
    taken_by = already(deed, CODE, order=order.pk)
    require(not taken_by, "numbers", f"这件工单已报为模拟事项 {taken_by}")


def _in_time(deed: Deed[Naming], order: Order, approved: Entry) -> None:
    """Made as long as the approval holds, and named before anybody can know how it will come out."""
    rule, calendar = deed.pack.test_items, deed.outside().calendar
    late = rule.made_within.due(approved.at, calendar)
    require(order.registered_at <= late, "numbers", "批准已过实施期限，请重新提出")
    named = rule.named_within.due(order.registered_at, calendar)
    require(deed.at <= named, "numbers", "报明工单号已经过期：这件工单照常办理、照常统计")


def _disclosed(deed: Deed[Disclosing]) -> Iterator[Follow]:
    for pk in deed.docket.orders():
        yield Follow("order.disclosed", pk, {"item": deed.proceeding.pk, "number": deed.proceeding.number})


add(
    Kind(
        code=CODE,
        title="模拟事项",
        due_title="期限",
        raised_to=("leader",),
        listed=("tried", "planned"),
        known_to=PROPOSES | DECIDES,
        under=lambda pack: pack.test_items.allowed,
        states={
            "proposed": State("待批准", "leader"),
            "approved": State("已批准，待实施", "supervisor"),
            "named": State("办理中，待公开", "leader"),
            "disclosed": State("已公开"),
            "refused": State("不予批准"),
            "dropped": State("已作罢"),
        },
        steps=(
            Step(
                "proposed",
                "提出模拟事项",
                Proposing,
                PROPOSES,
                to="proposed",
                fills=_number_of,
                check=_can_be_made,
                icon="eye",
            ),
            Step(
                "approved",
                "批准",
                Approving,
                DECIDES,
                ("proposed",),
                "approved",
                fills=_until_made,
                check=_not_ones_own,
                icon="signature",
            ),
            Step("refused", "不予批准", Reasoned, DECIDES, ("proposed",), "refused", icon="ban"),
            Step(
                "named",
                "报明工单号",
                Naming,
                PROPOSES,
                ("approved",),
                "named",
                meets=True,
                fills=_until_disclosed,
                check=_is_the_one,
                icon="link",
            ),
            Step(
                "dropped",
                "作罢",
                Reasoned,
                PROPOSES | DECIDES,
                ("proposed", "approved"),
                "dropped",
                meets=True,
                icon="x",
            ),
            Step(
                "disclosed",
                "公开",
                Disclosing,
                DECIDES,
                ("named",),
                "disclosed",
                meets=True,
                follows=_disclosed,
                icon="clipboard-check",
            ),
        ),
    )
)
