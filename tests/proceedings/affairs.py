"""What a unit and the centre carry on by themselves, in each state in which it may stand and by each step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.cast import Cast, later
from tests.proceedings.stages import do

from lianxin.ledger.acts import Act, Upload
from lianxin.ledger.door import record

FILE = Upload("附件.pdf", b"%PDF-1.4 affairs")
LONG = "换热站设备老化，二级管网多年没有更换，入冬升温时压力不足，末端住户室温长期不达标。"


def filed(cast: Cast, who: str, verb: str, root: int | None, at: datetime, **said: Any) -> int:
    """An act with a file."""
    done = record(Act(verb, cast.actor(who), at, said, order=root, files=(FILE,)))
    assert done.order
    return done.order


def begun(cast: Cast, who: str, verb: str, at: datetime, **said: Any) -> int:
    """One that begins so."""
    done = do(cast, who, verb, None, at, **said).order
    assert done
    return done


def standing(cast: Cast, at: datetime) -> None:
    """One of each kind in each state in which something may be done."""
    clerk, then = [cast.staff["clerk@town"].pk], later(at, days=30)
    filed(cast, "principal@town", "workflow.issued", None, at, title="办理流程", process="逐环节专人负责。")
    # Due on the day on which it is checked.
    begun(
        cast,
        "clerk@town",
        "analysis.made",
        at,
        text="供暖反复。",
        cause=LONG,
        remedy=LONG,
        due=later(at, days=1, hours=6),
    )
    met = {"met_at": at, "people": [cast.staff["principal@town"].pk], "charged": clerk}
    begun(cast, "principal@town", "agenda.held", at, **met, text="每周通报。", due=then)
    people = {"people": clerk}
    begun(cast, "supervisor", "training.planned", at, title="培训", text="派单规范。", begins_at=then, **people)
    weak = {"title": "联系不及时", "text": "夜间无人值守。", "unit": cast.units["town"].pk}
    for steps in ((), ("planned",), ("planned", "done")):
        root = begun(cast, "supervisor", "rectification.ordered", at, **weak)
        for step in steps:
            said = {"measures": "值守到人。", "people": clerk, "due": then}
            said = said if step == "planned" else {"result": "已排班。"}
            do(cast, "clerk@town", f"rectification.{step}", root, at, **said)


def carried_on(cast: Cast, at: datetime) -> None:
    """One of each kind by each of its steps."""
    clerk, then = [cast.staff["clerk@town"].pk], later(at, days=60)
    root = filed(cast, "principal@town", "workflow.issued", None, at, title="办理流程", process="逐环节专人负责。")
    filed(cast, "principal@town", "workflow.revised", root, at, process="增加夜间值守。")
    do(cast, "principal@town", "workflow.withdrawn", root, at, reason="机构改革，另行制定。")
    due = later(at, days=9)
    root = begun(cast, "clerk@town", "analysis.made", at, text="供暖反复。", cause=LONG, remedy=LONG, due=due)
    do(cast, "supervisor", "analysis.checked", root, later(at, days=9, hours=-1), result="已立项。")
    met = {"met_at": at, "people": [cast.staff["principal@town"].pk], "charged": clerk}
    root = begun(cast, "principal@town", "agenda.held", at, **met, text="每周通报。", due=then)
    do(cast, "clerk@town", "agenda.reported", root, at, result="已通报一次。")
    units = [cast.units["heat"].pk]
    plan = {"title": "培训", "text": "派单规范。", "begins_at": later(at, hours=1), "people": clerk, "units": units}
    root = begun(cast, "supervisor", "training.planned", at, **plan)
    came = {"came": clerk, "held_at": later(at, hours=1), "summary": "演练两轮。"}
    filed(cast, "supervisor", "training.held", root, later(at, hours=3), **came)
    root = begun(cast, "supervisor", "training.planned", at, **plan)
    do(cast, "leader", "training.cancelled", root, at, reason="讲师另有任务。")
    weak = {"title": "联系不及时", "text": "夜间无人值守。"}
    root = begun(cast, "principal@town", "rectification.begun", at, **weak)
    do(cast, "clerk@town", "rectification.planned", root, at, measures="值守到人。", people=clerk, due=then)
    do(cast, "clerk@town", "rectification.done", root, at, result="已排班。")
    do(cast, "supervisor", "rectification.sent_back", root, at, reason="仍有两件超时。", due=then)
    do(cast, "clerk@town", "rectification.done", root, at, result="已补排。")
    do(cast, "supervisor", "rectification.passed", root, at, finding="抽查属实。")
    begun(cast, "supervisor", "rectification.ordered", at, **weak, unit=units[0])
