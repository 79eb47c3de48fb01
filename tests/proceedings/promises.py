"""Promises and copies of a digest, in each state in which something may be done and by each step."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.cast import Cast, later, request
from tests.proceedings.stages import do

from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding

REASON = "经核实情况属实，按规定办理。"


def given(cast: Cast, at: datetime) -> Order:
    """An order that the town has at work."""
    pk = do(cast, "agent", "order.registered", None, at, **request()).order
    shares = {"shares": [{"unit": cast.units["town"].pk}], "basis": "law"}
    do(cast, "dispatcher", "order.dispatched", pk, at, **shares)
    do(cast, "clerk@town", "share.signed", pk, at)
    return Order.objects.get(pk=pk)


def promised(cast: Cast, at: datetime, *steps: str) -> int:
    """A promise that was opened and went so far."""
    order, day = given(cast, at), at + timedelta(days=60)
    said = {"title": "管网改造", "text": "须纳入年度改造计划。", "plan": "列入明年计划，先换阀门。"}
    root = do(cast, "clerk@town", "promise.opened", None, at, numbers=[order.number], **said).order
    assert root
    person = [cast.staff["clerk@town"].pk]
    for step in steps:
        who, payload = {
            "stepped": ("clerk@town", {"step": "更换阀门", "people": person, "finish_by": later(at, days=20)}),
            "replanned": ("clerk@town", {"note": "完成时间写错了。"}),
            "submitted": ("clerk@town", {"promised": day, "told": "已告知方案和承诺时间。"}),
            "approved": ("supervisor", {}),
            "refused": ("supervisor", {"reason": REASON}),
            "reviewed": ("clerk@town", {"progress": "已列入计划。"}),
            "fulfilled": ("clerk@town", {"result": "改造完成。"}),
            "dropped": ("leader", {"reason": REASON}),
        }[step]
        if step == "submitted":
            do(cast, "clerk@town", "share.contacted", order.pk, at, text="已告知方案和承诺时间。")
        if step == "fulfilled":
            reply = {"measures": "完成管网改造。", "progress": "完成", "result": "室温达标。", "answers": ["已改造"]}
            do(cast, "clerk@town", "share.replied", order.pk, at, **reply)
        do(cast, who, f"promise.{step}", root, at, **payload)
    return root


def copied(cast: Cast, at: datetime, unit: str) -> Proceeding:
    """A leader's copy of a digest."""
    week = {"title": "2026年第47周督查督办汇总", "period": "2026-W47", "told": "合计 0 件"}
    made = do(cast, "system", "digest.made", None, at, **week)
    root = Proceeding.objects.get(pk=made.order)
    said = {"title": f"{root.number}（报区政府分管领导）", "to": "区政府分管领导", "unit": cast.units[unit].pk}
    said |= {"period": "2026-W47", "digest": root.number, "about": root.pk, "told": "合计 0 件"}
    sent = do(cast, "system", "digest_copy.sent", None, at, due=later(at, days=2), **said)
    return Proceeding.objects.get(pk=sent.order)


def promising(cast: Cast, at: datetime, unit: str) -> None:
    """One in each state in which something may be done."""
    for steps in ((), ("stepped",), ("stepped", "submitted"), ("stepped", "submitted", "approved")):
        promised(cast, at, *steps)
    copied(cast, at, unit)


def lives(cast: Cast, at: datetime, unit: str) -> None:
    """One by each of the steps."""
    again = "stepped", "replanned", "stepped", "submitted", "refused"
    promised(cast, at, *again, "stepped", "submitted", "approved", "reviewed", "fulfilled")
    promised(cast, at, "stepped", "submitted", "dropped")
    do(cast, f"clerk@{unit}", "digest_copy.read", copied(cast, at, unit).pk, at, note="请督查室盯办。")
    said = {"receiver": "王秘书", "handed_at": at}
    do(cast, "supervisor", "digest_copy.handed", copied(cast, at, unit).pk, at, **said)
