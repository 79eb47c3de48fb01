"""How one share of an order runs: from dispatch to passed, within given times."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from . import texts
from .life import Life


def between(random: Random, start: datetime, end: datetime, low: float = 0.0, high: float = 1.0) -> datetime:
    """A moment in the part `low` to `high` of the span; whole seconds."""
    part = random.uniform(low, high)
    return (start + (end - start) * part).replace(microsecond=0)


def register(
    life: Life, random: Random, at: datetime, *, town: str, path: tuple[str, ...], cls: str, source: str, upper: bool
) -> int:
    """The registration; returns how many numbered requests it has."""
    asked = texts.request(random, town, path, cls in ("complaint", "report"))
    life.add(
        at,
        "agent",
        "order.registered",
        channel="upper" if upper else random.choice(("phone", "phone", "phone", "web", "text")),
        source=source,
        cls=cls,
        category=path,
        area=town,
        title=asked.title,
        text=asked.text,
        requests=asked.requests,
        caller=asked.caller,
        confidential=random.random() < 0.02,
        urgency="urgent" if random.random() < 0.04 else "normal",
        upstream_number=f"LY{at:%y%m%d}{life.number:05d}" if upper else None,
        told="诉求将转承办单位办理，办理结果会及时答复您。",
    )
    return len(asked.requests)


def dispatch(life: Life, at: datetime, lead: str, assist: str | None = None) -> None:
    """The first dispatch, to a lead and perhaps an assisting unit."""
    shares = [{"unit": lead, "role": "lead"}] + ([{"unit": assist, "role": "assist"}] if assist else [])
    life.add(at, "dispatcher", "order.dispatched", shares=shares, basis="duty_list")


def handle(
    life: Life, random: Random, unit: str, start: datetime, end: datetime, requests: int, *, sent_back: bool = False
) -> None:
    """A lead's share from its dispatch at `start` until the centre passes it at `end`."""
    clerk, deputy = f"clerk@{unit}", f"hotline_deputy@{unit}"
    sign = between(random, start, end, 0.01, 0.06)
    life.add(sign, clerk, "assignment.signed")
    contact = between(random, sign, end, 0.02, 0.10)
    life.add(contact, clerk, "assignment.contacted", text="已电话联系诉求人，了解情况并告知办理安排。", of_unit=unit)
    if random.random() < 0.3:
        at = between(random, start, end, 0.2, 0.35)
        life.add(at, clerk, "assignment.progressed", text="已到现场查看，正在处理。", on_site=True)
    first, last = (0.40, 0.55) if sent_back else (0.55, 0.75)
    replied = between(random, start, end, first, last)
    life.add(replied, clerk, "assignment.replied", **texts.reply(random, requests))
    audited = between(random, replied, end, 0.1, 0.3)
    life.add(audited, deputy, "assignment.unit_audited", approved=True, of_unit=unit)
    if sent_back:
        back = between(random, audited, end, 0.1, 0.2)
        reason = "答复没有写清处理结果，请补充后重报。"
        life.add(back, "auditor", "assignment.sent_back", defect="incomplete", reason=reason, of_unit=unit)
        again = between(random, back, end, 0.3, 0.5)
        life.add(again, clerk, "assignment.replied", **texts.reply(random, requests))
        life.add(between(random, again, end, 0.2, 0.5), deputy, "assignment.unit_audited", approved=True, of_unit=unit)
    life.add(end, "auditor", "assignment.passed", of_unit=unit)


def assist(life: Life, random: Random, unit: str, start: datetime, end: datetime) -> None:
    """An assisting share until its opinion at `end`."""
    life.add(between(random, start, end, 0.05, 0.2), f"clerk@{unit}", "assignment.signed")
    text = "已核查有关情况，意见供主办单位答复时参考。"
    life.add(end, f"clerk@{unit}", "assignment.opined", text=text, of_unit=unit)


def returned(life: Life, random: Random, unit: str, start: datetime, decided: datetime, next_unit: str) -> None:
    """`unit` says that it is not its own, and the dispatcher sends it on at `decided`."""
    filed = between(random, start, decided, 0.2, 0.5)
    reason = "经核实，该事项不在本单位职责范围内。"
    life.add(filed, f"clerk@{unit}", "return.filed", reason=reason, legal_basis="部门职责清单")
    life.add(
        decided,
        "dispatcher",
        "return.decided",
        approved=True,
        next_unit=next_unit,
        basis="duty_list",
        reason="情况属实，同意退单并改派。",
        of_unit=unit,
    )


def called_back(life: Life, at: datetime, layer: str, unit: str, *, process: bool | None, result: bool | None) -> None:
    """A finished call-back; True is 满意, False 不满意, None not graded."""
    grade = {True: "satisfied", False: "dissatisfied", None: ""}
    life.add(
        at,
        "system" if layer == "city" else "callback",
        "callback.recorded",
        layer=layer,
        of_unit=unit,
        process_grade=grade[process],
        result_grade=grade[result],
        solved=result,
        words="" if result else "诉求人认为问题没有真正解决。",
    )


def rehandled(life: Life, at: datetime, unit: str) -> None:
    """Round n+1 for the unit that led the last round."""
    life.add(at, "callback", "order.rehandled", reason="回访时诉求人对办理结果不满意，重办。", unit=unit)


def hour_of_day(random: Random) -> timedelta:
    """When in a day people call: the shape of a county's day, with its two peaks."""
    weights = [1, 1, 1, 1, 1, 2, 4, 8, 14, 16, 14, 10, 6, 8, 12, 13, 12, 9, 6, 6, 5, 4, 2, 1]
    hour = random.choices(range(24), weights)[0]
    return timedelta(hours=hour, seconds=random.randrange(3600))
