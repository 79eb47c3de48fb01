"""How an order ends, goes round again, or is opened anew (办结、重办、重新打开)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Reason, Told, UnitId, widget
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.deed import Deed
from lianxin.orders.flags import TakenUp, catch_up, caught_up
from lianxin.orders.giving import known_basis, ready_unit
from lianxin.orders.models import Order
from lianxin.orders.verbs import Verb
from lianxin.rules.lifecycle import OrderState, ShareState
from lianxin.rules.serving import serves

from ..models import Callback

serves("B02")

#: The kind of clock that a call-back stops.
CALLBACK = "callback"
RESULTS = {"solved": "已解决", "explained": "已解释说明", "unsolved": "未解决", "unreachable": "无法回访"}


class Closing(Payload):
    """With which result, and what the caller was told (B02)."""

    result: Literal["solved", "explained", "unsolved", "unreachable"] = Field(
        "solved", title="办理结果", json_schema_extra=widget("choice", titles=RESULTS)
    )
    told: Told


@verb
class Close(Verb[Closing]):
    """Closes an order that was called back, or a merged one whose main order has ended."""

    action = "order.closed"
    payload = Closing

    def check(self, deed: Deed[Closing]) -> None:
        order = deed.order
        if order.merged_into_id is not None:
            main = deed.others.find(order, pk=order.merged_into_id)
            ended = main is not None and main.state == OrderState.CLOSED
            require(ended, "", "主单还没有办结，办结后再告知本诉求人")
            _explained(deed, main)
            return
        require(order.called_back_round == order.round, "", "本轮还没有回访，回访后才能办结")
        _explained(deed, order)
        _each_told(deed)

    def effect(self, deed: Deed[Closing]) -> None:
        deed.docket.end(OrderState.CLOSED, deed.at, deed.payload.result)

    def follows(self, deed: Deed[Closing]) -> Iterator[Follow]:
        order = deed.order
        if order.merged_into_id is not None:
            told = {"repeat": order.pk, "number": order.number, "why": "told"}
            yield Follow("order.parted", order.merged_into_id, told)

    def tell(self, payload: Closing) -> tuple[str, str]:
        return f"办结：{RESULTS[payload.result]}", f"告知：{payload.told}"


def _explained(deed: Deed[Closing], answered: Order | None) -> None:
    """Refuse to end as explained what no unit has explained as the pack asks (B15)."""
    if deed.payload.result != "explained" or not deed.pack.reply.explained:
        return
    sentence = "承办单位的答复没有写明解释依据和当面解释的经过，不能以“已解释说明”办结；确属解释的，请重办补上"
    require(answered is not None and answered.explained, "result", sentence)


def _each_told(deed: Deed[Closing]) -> None:
    """Refuse to end an order that several units answered for without the result of each, where the pack asks so."""
    if not deed.pack.closing.each_told:
        return
    passed = [s for s in deed.docket.shares(depth=0) if s.round == deed.order.round and s.state == ShareState.PASSED]
    units = [deed.directory.units[s.unit_id] for s in passed if s.role != "assist"]
    told = deed.payload.told
    left = [unit.name for unit in units if unit.name not in told and (unit.short_name or unit.name) not in told]
    sentence = f"双派工单须告知每家的办理结果，请写明{'、'.join(left)}的结果"
    require(len(units) < 2 or not left, "told", sentence)


def _next_round(deed: Deed[Any]) -> None:
    """A new round begins: the end of the one before is taken back."""
    order = deed.order
    order.round += 1
    order.callback_tries = 0
    order.call_at = None
    order.closed_at = order.told_at = None
    order.result_code = order.explained = ""


def called_back_above(deed: Deed[Any]) -> bool:
    """Whether a layer above ours has called back in this round."""
    own, order = deed.pack.callback.own_layer, deed.order
    mine = (row for row in deed.docket.added if isinstance(row, Callback))
    if any(row.layer != own and row.round == order.round for row in mine):
        return True
    return Callback.objects.filter(order=order.pk, round=order.round).exclude(layer=own).exists()


class Rehandling(TakenUp):
    """Why it goes round again; to whom (left out: the unit that led the last round)."""

    reason: Reason
    unit: UnitId | None = Field(None, title="承办单位（不填则仍由原主办单位重办）")
    basis: str = Field("", title="派单依据", json_schema_extra=widget("basis"))


@verb
class Rehandle(Verb[Rehandling]):
    """Opens round n+1 with a new share and new clocks; the rounds before stand as they are."""

    action = "order.rehandled"
    payload = Rehandling

    def resolve(self, deed: Deed[Rehandling]) -> Rehandling:
        last = [s for s in deed.docket.shares(depth=0) if s.role != "assist"]
        require(last, "", "本工单没有派过单，不能重办")
        unit = last[-1].unit_id if deed.payload.unit is None else deed.payload.unit
        given = {"unit": unit, "basis": deed.payload.basis or last[-1].basis, "flags": caught_up(deed)}
        return deed.payload.model_copy(update=given)

    def check(self, deed: Deed[Rehandling]) -> None:
        ready_unit(deed, deed.payload.unit, "unit")
        known_basis(deed, deed.payload.basis)
        order = deed.order
        # Where orders close by audit, also the centre's own call-back comes after the closing.
        asked = order.called_back_round == order.round or called_back_above(deed)
        sentence = "已办结的工单须有本轮回访才能重办；其他情形请用“重新打开”"
        require(order.state != OrderState.CLOSED or asked, "", sentence)

    def effect(self, deed: Deed[Rehandling]) -> None:
        payload = deed.payload
        assert payload.unit is not None
        _next_round(deed)
        catch_up(deed)
        for clock in deed.docket.running_clocks():
            if clock.kind == CALLBACK:
                # The call-back of the round before is no longer owed.
                deed.docket.stop_clock(clock, deed.at, deed.recorded_at, "cancelled")
        deed.begin(payload.unit, "lead", basis=payload.basis)

    def tell(self, payload: Rehandling) -> tuple[str, str]:
        return "重办", payload.reason


class Reopening(TakenUp):
    """Why an ended order is taken up again."""

    reason: Reason


@verb
class Reopen(Verb[Reopening]):
    """Back to dispatch, as a new round."""

    action = "order.reopened"
    payload = Reopening

    def resolve(self, deed: Deed[Reopening]) -> Reopening:
        return deed.payload.model_copy(update={"flags": caught_up(deed)})

    def effect(self, deed: Deed[Reopening]) -> None:
        _next_round(deed)
        catch_up(deed)
        # Once opened anew it is an order of its own, to be called back before it may close.
        deed.order.merged_into_id = deed.order.merged_at = None
        deed.docket.set_facts(deed.recorded_at)

    def tell(self, payload: Reopening) -> tuple[str, str]:
        return "重新打开", payload.reason
