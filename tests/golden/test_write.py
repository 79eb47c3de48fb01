"""A life of every verb of this release replays to the rows that it left; LIANXIN_GOLDEN names a file to keep it in.

Orders at every stage with every verb of the happy path, proceedings of every kind with every step, a year's file.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from tests.cast import Cast, body, later, make_cast
from tests.dispatch.standing import lives as coordinated
from tests.duties.stages import E05, MONTHLY, closed, led, moved, under
from tests.golden.ledgers import written
from tests.orders.stages import HAPPY, PAYLOADS, reach
from tests.proceedings.affairs import carried_on
from tests.proceedings.bodies import lives as bodies
from tests.proceedings.handovers import lives as handed_over
from tests.proceedings.holes import holes
from tests.proceedings.inspecting import lives as inspections
from tests.proceedings.ladders import lives as meetings
from tests.proceedings.language import checks
from tests.proceedings.mystery import lives as mystery
from tests.proceedings.oversight import life
from tests.proceedings.promises import lives
from tests.proceedings.stages import (
    ANSWER,
    FINDING,
    HEARING,
    LETTER,
    SENT_BACK,
    differences,
    dispatched,
    do,
    numbers,
    opened,
)
from tests.proceedings.upstairs import lives as upstairs
from tests.rulebooks import tables

from lianxin.duties import rounds, watching
from lianxin.ledger import erasing
from lianxin.ledger.models import Entry
from lianxin.ledger.sweep import sweep
from lianxin.orders.models import Sight
from lianxin.proceedings import kinds
from lianxin.proceedings.models import Proceeding
from lianxin.rules.lifecycle import Transition

WHERE = os.environ.get("LIANXIN_GOLDEN", "")
DUE = "2026-12-20T18:00+08:00"


@pytest.mark.django_db
def test_a_life_of_every_kind_replays_to_its_rows(nine: datetime) -> None:
    play(nine)
    assert differences() == []
    lived = set(Entry.objects.exclude(proceeding=None).values_list("action", flat=True))
    assert {row.action for kind in kinds.every() for row in _steps(kind)} - lived == set()
    lines = [json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in written()]
    if WHERE:
        with Path(WHERE).open("a", encoding="utf-8") as out:
            out.writelines(lines)


def play(nine: datetime) -> None:
    """Do each thing that can be done, in several centres."""
    cast, early = make_cast("base", "base"), later(nine, days=-16)
    for verb, (who, stage) in HAPPY.items():
        if stage:
            order, at = reach(cast, stage, nine)
            cast.do(who, verb, order.pk, later(at, minutes=5), **PAYLOADS[verb](cast, order))
    _letters(cast, early)
    _hearing(cast, early)
    _meetings(cast, early)
    _matters(cast, early)
    _scheduling(cast, early)
    _stubborn(cast, early)
    carried_on(cast, early)
    bodies(cast, early)
    _rehandling(cast, early)
    life(cast, early)
    lives(cast, early, "inspect")
    upstairs(make_cast("upward"), early)
    coordinated(make_cast("unclear", "base"), early)
    holes(make_cast("shifts", "base"), early)
    meetings(make_cast("meetings", "jinan-cg"), early)
    checks(make_cast("language", "jinan-cg"), early)
    mystery(make_cast("tried", "jinan-cg"), early)
    inspections(make_cast("inspecting", "jinan-cg"), early)
    handed_over(make_cast("handing", "base"), early)
    _taken_back(cast, early)
    _rounds(cast)
    _vacant(cast, early)
    _shown(cast, early)
    _campaign(cast, early)
    _marked(cast, early)
    _brought_in_and_erased(cast, early)


def _steps(kind: kinds.Kind) -> list[Transition]:
    return [kinds.row(f"{kind.code}.{step.code}") for step in kind.steps]


def _letters(cast: Cast, at: datetime) -> None:
    orders = [dispatched(cast, at), dispatched(cast, at)]
    letter = opened(cast, "letter.sent", at, **LETTER(cast, at), numbers=numbers(orders))
    sweep(later(at, days=6))
    do(cast, "clerk@town", "letter.received", letter.pk, later(at, days=7))
    do(cast, "clerk@town", "letter.answered", letter.pk, later(at, days=8), **ANSWER)
    do(cast, "supervisor", "letter.sent_back", letter.pk, later(at, days=9), reason=SENT_BACK, due=DUE)
    do(cast, "clerk@town", "letter.answered", letter.pk, later(at, days=10), **ANSWER)
    do(cast, "supervisor", "letter.settled", letter.pk, later(at, days=11), note=FINDING)
    other = opened(cast, "letter.sent", at, **LETTER(cast, at))
    do(cast, "supervisor", "letter.withdrawn", other.pk, later(at, days=1), note="发错单位")


def _brought_in_and_erased(cast: Cast, at: datetime) -> None:
    order = cast.register(at)
    cast.dispatch(order, at, "town")
    cast.do("system", "share.reply_imported", order.pk, later(at, hours=1), text="已修。")
    ended = reach(cast, "closed", at)[0]
    erasing.erase(ended, "order.erased", later(at, days=12))
    other = opened(cast, "letter.sent", at, **LETTER(cast, at))
    do(cast, "system", "proceeding.handed_over", other.pk, later(at, hours=1))
    do(cast, "supervisor", "letter.withdrawn", other.pk, later(at, days=1), note="发错单位")
    erasing.erase(Proceeding.objects.get(pk=other.pk), "proceeding.erased", later(at, days=12))


def _vacant(cast: Cast, at: datetime) -> None:
    """Nobody holds the post that should answer: somebody stands in."""
    post = cast.posts["clerk@heat"]
    post.holder_a = post.holder_b = None
    post.save()
    opened(cast, "letter.sent", at, **LETTER(cast, at, unit=cast.units["heat"].pk))


def _shown(cast: Cast, at: datetime) -> None:
    """An order that is shown to a station of deputies, who say what they think of it, and then no more."""
    station = body(cast)
    order = dispatched(cast, at)
    do(cast, "leader", "order.shown", order.pk, at, reason="partner", units=[station.pk])
    do(cast, "npc_deputy@npc", "order.opinion", order.pk, later(at, hours=1), text="建议尽快检修换热站。")
    sight = Sight.objects.get(order=order)
    do(cast, "leader", "order.hidden", order.pk, later(at, days=1), sight=sight.pk, note="联系活动已经结束。")


def _campaign(cast: Cast, at: datetime) -> None:
    said = {"title": "托底清零", "text": "积存的供暖工单逐件清零。"}
    run = opened(cast, "campaign.opened", at, **said, numbers=numbers([dispatched(cast, at), dispatched(cast, at)]))
    do(cast, "supervisor", "campaign.added", run.pk, later(at, hours=1), numbers=numbers([dispatched(cast, at)]))
    do(cast, "leader", "campaign.begun", run.pk, later(at, hours=2), due=DUE)
    do(cast, "leader", "campaign.closed", run.pk, later(at, days=2), result="全部办结。")


def _marked(cast: Cast, at: datetime) -> None:
    """A caller is marked, rings again, is marked no more with the one thing; an order of his ends and is erased."""
    caller = {"caller": {"name": "钱多多", "phone": "13900007777"}}
    first, second = (cast.register(at, **caller) for _ in range(2))
    do(cast, "supervisor", "caller.flagged", first.pk, at, flag="abuse", reason="多次来电辱骂话务员。")
    do(cast, "leader", "caller.flagged", second.pk, at, flag="threat", reason="扬言报复承办人员。")
    third = cast.register(later(at, hours=1), **caller)
    do(cast, "leader", "caller.unflagged", third.pk, later(at, hours=2), flag="threat", reason="当面说明，取消。")
    do(cast, "agent", "order.answered", first.pk, later(at, hours=3), told="已答复。")
    erasing.erase(first, "order.erased", later(at, days=12))


def _hearing(cast: Cast, at: datetime) -> None:
    hearing = opened(cast, "hearing.called", at, **HEARING(cast, at))
    do(cast, "supervisor", "hearing.held", hearing.pk, later(at, days=2), record="双方陈述了意见。")
    do(cast, "leader", "hearing.ruled", hearing.pk, later(at, days=3), outcome="upheld", grounds="事实清楚，理由充分。")


def _meetings(cast: Cast, at: datetime) -> None:
    units = [cast.units["town"].pk, cast.units["bureau"].pk]
    said = {"title": "管网移交", "text": "小区管网移交后由谁维修。", "units": units, "due": later(at, days=2)}
    orders = [dispatched(cast, at), dispatched(cast, at, "bureau")]
    meeting = opened(cast, "meeting.called", at, **said, numbers=numbers(orders))
    shares = [{"unit": units[0], "role": "lead"}, {"unit": units[1], "role": "assist"}]
    decided = {"shares": shares, "basis": "law", "minutes": "由镇牵头，住建局会办。"}
    do(cast, "supervisor", "meeting.decided", meeting.pk, later(at, days=2), **decided)
    other = opened(cast, "meeting.called", at, **said, numbers=numbers(orders))
    do(cast, "supervisor", "meeting.cancelled", other.pk, later(at, days=1), note="另行协调")
    held = opened(cast, "meeting.called", at, **said, numbers=numbers(orders[:1]))
    plan = {"number": orders[0].number, "plan": "先行抢修。", "people": [cast.staff["clerk@town"].pk]}
    do(cast, "supervisor", "meeting.planned", held.pk, later(at, days=1), **plan, finish_by=DUE)
    do(cast, "supervisor", "meeting.held", held.pk, later(at, days=2), absent=units[1:], minutes="确定由镇先行抢修。")


def _matters(cast: Cast, at: datetime) -> None:
    orders = [dispatched(cast, at) for _ in range(4)]
    do(cast, "callback", "order.linked", orders[1].pk, later(at, hours=1), number=orders[0].number)
    do(cast, "callback", "order.linked", orders[3].pk, later(at, hours=1), number=orders[2].number)
    first, second = Proceeding.objects.filter(kind="matter").order_by("pk").reverse()[:2]
    said = {"cause": "管网老化。", "measures": "列入年度改造。", "due": DUE}
    do(cast, "supervisor", "matter.studied", first.pk, later(at, hours=2), **said)
    do(cast, "callback", "order.linked", orders[2].pk, later(at, hours=3), number=orders[0].number)
    left = Proceeding.objects.filter(pk__in=(first.pk, second.pk), ended_at=None).get()
    do(cast, "supervisor", "matter.studied", left.pk, later(at, hours=4), **said)
    do(cast, "supervisor", "matter.settled", left.pk, later(at, hours=5), note="改造完成")


def _scheduling(cast: Cast, at: datetime) -> None:
    said = {"text": "逐件联系诉求人。", "due": DUE}
    held = opened(cast, "scheduling.held", at, by="hotline_deputy@town", **said)
    do(cast, "clerk@town", "scheduling.reported", held.pk, later(at, days=1), result="均已联系。")


def _stubborn(cast: Cast, at: datetime) -> None:
    under(cast, watch=[E05])
    for end in ("dismissed", "confirmed"):
        then = moved(cast, dispatched(cast, at), at, 3)
        watching.run(then)
        found = Proceeding.objects.filter(kind="stubborn").latest("pk")
        said = {"reason": "同一天的误派，已查明。"} if end == "dismissed" else {}
        do(cast, "supervisor", f"stubborn.{end}", found.pk, then, **said)
    study = {"cause": "权属不清。", "measures": "由住建局牵头移交。", "due": DUE}
    do(cast, "supervisor", "stubborn.studied", found.pk, then, **study)
    do(cast, "supervisor", "stubborn.settled", found.pk, then, result="管网已移交。")
    said = {"title": "屡办不成", "text": "同一小区反复投诉。", "numbers": numbers([dispatched(cast, at)])}
    opened(cast, "stubborn.opened", at, **said)


def _rehandling(cast: Cast, at: datetime) -> None:
    under(cast, watch=[row for row in tables("junan-2021")["watch"] if row["proposes"] == "rehandling"])
    order = dispatched(cast, at)

    def acts(*said: tuple[str, str]) -> None:
        for who, verb in said:
            do(cast, who, verb, order.pk, at, **PAYLOADS[verb](cast, order))

    answered = ("clerk@town", "share.signed"), ("clerk@town", "share.replied")
    whole = (*answered, ("hotline_deputy@town", "share.unit_audited"), ("auditor", "share.passed"))
    again = ("callback", "callback.recorded"), ("callback", "order.rehandled")
    acts(*whole, *again)
    watching.run(at)
    row = Proceeding.objects.get(kind="rehandling")
    due = {"people": [cast.staff["clerk@town"].pk], "due": DUE}
    said = {"cause": "阀门老化。", "measures": "更换阀门。"} | due
    do(cast, "hotline_deputy@town", "rehandling.assigned", row.pk, at, **said)
    do(cast, "supervisor", "rehandling.amended", row.pk, at, **said)
    do(cast, "principal@town", "rehandling.asked", row.pk, at, result="已更换。")
    do(cast, "supervisor", "rehandling.refused", row.pk, at, reason="没有测温记录。", due=DUE)
    do(cast, "principal@town", "rehandling.asked", row.pk, at, result="已逐户测温。")
    do(cast, "leader", "rehandling.approved", row.pk, at, reason="整改到位，同意销号。")
    acts(*whole, *again)
    watching.run(at)
    elsewhere = {"share": order.shares.latest("pk").pk, "unit": cast.units["heat"].pk, "basis": "law"}
    do(cast, "dispatcher", "share.reassigned", order.pk, at, **elsewhere, reason="属另一单位职责范围")
    watching.run(at)
    back = {"share": order.shares.latest("pk").pk, "unit": cast.units["town"].pk, "basis": "law"}
    do(cast, "dispatcher", "share.reassigned", order.pk, at, **back, reason="属原单位职责范围")
    acts(*whole, ("callback", "callback.recorded"))
    watching.run(at)


def _taken_back(cast: Cast, at: datetime) -> None:
    """What was recorded wrongly, and what cannot be solved any more."""
    met = {"met_at": later(at, days=-1), "people": [cast.staff["principal@town"].pk], "text": "每周通报。"}
    met |= {"charged": [cast.staff["clerk@town"].pk], "due": DUE}
    study = opened(cast, "agenda.held", at, by="principal@town", **met)
    do(cast, "principal@town", "agenda.withdrawn", study.pk, at, reason="会议日期记错了。")
    weak = opened(cast, "rectification.begun", at, by="principal@town", title="联系不及时", text="夜间无人值守。")
    do(cast, "supervisor", "rectification.withdrawn", weak.pk, at, reason="经核实不存在这一问题。")
    order = dispatched(cast, at)
    said = {"title": "小区管网移交", "ground": "overlap", "text": "两家单位互相推脱。"}
    submission = opened(cast, "original_submission.submitted", at, **said, numbers=numbers([order]))
    word = {"instruction": "请牵头督办。", "unit": cast.units["inspect"].pk, "due": DUE}
    do(cast, "leader", "original_submission.instructed", submission.pk, at, **word)
    do(cast, "agent", "order.withdrawn", order.pk, at, reason="要求撤单。", told="已撤单。")
    do(cast, "leader", "original_submission.stopped", submission.pk, at, reason="诉求人已撤回诉求。")


def _rounds(cast: Cast) -> None:
    under(cast, MONTHLY)
    year = datetime.fromisoformat("2025-11-05T09:00+08:00")
    order = closed(cast, year)
    rounds.run(later(year, hours=1))
    led(cast, order, later(year, days=1))
    rounds.run(later(year, days=2))
    sweep(later(year, days=26))
    rounds.run(later(year, days=90))
