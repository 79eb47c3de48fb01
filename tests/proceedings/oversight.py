"""What tests of oversight do again and again: the rules that watch, an order that is solved, a body."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.cast import Cast, body, later
from tests.proceedings.stages import dispatched, do, numbers, opened
from tests.proceedings.test_rehandling import GOOD, answered, called
from tests.rulebooks import stored, tables

from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding

#: The watches of the pack of Zhoucun for these rows.
WATCHES: list[dict[str, Any]] = [
    row for row in tables("zhoucun-2019")["watch"] if row["id"].partition(".")[0] in ("B13", "B37")
]
#: Stands for the duty that a promise to the caller is (B14).
PROMISE: dict[str, Any] = {
    "id": "oversight:promise",
    "title": "公开承诺",
    "origin": "测试",
    "kind": "promise",
    "from": ["sign"],
    "post": "hotline_deputy",
    "allow": "2 workdays",
}
DUE = "2026-12-20T18:00+08:00"


def watched(cast: Cast, *ids: str, **more: Any) -> None:
    """The centre lives under these watches (left out: all of them)."""
    rows = [row for row in WATCHES if not ids or row["id"] in ids]
    tasks = {"task": [PROMISE]} if any(row["id"] == "B37.promise" for row in rows) else {}
    stored(cast, f"oversight{abs(hash((ids, repr(more)))) % 10**8}", watch=rows, **tasks, **more)


def of_kind(kind: str) -> list[Proceeding]:
    return list(Proceeding.objects.filter(kind=kind).order_by("pk"))


def linked(cast: Cast, order: Order, to: Order, at: datetime) -> None:
    do(cast, "callback", "order.linked", order.pk, at, number=to.number)


def closed(cast: Cast, order: Order, at: datetime, result: str = "solved", unit: str = "town") -> datetime:
    """Handled, called back and closed with that result."""
    at = called(cast, order, answered(cast, order, at, unit), "district", **GOOD)
    do(cast, "callback", "order.closed", order.pk, at, result=result, told="已告知诉求人办理结果。")
    return later(at, minutes=5)


def submitted(cast: Cast, at: datetime, *orders: Order, **changes: Any) -> Proceeding:
    said: dict[str, Any] = {
        "title": "小区管网移交",
        "ground": "overlap",
        "text": "两家单位互相推脱，管网无人维修。",
        "numbers": numbers(orders),
    }
    return opened(cast, "original_submission.submitted", at, **said | changes)


def instructed(cast: Cast, root: Proceeding, at: datetime, **changes: Any) -> None:
    said = {"instruction": "请督查室牵头督办，限期解决。", "unit": cast.units["inspect"].pk, "due": DUE}
    do(cast, "leader", "original_submission.instructed", root.pk, at, **said | changes)


def overseen(cast: Cast, then: datetime, order: Order) -> None:
    """Proceedings of oversight, one in each state that is left again; the town handles the order."""

    def opened(verb: str, *steps: tuple[str, str, dict[str, Any]], by: str = "supervisor", **said: Any) -> None:
        root = cast.do(by, verb, None, then, **said).order
        for n, (who, step, more) in enumerate(steps, 1):
            cast.do(who, f"{verb.partition('.')[0]}.{step}", root, later(then, minutes=n), **more)

    about, soon = {"numbers": [order.number]}, later(then, days=3)
    found = {"rule": "B13", "title": "反复投诉", "found": "同一事项件数 3", "orders": [order.pk], **about}
    ticket = {"title": "暖气反复不热", "text": "请限期解决。", "due": soon, **about}
    reported = "clerk@town", "reported", {"result": "换热站阀门已更换。"}
    opened("supervision.proposed", by="system", **found)
    opened("supervision.opened", **ticket)
    opened("supervision.opened", ("clerk@town", "received", {}), **ticket)
    opened("supervision.opened", reported, **ticket)
    pressed = "supervisor", "pressed", {"reason": "逾期没有报告，再次督办。", "due": soon}
    opened("supervision.opened", pressed, **ticket | {"due": later(then, seconds=30)})
    if "inspect" not in cast.units:
        body(cast, "inspect", "督查室", ("clerk", "principal"))
    submission = {"title": "小区管网移交", "ground": "overlap", "text": "两家单位互相推脱。", **about}
    given = "leader", "instructed", {"instruction": "请牵头督办。", "unit": cast.units["inspect"].pk, "due": soon}
    noted = {"result": "已约谈两家单位。"}
    opened("original_submission.submitted", **submission)
    opened("original_submission.submitted", given, **submission)
    opened("original_submission.submitted", given, ("clerk@inspect", "reported", noted), **submission)
    case = {"medium": "区融媒体中心", "title": "跟进报道", "text": "全程跟进落实情况。", **about}
    out = {"published_at": then, "headline": "暖气为何三年不热"}
    opened("media_case.opened", **case)
    opened("media_case.opened", ("leader", "published", out), **case)
    alert = {"level": "major", "title": "供暖关注", "text": "论坛出现多条帖子。", "due": soon, **about}
    called = alert | {"units": [cast.units["town"].pk]}
    opened("opinion_alert.sent", **called)
    opened("opinion_alert.sent", ("clerk@town", "answered", {"measures": "上门检修。"}), **called)
    opened("accountability.proposed", by="system", **found)
    guilty = {"level": "delayed", "unit": cast.units["town"].pk, "grounds": "逾期三周未办结。"}
    opened("accountability.proposed", ("leader", "confirmed", guilty), by="system", **found)
    town, steps = cast.units["town"].pk, list[tuple[str, str, dict[str, Any]]]()
    for step in (
        ("clerk@town", "reported", {"result": "已整改。"}),
        ("leader", "published", {"text": "整改不到位，通报。"}),
    ):
        opened("inspection_ladder.ordered", *steps, title="督察发现", text="现场无人，责令改正。", unit=town, **about)
        steps.append(step)
    opened("inspection_ladder.ordered", *steps, title="督察发现", text="现场无人，责令改正。", unit=town, **about)
    steps.append(("clerk@town", "reported_again", {"result": "已整改。"}))
    opened("inspection_ladder.ordered", *steps, title="督察发现", text="现场无人，责令改正。", unit=town, **about)
    grave = {"title": "投诉乱作为", "ground": "misconduct", "text": "影响很大。", "accused": town, "due": soon, **about}
    grave["unit"] = cast.units["inspect"].pk
    opened("referral.at_once", **grave)
    opened("referral.at_once", ("clerk@inspect", "established", {"result": "查实。"}), **grave)


def life(cast: Cast, at: datetime) -> None:
    """Each step of oversight once, on the wall clock."""
    order, soon = dispatched(cast, at), later(at, days=1)
    about = {"numbers": [order.number]}

    def lived(root: Proceeding, *steps: tuple[str, str, dict[str, Any]], then: datetime = at) -> None:
        for n, (who, step, said) in enumerate(steps, 1):
            do(cast, who, f"{root.kind}.{step}", root.pk, later(then, minutes=n), **said)

    found = {"rule": "B13", "title": "反复投诉", "found": "同一事项件数 3", "orders": [order.pk], **about}
    reason, result = {"reason": "已由联席会议处理，不另督办。"}, {"result": "换热站阀门已更换。"}
    demand = {"text": "请限期解决。", "due": soon}
    lived(opened(cast, "supervision.proposed", at, by="system", **found), ("leader", "dismissed", reason))
    issued = opened(cast, "supervision.proposed", at, by="system", **found)
    reported, settled = ("clerk@town", "reported", result), ("leader", "settled", {"note": "属实。"})
    lived(issued, ("leader", "issued", demand), reported, ("leader", "sent_back", reason | {"due": DUE}), reported)
    lived(issued, settled, then=later(at, hours=1))
    ticket = opened(cast, "supervision.opened", at, title="暖气反复不热", **demand, **about)
    lived(ticket, ("clerk@town", "received", {}))
    lived(ticket, ("leader", "pressed", reason | {"due": DUE}), reported, settled, then=soon)
    if "inspect" not in cast.units:
        body(cast, "inspect", "督查室", ("clerk", "principal"))
    lived(submitted(cast, at, order), ("leader", "refused", reason))
    root = submitted(cast, at, order)
    instructed(cast, root, later(at, minutes=1))
    lived(root, ("clerk@inspect", "noted", result), ("clerk@inspect", "reported", result), then=later(at, hours=1))
    lived(root, ("leader", "continued", reason | {"due": DUE}), then=later(at, hours=2))
    case = {"medium": "区融媒体中心", "title": "跟进报道", "text": "全程跟进落实情况。", **about}
    lived(opened(cast, "media_case.opened", at, **case), ("leader", "ended", reason))
    out = {"published_at": at, "headline": "暖气为何三年不热", "link": "第2版"}
    followed = "supervisor", "followed", {"progress": "记者到现场采访。"}
    case_of = opened(cast, "media_case.opened", at, **case, submission=root.number)
    lived(case_of, followed, ("leader", "published", out), ("leader", "mended", result))
    units = {"units": [cast.units["town"].pk], "people": [cast.staff["leader"].pk]}
    alert = {"level": "major", "title": "供暖关注", "text": "论坛出现多条帖子。", "due": soon, **units}
    answer = "clerk@town", "answered", {"measures": "上门检修。"}
    lived(opened(cast, "opinion_alert.sent", at, **alert, **about), ("leader", "read", {}), answer, settled)
    blamed = {"title": "问责建议", "text": "多次改派，逾期未办。", **about}
    lived(opened(cast, "accountability.opened", at, **blamed), ("leader", "dismissed", reason))
    guilty = {"level": "delayed", "unit": cast.units["town"].pk, "people": [cast.staff["clerk@town"].pk]}
    decided = "leader", "decided", {"outcome": "interview", "grounds": "首次发生，约谈。"}
    confirmed = "leader", "confirmed", {**guilty, "grounds": "逾期三周未办结。"}
    lived(opened(cast, "accountability.proposed", at, by="system", **found), confirmed, decided)
    town, inspect = cast.units["town"].pk, cast.units["inspect"].pk
    wrong = {"title": "督察发现", "text": "现场无人，责令改正。", "unit": town, **about}
    told, passed = {"text": "整改不到位，通报。"}, ("leader", "corrected", {"finding": "复查合格。"})
    lived(opened(cast, "inspection_ladder.ordered", at, **wrong), ("leader", "withdrawn", reason))
    lived(opened(cast, "inspection_ladder.ordered", at, **wrong), ("clerk@town", "reported", result), passed)
    again = ("clerk@town", "reported", result), ("leader", "published", told), ("clerk@town", "reported_again", result)
    handed = "leader", "handed", {"proposal": "建议立案审查。", "units": [inspect]}
    lived(opened(cast, "inspection_ladder.ordered", at, **wrong), *again, handed)
    grave = {"title": "投诉乱作为", "ground": "misconduct", "text": "影响很大。", "accused": town, "due": soon, **about}
    lived(opened(cast, "referral.at_once", at, **grave, unit=inspect), ("clerk@inspect", "unfounded", result))
    lapsed = opened(cast, "supervision.opened", at, title="限期解决", **demand, **about)
    failed = {"supervision": lapsed.number, "title": "督办无效", "text": "督办逾期，没有报告。", "unit": inspect}
    found_so = ("clerk@inspect", "established", result), ("leader", "decided", {"grounds": "诫勉谈话。"})
    late = later(soon, minutes=5)
    lived(opened(cast, "referral.after", late, **failed, due=DUE), *found_so, then=late)
    lived(lapsed, reported, settled, then=late)
    at = closed(cast, order, later(at, hours=3))
    lived(root, settled, then=at)
