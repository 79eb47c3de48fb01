"""Sending an order to the units whose duty it is (派单、加派)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, UnitId, Words, widget
from lianxin.ledger.verbs import verb
from lianxin.orders.deed import Deed
from lianxin.orders.giving import known_basis, not_busy, ready_unit
from lianxin.orders.models.share import ROLE_TITLES
from lianxin.orders.verbs import Verb
from lianxin.rules.serving import serves
from lianxin.rules.worktime import Span

from ..catalogue.asked import Catalogue

serves("A12", "C20", "C26")

Role = Literal["lead", "assist", "dual"]
BASIS = Field(title="派单依据", json_schema_extra=widget("basis"))


class Recipient(BaseModel):
    """One unit and its part in the order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: UnitId
    role: Role = Field("lead", title="角色", json_schema_extra=widget("choice", titles=ROLE_TITLES))


class Dispatching(Payload):
    """To whom, and on what basis (A12: law, duty list or city order)."""

    shares: tuple[Recipient, ...] = Field(
        title="承办单位", min_length=1, max_length=12, json_schema_extra=widget("shares")
    )
    basis: str = BASIS
    basis_text: str = Field("", title="依据说明", max_length=200)
    note: Words = Field("", title="派单意见")
    #: the item of the dispatch catalogue that it is, if one was taken
    item: str = Field("", title="派单目录事项", max_length=24, json_schema_extra=widget("none"))
    #: filled in by the ledger: by when the catalogue wants it handled
    due: Instant | None = Field(None, title="目录时限", json_schema_extra=widget("none"))


@verb
class Dispatch(Verb[Dispatching]):
    """The order's first dispatch: one lead (or two for a dual dispatch), and its assists."""

    action = "order.dispatched"
    payload = Dispatching

    def resolve(self, deed: Deed[Dispatching]) -> Dispatching:
        payload = deed.payload
        if not payload.item:
            return payload.model_copy(update={"due": None})
        row = deed.outside().others.by(Catalogue).row(deed, payload.item)
        require(row is not None, "item", "派单目录没有这一事项，请重新选择")
        assert row is not None
        due = Span.parse(row.limit).due(deed.at, deed.outside().calendar) if row.limit else None
        return payload.model_copy(update={"due": due})

    def events(self, deed: Deed[Dispatching]) -> tuple[str, ...]:
        return ("dispatch", "catalogued") if deed.payload.due else ("dispatch",)

    def check(self, deed: Deed[Dispatching]) -> None:
        shares = deed.payload.shares
        for share in shares:
            ready_unit(deed, share.unit, "shares", share.role)
        require(len({s.unit for s in shares}) == len(shares), "shares", "同一单位只能派一次")
        leads = [s for s in shares if s.role == "lead"]
        duals = [s for s in shares if s.role == "dual"]
        single = len(leads) == 1 and not duals
        require(single or (not leads and len(duals) == 2), "shares", "请确定一家主办单位（双派为两家），其余为协办")
        known_basis(deed, deed.payload.basis)

    def effect(self, deed: Deed[Dispatching]) -> None:
        payload = deed.payload
        if deed.order.dispatched_at is None:
            deed.order.dispatched_at, deed.order.dispatched_recorded_at = deed.at, deed.recorded_at
        for share in payload.shares:
            deed.begin(share.unit, share.role, basis=payload.basis, basis_text=payload.basis_text)

    def tell(self, payload: Dispatching) -> tuple[str, str]:
        return "派单", payload.note


class Adding(Payload):
    """One more unit while the order is out."""

    unit: UnitId
    role: Literal["assist", "dual"] = Field(
        "assist", title="角色", json_schema_extra=widget("choice", titles={"assist": "协办", "dual": "双派"})
    )
    basis: str = BASIS
    basis_text: str = Field("", title="依据说明", max_length=200)
    note: Words = Field("", title="加派意见")


@verb
class AddDispatch(Verb[Adding]):
    """A further unit (加派)."""

    action = "share.added"
    payload = Adding

    def check(self, deed: Deed[Adding]) -> None:
        ready_unit(deed, deed.payload.unit, "unit", deed.payload.role)
        not_busy(deed, deed.payload.unit, "unit")
        known_basis(deed, deed.payload.basis)

    def effect(self, deed: Deed[Adding]) -> None:
        payload = deed.payload
        deed.begin(payload.unit, payload.role, basis=payload.basis, basis_text=payload.basis_text)

    def tell(self, payload: Adding) -> tuple[str, str]:
        return f"加派{ROLE_TITLES[payload.role]}单位", payload.note
