"""Whom an order complains of (登记被投诉对象): from now on he has nothing to do with it (C64)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from django.db.models import Q
from pydantic import Field

from lianxin.directory.roles import Role
from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, widget
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.deed import Deed
from lianxin.orders.holders import anybody
from lianxin.orders.models import Order
from lianxin.orders.recusal import MOST_NAMED, RECUSED, recused, serving
from lianxin.orders.repeats import waiting
from lianxin.orders.verbs import Verb
from lianxin.proceedings.models import About, Proceeding
from lianxin.rules.policy_who import Sights

Ids = Annotated[tuple[int, ...], Field(max_length=MOST_NAMED)]


class Recusing(Payload):
    """Who is complained of, or who is not after all, and why."""

    people: Ids = Field((), title="被投诉人员", json_schema_extra=widget("people"))
    units: Ids = Field((), title="被投诉单位", json_schema_extra=widget("units"))
    lifts: bool = Field(
        False, title="登记还是撤销", json_schema_extra=widget("verdict", yes="撤销登记", no="登记被投诉对象")
    )
    reason: Reason
    #: filled in by the ledger: the units in which each of the people serves
    served: dict[int, tuple[int, ...]] = Field({}, json_schema_extra=widget("none"))


@verb
class Recuse(Verb[Recusing]):
    """They are named on the order, with the units in which the people serve; or they are not any more."""

    action = RECUSED
    payload = Recusing

    def resolve(self, deed: Deed[Recusing]) -> Recusing:
        """The units of the people go with them: what his unit was when he was named stays his unit."""
        payload, directory = deed.payload, deed.directory
        found = {} if payload.lifts else {who: tuple(sorted(serving(directory, who))) for who in payload.people}
        # By itself the book tells a repeat what its main order has, and the other way round.
        said = payload.served if deed.actor.role == "system" else {}
        return payload.model_copy(update={"served": found | said})

    def check(self, deed: Deed[Recusing]) -> None:
        payload, system = deed.payload, deed.actor.role == "system"
        if not system:
            _by(deed, payload.lifts)
        require(payload.people or payload.units, "people", "请选择被投诉的人员或单位")
        known = recused(deed.order)
        if payload.lifts:
            there = known & {*payload.people} or {*deed.order.recused_for.get("units", ())} & {*payload.units}
            require(bool(there), "people", "本工单没有登记这一被投诉对象")
            return
        new = {*payload.people} - known or {*payload.units} - {*deed.order.recused_for.get("units", ())}
        require(bool(new) or system, "people", "已经登记为被投诉对象")
        _there(deed)
        left = anybody(deed.directory, known | {*payload.people})
        require(left is not None, "people", "中心除被投诉的人员外没有可以接手的人员，请管理员先在“岗位”里增设人员")

    def effect(self, deed: Deed[Recusing]) -> None:
        payload, order = deed.payload, deed.order
        units = {*order.recused_for.get("units", ())}
        people = {int(who): served for who, served in order.recused_for.get("people", {}).items()}
        if payload.lifts:
            units -= {*payload.units}
            people = {who: served for who, served in people.items() if who not in payload.people}
        else:
            units |= {*payload.units}
            people |= {who: list(payload.served.get(who, ())) for who in payload.people if who not in people}
        order.recused = sorted(people) or None
        order.recused_units = sorted(units.union(*people.values())) or None
        named = {"units": sorted(units), "people": {str(who): people[who] for who in sorted(people)}}
        order.recused_for = named if units or people else {}

    def events(self, deed: Deed[Recusing]) -> tuple[str, ...]:
        return () if deed.payload.lifts else ("recused",)

    def follows(self, deed: Deed[Recusing]) -> Iterator[Follow]:
        """A repeat stands on the page of its main order, so what one of them complains of all of them do; and who is
        complained of hands over what he carries on about it."""
        if deed.actor.role != "system":
            for pk in sorted(_together(deed) - {deed.order.pk}):
                yield Follow(RECUSED, pk, deed.payload.model_dump())
        spoken = About.objects.filter(to_order=deed.order.pk, role="subject", proceeding__isnull=False)
        its = Q(pk__in=spoken.values("proceeding")) | Q(pk=deed.order.matter_id)
        mine = Proceeding.objects.filter(Proceeding.OPEN, its)
        for pk in sorted(mine.filter(owner_person__in=recused(deed.order)).values_list("pk", flat=True)):
            yield Follow("proceeding.handed_over", pk, {})

    def concerns(self, deed: Deed[Recusing]) -> Iterator[int | None]:
        return deed.at_work()

    def tell(self, payload: Recusing) -> tuple[str, str]:
        return "撤销登记的被投诉对象" if payload.lifts else "登记被投诉对象", payload.reason


def _by(deed: Deed[Recusing], lifts: bool) -> None:
    now = deed.directory.pack_now
    sight = now.sight if now else Sights(reasons=(), recused_by=(), recusal_lifted_by=())
    require(sight.recused_by, "", "现行规则包没有规定登记被投诉对象")
    posts = sight.recusal_lifted_by if lifts else sight.recused_by
    titles = "、".join(str(Role(post).label) for post in posts)
    require(deed.actor.role in posts, "lifts" if lifts else "", f"由{titles}{'撤销' if lifts else '登记'}")


def _there(deed: Deed[Any]) -> None:
    """People whom the directory knows, also one who has left; units besides the centre."""
    directory = deed.directory
    for person in deed.payload.people:
        require(person in directory.staff, "people", "请从列表中选择人员")
    for unit in deed.payload.units:
        there = unit in directory.units and unit != directory.root.id
        require(there, "units", "请从列表中选择单位；投诉中心工作人员的，填写人员")


def _together(deed: Deed[Recusing]) -> set[int]:
    """The main order and its repeats, this one among them."""
    order = deed.order
    head: Order | None = order
    if order.merged_into_id is not None:
        head = deed.others.find(order, pk=order.merged_into_id)
    return {head.pk, *(repeat["order"] for repeat in waiting(head))} if head is not None else {order.pk}
