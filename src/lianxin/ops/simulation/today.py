"""The second part of the play: the last days up to now, with work waiting in every queue."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from . import course
from .course import between
from .life import Life
from .texts import reply
from .week43 import Path3, read_plan

#: How many orders stand where when the play stops.
FATES = {
    "to_dispatch": 8,
    "pending": 18,
    "working": 52,
    "return": 6,
    "extension": 5,
    "unit_audit": 6,
    "audit": 9,
    "sent_back": 6,
    "second": 9,
    "closed": 60,
}


def plan_today(tree: list[Path3], now: datetime, first: int, seed: int = 7) -> list[Life]:
    """Lives of the last ten days before `now`; `first` is the number of the first of them."""
    random, plan = Random(seed), read_plan()
    towns = [u["name"] for u in plan["unit"] if u["type"] == "town"]
    units, weights = [u["code"] for u in plan["unit"]], [u["handled"] for u in plan["unit"]]
    lives: list[Life] = []
    names = {u["code"]: u["name"] for u in plan["unit"] if u["type"] == "town"}
    for fate, number in FATES.items():
        for n in range(number):
            unit = random.choices(units, weights)[0]
            life = Life(first + len(lives))
            lives.append(life)
            at = _start(random, fate, n, now)
            requests = course.register(
                life,
                random,
                at,
                town=names.get(unit) or random.choice(towns),
                path=random.choice(tree),
                cls=random.choices(["help", "complaint", "report", "suggestion"], [64, 30, 4, 2])[0],
                source="city" if random.random() < 0.8 else "county",
                upper=False,
            )
            _fate(life, random, fate, unit, at, now, requests)
    return lives


def _start(random: Random, fate: str, n: int, now: datetime) -> datetime:
    """When the order was registered, so that its deadlines fall overdue, today and later."""
    hours = {
        "to_dispatch": (0.02, 0.6),
        "pending": (0.2, 20.0),
        "return": (2.0, 8.0),
        "extension": (20.0, 60.0),
        "second": (150.0, 240.0),
        "closed": (100.0, 240.0),
    }.get(fate, (24.0, 24.0 * 10))
    return now - timedelta(hours=random.uniform(*hours), seconds=n)


def _extension(life: Life, random: Random, unit: str, at: datetime, now: datetime) -> None:
    reason = "需要协调施工单位进场，请求延长办理时间。"
    life.add(between(random, at, now, 0.3, 0.8), f"clerk@{unit}", "extension.filed", workdays=3, reason=reason)


def _fate(life: Life, random: Random, fate: str, unit: str, at: datetime, now: datetime, requests: int) -> None:
    clerk = f"clerk@{unit}"
    if fate == "to_dispatch":
        return
    start = at + timedelta(minutes=random.uniform(1, 5))
    course.dispatch(life, start, unit)
    if fate == "pending":
        return
    if fate in ("closed", "second"):
        end = between(random, start, now, 0.35, 0.6)
        course.handle(life, random, unit, start, end, requests)
        if fate == "second":
            asked = between(random, end, now, 0.1, 0.3)
            course.called_back(life, asked, "district", unit, process=True, result=False)
            again = between(random, asked, now, 0.1, 0.3)
            course.rehandled(life, again, unit)
            life.add(between(random, again, now, 0.05, 0.2), clerk, "assignment.signed")
        elif random.random() < 0.5:
            good = random.random() < 0.9
            course.called_back(life, between(random, end, now, 0.2, 0.8), "city", unit, process=True, result=good)
        return
    life.add(between(random, start, now, 0.02, 0.1), clerk, "assignment.signed")
    if fate == "return":
        filed = between(random, start, now, 0.3, 0.9)
        reason = "经核实，该事项不在本单位职责范围内，建议改派。"
        life.add(filed, clerk, "return.filed", reason=reason, legal_basis="部门职责清单")
        return
    contact = between(random, start, now, 0.12, 0.2)
    if random.random() < 0.9:
        life.add(contact, clerk, "assignment.contacted", text="已电话联系诉求人，了解情况。", of_unit=unit)
    if fate == "extension":
        _extension(life, random, unit, contact, now)
    if fate in ("unit_audit", "audit", "sent_back"):
        _replied(life, random, fate, unit, between(random, contact, now, 0.4, 0.6), now, requests)


def _replied(life: Life, random: Random, fate: str, unit: str, at: datetime, now: datetime, requests: int) -> None:
    life.add(at, f"clerk@{unit}", "assignment.replied", **reply(random, requests))
    if fate == "unit_audit":
        return
    audited = between(random, at, now, 0.1, 0.4)
    life.add(audited, f"hotline_deputy@{unit}", "assignment.unit_audited", approved=True, of_unit=unit)
    if fate == "sent_back":
        back, reason = between(random, audited, now, 0.2, 0.6), "答复没有逐项回应诉求，请补充后重报。"
        life.add(back, "auditor", "assignment.sent_back", defect="not_answered", reason=reason, of_unit=unit)
