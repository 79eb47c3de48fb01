"""Leading groups, leaders at the telephone and trainings for a linked line, in each state and by each step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.cast import Cast, later
from tests.proceedings.affairs import begun, filed
from tests.proceedings.stages import do

from lianxin.proceedings.models import Proceeding

MEASURES = "热线事项由办公室收转，逐件落实到科室。"


def group(cast: Cast, at: datetime, unit: str = "town", **changes: Any) -> dict[str, Any]:
    """A composition of a unit's group; its principal leads it, its clerk is in charge."""
    chair, clerk = cast.staff[f"principal@{unit}"].pk, cast.staff[f"clerk@{unit}"].pk
    said = {"since": at, "chair": [chair], "people": [chair, clerk], "in_charge": [clerk], "measures": MEASURES}
    return said | changes


def of_centre(cast: Cast, at: datetime, **changes: Any) -> dict[str, Any]:
    """The centre's own group."""
    chair, charged = cast.staff["leader"].pk, cast.staff["supervisor"].pk
    said = {"since": at, "chair": [chair], "people": [chair, charged], "in_charge": [charged], "measures": MEASURES}
    return said | changes


def planned(cast: Cast, at: datetime, **changes: Any) -> int:
    """The mayor answers from `at` on for two hours; planned an hour before."""
    said = {
        "leader": "张市长",
        "office": "市长",
        "begins_at": at,
        "until": later(at, hours=2),
        "text": "冬季供暖保障。",
    }
    return begun(cast, "supervisor", "leader_session.planned", later(at, hours=-1), **said | changes)


def held(cast: Cast, root: int, at: datetime, *numbers: str, calls: int = 9, **changes: Any) -> None:
    said = {"numbers": list(numbers), "calls": calls, "summary": "集中反映供暖温度不达标。", "due": later(at, days=9)}
    do(cast, "supervisor", "leader_session.held", root, at, **said | changes)


def course(cast: Cast, at: datetime, **changes: Any) -> int:
    """A training for the line of the earthquake bureau, an hour later, to be through in a month."""
    said = {
        "title": "防震减灾知识培训",
        "line": "12322",
        "text": "地震常识、12322 的受理范围和转接办法。",
        "lecturer": "王专家",
        "sent_by": "市地震局",
        "begins_at": later(at, hours=1),
        "due": later(at, days=30),
    }
    return begun(cast, "supervisor", "line_training.planned", at, **said | changes)


def sat(cast: Cast, root: int, at: datetime, *came: str, **changes: Any) -> None:
    said = {"sat_at": at, "came": [cast.staff[who].pk for who in came], "summary": "讲解并演练。"}
    filed(cast, "supervisor", "line_training.sat", root, at, **said | changes)


def standing(cast: Cast, at: datetime) -> None:
    """One of each in each state in which something may be done."""
    begun(cast, "principal@town", "leading_group.formed", at, **group(cast, at))
    begun(cast, "supervisor", "leading_group.set_up", at, **of_centre(cast, at))
    planned(cast, later(at, hours=1))
    held(cast, planned(cast, later(at, hours=1)), later(at, hours=3))
    course(cast, at)


def lives(cast: Cast, at: datetime) -> None:
    """One by each of the steps."""
    standing(cast, at)
    then = later(at, hours=4)
    for who, form, say, revise, end in (
        ("principal@heat", "formed", lambda t: group(cast, t, "heat"), "revised", "withdrawn"),
        ("supervisor", "", lambda t: of_centre(cast, t), "renewed", "dissolved"),
    ):
        root = begun(cast, who, f"leading_group.{form}", at, **say(at)) if form else of_kind("of_centre")
        do(cast, who, f"leading_group.{revise}", root, then, **say(then))
        do(cast, who, f"leading_group.{end}", root, then, reason="机构改革，另行成立。")
    session = Proceeding.objects.get(kind="leader_session", state="held").pk
    do(cast, "supervisor", "leader_session.reported", session, then, result="逐件答复。")
    session = Proceeding.objects.get(kind="leader_session", state="planned").pk
    do(cast, "leader", "leader_session.cancelled", session, then, reason="市长另有公务。")
    root = Proceeding.objects.get(kind="line_training").pk
    everyone = [who for who in cast.staff if who.startswith("agent")]
    sat(cast, root, then, *everyone)
    do(cast, "supervisor", "line_training.finished", root, then)
    do(cast, "leader", "line_training.cancelled", course(cast, at), then, reason="讲师另有任务。")


def of_kind(state: str) -> int:
    return Proceeding.objects.get(kind="leading_group", state=state).pk
