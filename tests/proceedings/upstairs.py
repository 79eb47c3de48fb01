"""What is raised to the upper platform, in each state in which something may be done and by each step."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from tests.cast import Cast, later
from tests.proceedings.stages import dispatched, do, fresh, opened

from lianxin.ledger.acts import Act, Upload
from lianxin.ledger.door import record
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding

PROOF = (Upload("证明.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40),)
ANSWER = "情况属实，同意。"
_NUMBERS = itertools.count(1)
FILED: dict[str, dict[str, Any]] = {
    "return": {"return_reason": "not_area", "reason": "诉求地点在邻县境内。", "legal_basis": "行政区划界线协议"},
    "extension": {"workdays": 3, "reason": "配件须从外地调运。"},
    "exclude": {"petition_reason": "out_of_power", "reason": "事项属省级审批权限，本级无权处理。"},
    "review": {"petition_reason": "untrue_grade", "reason": "当日已修复并有签字，评价与事实不符。"},
    "merge": {"petition_reason": "same_matter", "reason": "同一小区同一故障，应一并办理。"},
}


#: By which returns are raised.
RAISING = {"id": "S88", "title": "退回上级平台", "origin": "测试", "petition": "return", "allow": "1 workday"}


def given(cast: Cast, at: datetime, *, upstream: bool = True, **said: Any) -> Order:
    """An order of the upper platform that the town has at work."""
    number = {"upstream_number": f"SJ{next(_NUMBERS):05}"} if upstream else {}
    order = dispatched(cast, at, **number, **said)
    do(cast, "clerk@town", "share.signed", order.pk, at)
    return order


def asked(cast: Cast, order: Order, at: datetime, kind: str, **more: Any) -> None:
    """The unit's petition."""
    own = kind in ("return", "extension")
    said = FILED[kind] | more | ({} if own else {"kind": kind})
    verb = f"{kind}.filed" if own else "petition.filed"
    record(Act(verb, cast.actor("clerk@town"), at, said, order=order.pk, files=PROOF))


def raised(cast: Cast, order: Order, at: datetime, kind: str, *, up: bool = True) -> Proceeding:
    """Raised to the upper platform; `up`: it is there."""
    root = opened(cast, "raised_petition.opened", at, by="dispatcher", numbers=[order.number], level=kind)
    if up:
        number = f"SQ{next(_NUMBERS):04}"
        do(cast, "dispatcher", "raised_petition.raised", root.pk, at, upstream_petition=number, raised_at=at)
    return fresh(root)


def answered(cast: Cast, root: Proceeding, at: datetime, step: str, **more: Any) -> None:
    do(cast, "dispatcher", f"raised_petition.{step}", root.pk, at, answer=ANSWER, answered_at=at, **more)


def standing(cast: Cast, at: datetime) -> None:
    """One in each state in which something may be done."""
    for up in (False, True):
        order = given(cast, at)
        asked(cast, order, at, "return")
        raised(cast, order, at, "return", up=up)


def lives(cast: Cast, at: datetime) -> None:
    """One by each of the steps."""
    for kind in ("return", "extension", "exclude", "merge"):
        for step in ("granted", "denied"):
            main, order = given(cast, at), given(cast, at)
            asked(cast, order, later(at, minutes=1), kind, **({"into": main.number} if kind == "merge" else {}))
            answered(cast, raised(cast, order, later(at, minutes=2), kind), later(at, hours=1), step)
    order = given(cast, at)
    asked(cast, order, later(at, minutes=1), "return")
    root = raised(cast, order, later(at, minutes=2), "return")
    do(cast, "dispatcher", "raised_petition.dropped", root.pk, later(at, hours=1), reason="改由本级协调。")
