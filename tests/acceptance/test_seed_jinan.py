"""Rows of the 济南 hotline documents that are the spine's: classes, scope, recording, five minutes, confidentiality."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.test import Client
from tests.cast import Cast, later, request, shanghai
from tests.orders.stages import REASON, TOLD

from lianxin.directory import ciphers, snapshot
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Notice
from lianxin.orders import callers, telephones
from lianxin.orders.models import Appeal, Caller, Order, Share

CLASSES = ["consult", "help", "complaint", "suggestion"]


@pytest.mark.parametrize("cls", CLASSES)
def test_c01_each_class_can_be_registered(cast: Cast, nine: datetime, cls: str) -> None:
    assert cast.register(nine, cls=cls).cls == cls


def test_c01_no_other_class(cast: Cast, nine: datetime) -> None:
    with pytest.raises(Refused) as refused:
        cast.register(nine, cls="praise")
    assert "诉求类别" in refused.value.problems["cls"]


@pytest.mark.parametrize(
    ("code", "target"),
    [("R1", "司法机关信访投诉部门"), ("R2", "市人大常委会"), ("R2", "上一级司法机关"), ("R3", "110")],
)
def test_c02_c03_c04_out_of_scope_is_shown_the_right_door(cast: Cast, nine: datetime, code: str, target: str) -> None:
    """No order is sent, the caller is told, the target and the time are on record."""
    order = cast.register(nine)
    at = later(nine, minutes=1)
    rule = snapshot.of(cast.centre.pk).pack(nine).redirects[code]
    assert target in rule.targets
    cast.do("agent", "order.redirected", order.pk, at, code=code, target=target, reason=REASON, told=rule.say)
    order.refresh_from_db()
    assert (order.state, order.result_code, order.told_at) == ("redirected", f"redirected:{code}", at)
    assert not Share.objects.filter(order=order).exists()
    entry = Entry.objects.get(order=order, action="order.redirected")
    assert (entry.payload, entry.at) == ({"code": code, "target": target}, at)
    assert entry.enclosure.body["told"] == rule.say
    with pytest.raises(Refused, match="已引导"):
        cast.dispatch(order, at, "heat")


def test_c04_the_emergency_is_put_through_at_once(cast: Cast, nine: datetime) -> None:
    assert snapshot.of(cast.centre.pk).pack(nine).redirects["R3"].immediate
    order = cast.register(nine)
    cast.do("agent", "order.redirected", order.pk, nine, code="R3", target="110", reason=REASON, told=TOLD)
    order.refresh_from_db()
    assert order.told_at == order.registered_at


def test_c05_the_slogan_is_a_setting(cast: Cast) -> None:
    def door() -> str:
        return Client().get("/login/").content.decode()

    assert "12345，服务找政府" in door(), "the pack's, while the centre has none of its own"
    cast.centre.slogan = "12345，服务零距离"
    cast.centre.save()
    assert "12345，服务零距离" in door()
    assert "服务找政府" not in door()


def test_c08_acceptance_dispatch_and_feedback_are_states_of_every_order(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    states = [order.state]
    cast.dispatch(order, nine, "heat")
    for who, verb, payload in (
        ("clerk@heat", "share.signed", {}),
        ("clerk@heat", "share.replied", {
            "measures": "已派人检修阀门", "progress": "已修好", "result": "室温恢复正常", "answers": ["已修好"]
        }),
        ("hotline_deputy@heat", "share.unit_audited", {"approved": True}),
        ("auditor", "share.passed", {}),
    ):  # fmt: skip
        cast.do(who, verb, order.pk, nine, **payload)
        order.refresh_from_db()
        states.append(order.state)
    assert states == ["registered", "dispatched", "dispatched", "dispatched", "closed"]


@pytest.mark.parametrize("missing", ["text", "told"])
def test_c35_content_and_notice_are_both_recorded(cast: Cast, nine: datetime, missing: str) -> None:
    for empty in ({missing: ""}, {missing: "    "}):
        with pytest.raises(Refused) as refused:
            cast.register(nine, **empty)
        assert refused.value.problems[missing]
    without = {name: value for name, value in request().items() if name != missing}
    with pytest.raises(Refused) as refused:
        cast.do("agent", "order.registered", None, nine, **without)
    assert refused.value.problems == {missing: "请填写本项"}


def test_c35_both_can_be_read_later(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    body = Entry.objects.get(order=order, number=1).enclosure.body
    assert (body["text"], body["told"]) == (request()["text"], request()["told"])
    assert Appeal.objects.get(order=order).text == request()["text"]


@pytest.mark.parametrize(("minutes", "late"), [(4, False), (5, True), (6, True)])
def test_c36_five_minutes_from_acceptance_to_dispatch(cast: Cast, nine: datetime, minutes: int, late: bool) -> None:
    order = cast.register(nine)
    cast.dispatch(order, later(nine, minutes=minutes), "heat")
    clock = Clock.objects.get(order=order, kind="dispatch")
    assert clock.due == shanghai("2026-11-18 09:05")
    assert (clock.end, clock.breached_at is not None) == ("met", late)


def test_c62_no_ledger_line_holds_a_name_a_number_or_a_text(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat", note="刘素芬家，电话 13900002086")
    cast.do("clerk@heat", "share.signed", order.pk, nine)
    cast.do("clerk@heat", "share.contacted", order.pk, nine, text="刘素芬说在家等候")
    lines = json.dumps(list(Entry.objects.values_list("payload", "derived")), ensure_ascii=False)
    for secret in ("刘素芬", "13900002086", "2086", "暖气", "室温"):
        assert secret not in lines


def test_c62_the_caller_is_stored_encrypted_and_found_by_hash(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    caller = Caller.objects.get(order=order)
    body = json.dumps(Entry.objects.get(order=order).enclosure.body, ensure_ascii=False)
    for stored in (caller.name, caller.phone, body):
        assert "刘素芬" not in stored
        assert "13900002086" not in stored
    assert (callers.masked_name(caller.name), callers.masked_phone(caller.phone)) == ("刘**", "139 **** 2086")
    same = ciphers.fingerprint("phone", telephones.normalise("+86 139-0000-2086"))
    assert bytes(caller.phone_hash or b"").hex() == same
    assert Caller.objects.filter(phone_hash=bytes.fromhex(same)).get().order == order


def test_c62_each_look_is_on_record_with_its_reason(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    with pytest.raises(Refused) as refused:
        cast.do("clerk@heat", "caller.unmasked", order.pk, nine)
    assert refused.value.problems == {"reason": "请填写本项"}
    cast.do("clerk@heat", "caller.unmasked", order.pk, nine, reason="约定上门时间")
    entry = Entry.objects.get(order=order, action="caller.unmasked")
    assert (entry.staff, entry.unit, entry.at) == (cast.staff["clerk@heat"], cast.units["heat"], nine)


def test_c62_who_asked_for_confidentiality_is_hidden_from_the_unit(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine, confidential=True)
    cast.dispatch(order, nine, "heat")
    with pytest.raises(Refused, match="要求保密"):
        cast.do("principal@heat", "caller.unmasked", order.pk, nine, reason="想亲自联系")
    cast.do("callback", "caller.unmasked", order.pk, nine, reason="回访时联系诉求人")


def test_c62_a_notice_says_only_that_something_happened(cast: Cast, nine: datetime) -> None:
    order = Order.objects.get(pk=record(Act("order.registered", cast.actor("agent"), nine, request())).order)
    notice = Notice.objects.get(order=order)
    texts = [v for v in Notice.objects.filter(pk=notice.pk).values()[0].values() if isinstance(v, str)]
    assert texts == ["order.registered", "queued"]
