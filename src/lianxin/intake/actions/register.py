"""Taking a request in (受理登记)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.deed import require
from lianxin.ledger.fields import AreaId, CategoryId, Instant, Tag, Told, UnitId, UpstreamNumber, widget
from lianxin.ledger.rows import new
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.callers import AnyCaller, CallerDetails, SealedCaller
from lianxin.orders.deed import Deed
from lianxin.orders.flags import Callers
from lianxin.orders.giving import known_basis, ready_unit
from lianxin.orders.models import Appeal, Caller, Order
from lianxin.orders.reach import SEES_OWN
from lianxin.orders.recusal import MOST_NAMED, RECUSED
from lianxin.orders.verbs import Verb
from lianxin.rules.context import ROLES
from lianxin.rules.serving import serves
from lianxin.rules.worktime import SHANGHAI

serves("C06", "C22")

Channel = Literal["phone", "text", "web", "letter", "patrol", "upper"]
CHANNEL_TITLES = {
    "phone": "电话",
    "text": "短信",
    "web": "网站",
    "letter": "来信",
    "patrol": "巡查",
    "upper": "上级平台",
}
Urgency = Literal["normal", "urgent"]
URGENCY_TITLES = {"normal": "一般", "urgent": "紧急"}
Request = Annotated[str, Field(min_length=2, max_length=500)]
#: Where a form asks to whom it goes out at once.
AT_ONCE = "urgency=urgent"
#: Requests of one order: what a form, a reply and a call-back can still go through one by one.
MOST_REQUESTS = 20


class Registration(Payload):
    """What is asked, by whom, and what he was told (C35: both on record)."""

    channel: Channel = Field("phone", title="渠道", json_schema_extra=widget("choice", titles=CHANNEL_TITLES))
    source: str = Field(title="来源", json_schema_extra=widget("source"))
    cls: str = Field(title="诉求类别", json_schema_extra=widget("class"))
    title: Annotated[str, Private] = Field(title="标题", min_length=4, max_length=120)
    text: Annotated[str, Private] = Field(
        title="诉求内容", min_length=5, max_length=8000, json_schema_extra=widget("textarea")
    )
    requests: Annotated[tuple[Request, ...], Private] = Field(
        title="诉求事项", min_length=1, max_length=MOST_REQUESTS, json_schema_extra=widget("lines")
    )
    caller: Annotated[AnyCaller | None, Private] = Field(None, title="诉求人", json_schema_extra=widget("caller"))
    confidential: bool = Field(False, title="要求保密")
    category: CategoryId | None = None
    area: AreaId | None = None
    address: Annotated[str, Private] = Field("", title="地址", max_length=200)
    urgency: Urgency = Field("normal", title="紧急程度", json_schema_extra=widget("choice", titles=URGENCY_TITLES))
    tags: tuple[Tag, ...] = Field((), title="标签", max_length=30, json_schema_extra=widget("none"))
    received_at: Instant | None = Field(None, title="来件时间", json_schema_extra=widget("none"))
    upstream_number: UpstreamNumber | None = Field(None, title="上级编号")
    upstream_due: Instant | None = Field(None, title="上级时限")
    told: Told = Field(title="告知诉求人的内容")
    #: to whom it is dispatched in the same act, and on what ground: of those that the pack lets go out at once (B08)
    dispatch_to: UnitId | None = Field(None, title="随接随派到", json_schema_extra=widget("unit", when=AT_ONCE))
    basis: str = Field("", title="派单依据", max_length=24, json_schema_extra=widget("basis", when=AT_ONCE))
    #: of whom he complains (C64): they see nothing of the order from its first instant
    complained: Annotated[tuple[int, ...], Field(max_length=MOST_NAMED)] = Field(
        (), title="被投诉人员", json_schema_extra=widget("people")
    )
    #: filled in by the ledger: what the caller is marked with
    flags: Annotated[tuple[str, ...], Private] = Field((), json_schema_extra=widget("none"))


def known_area(deed: Deed[Any], area: int | None, *, now: int | None = None) -> None:
    """Refuse an area of which the centre does not know, or that is out of use (unless the order has it `now`)."""
    if area is None or area == now:
        return
    line = deed.directory.areas.get(area)
    require(line is not None, "area", "没有这个区域，请重新选择")
    assert line is not None
    require(line.active, "area", f"区域“{line.name}”已停用，请选择现行区域")


def known_category(deed: Deed[Any], category: int | None, *, now: int | None = None) -> None:
    """Refuse a category of which the centre does not know, or that is out of use (unless the order has it `now`)."""
    if category is None or category == now:
        return
    line = deed.directory.categories.get(category)
    require(line is not None, "category", "没有这个分类，请重新选择")
    assert line is not None
    require(line.active, "category", f"分类“{' › '.join(line.path)}”已停用，请选择现行分类")


def known_source(deed: Deed[Any], code: str) -> None:
    """Refuse a source that the order's pack has not, a line that is closed by now (C06), and one that is another
    post's to register; whoever has sources of his own takes no other (C22)."""
    sources, role = deed.pack.sources, deed.actor.role
    require(code in sources, "source", "请选择本中心的来源")
    found = sources[code]
    over = f"{found.name}已取消，用到{found.until}为止，请选择其他来源"
    require(not found.closed(deed.at.astimezone(SHANGHAI).date()), "source", over)
    if role == "system":
        return
    whose = "、".join(ROLES[post] for post in found.posts)
    require(not found.posts or role in found.posts, "source", f"来源“{found.title}”只由{whose}登记")
    mine = "、".join(each.title for each in sources.values() if role in each.posts)
    require(not mine or role in found.posts, "source", f"您登记的工单来源是“{mine}”")


def _required(deed: Deed[Registration]) -> None:
    """Refuse what lacks an element that the pack requires; text and notice no order is without (C35).

    Another platform's order comes as that platform took it: what it does not say cannot be asked for at its entry.
    """
    payload, required = deed.payload, deed.pack.registration.required
    require(payload.category or "category" not in required, "category", "请选择分类")
    source = deed.pack.sources.get(payload.source)
    if source is None or source.upstream:
        return
    require(payload.area or "area" not in required, "area", "请选择区域")
    caller = payload.caller
    reached = isinstance(caller, SealedCaller | CallerDetails) and caller.phone
    require(reached or "contact" not in required, "caller", "请填写诉求人的联系电话")


def _goes_out_at_once(deed: Deed[Registration]) -> None:
    """Refuse a dispatch together with the registration that the pack does not allow, or that would be refused."""
    payload, allowed = deed.payload, deed.pack.registration.dispatched
    if payload.dispatch_to is None:
        return
    words = "、".join(URGENCY_TITLES[each] for each in allowed)
    sentence = f"只有{words}事项可以登记时一并派单" if allowed else "本中心先登记，再由派单员派单"
    require(payload.urgency in allowed, "dispatch_to", sentence)
    ready_unit(deed, payload.dispatch_to, "dispatch_to")
    known_basis(deed, payload.basis)


def _may_name(deed: Deed[Registration]) -> None:
    """Refuse to name whom a caller complains of where the pack has nobody named, or another post names him."""
    now = deed.directory.pack_now
    allowed = now is not None and deed.actor.role in now.sight.recused_by
    require(not deed.payload.complained or allowed, "complained", "现行规则包没有规定由本岗位登记被投诉人员")


@verb
class Register(Verb[Registration]):
    """Registers an order: numbered, with its facts and its first clock."""

    action = "order.registered"
    opens = True
    payload = Registration

    def resolve(self, deed: Deed[Registration]) -> Registration:
        caller, flags = deed.payload.caller, tuple[str, ...]()
        if isinstance(caller, SealedCaller) and caller.phone_hash:
            flags = deed.outside().others.by(Callers).flags(deed.order, bytes.fromhex(caller.phone_hash))
        return deed.payload if flags == deed.payload.flags else deed.payload.model_copy(update={"flags": flags})

    def check(self, deed: Deed[Registration]) -> None:
        payload, pack = deed.payload, deed.pack
        require(payload.cls in pack.classes, "cls", "请选择本中心的诉求类别")
        known_source(deed, payload.source)
        known_category(deed, payload.category)
        known_area(deed, payload.area)
        _required(deed)
        number = payload.upstream_number
        taken = number is not None and deed.others.upstream_taken(deed.order.centre_id, number)
        require(not taken, "upstream_number", "这个上级编号已经登记过，请打开原工单")
        received = payload.received_at
        require(received is None or received <= deed.at, "received_at", "来件时间不能晚于登记时间")
        _goes_out_at_once(deed)
        _may_name(deed)

    def effect(self, deed: Deed[Registration]) -> None:
        payload, order = deed.payload, deed.order
        order.received_at = payload.received_at or deed.at
        order.registered_at, order.registered_recorded_at = deed.at, deed.recorded_at
        order.channel, order.source, order.cls = payload.channel, payload.source, payload.cls
        order.category_id, order.area_id = payload.category, payload.area
        order.urgency, order.tags = payload.urgency, list(payload.tags)
        order.confidential, order.request_count = payload.confidential, len(payload.requests)
        order.upstream_number, order.upstream_due = payload.upstream_number, payload.upstream_due
        order.caller_flags = list(payload.flags)
        if deed.actor.role in SEES_OWN:
            order.found_by_id = deed.actor.staff
        deed.docket.add(
            new(
                Appeal,
                order_id=order.id,
                title=payload.title,
                text=payload.text,
                address=payload.address,
                requests=list(payload.requests),
            )
        )
        deed.docket.add(_caller(order, payload.caller))
        deed.docket.set_facts(deed.recorded_at)

    def follows(self, deed: Deed[Registration]) -> Iterator[Follow]:
        """Who is complained of, before anything else; then dispatched as it is taken in: no queue lies between
        (随接随派)."""
        payload = deed.payload
        if payload.complained:
            named = {"people": list(payload.complained), "reason": "登记时写明的被投诉人员。"}
            yield Follow(RECUSED, deed.order.pk, named)
        if payload.dispatch_to is not None:
            given = {"shares": [{"unit": payload.dispatch_to, "role": "lead"}], "basis": payload.basis}
            yield Follow("order.dispatched", deed.order.pk, given)

    def tell(self, payload: Registration) -> tuple[str, str]:
        return f"登记，渠道{CHANNEL_TITLES[payload.channel]}", payload.text


def _caller(order: Order, sealed: CallerDetails | SealedCaller | None) -> Caller:
    """The caller's row; an anonymous request has an empty one."""
    if not isinstance(sealed, SealedCaller):
        return new(Caller, order_id=order.id)
    hashes = {name: bytes.fromhex(getattr(sealed, name)) or None for name in ("name_hash", "phone_hash", "last4_hash")}
    flagged = bool(order.caller_flags)
    return new(Caller, order_id=order.id, name=sealed.name, phone=sealed.phone, flagged=flagged, **hashes)
