"""No setting is accepted and ignored: each, by its place in the pack, is read where work is done.

A centre lives through every verb, its pages, its sweep and a bulletin, while each look at a field of a pack is noted
by class and field.  What only the reading, checking or explaining of packs looks at does not count.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pydantic import BaseModel
from tests.cast import Cast, body, later, make_cast
from tests.desk.web import Site
from tests.dispatch.catalogue import category, drafted, enacted
from tests.dispatch.catalogue import row as catalogue_row
from tests.duties.stages import E05, MONTHLY, WEEKLY, moved
from tests.orders.stages import DUTIES, DUTY_STAGES, HAPPY, KINDS, PAYLOADS, duty, reach, share
from tests.proceedings.handovers import handed, shifts
from tests.proceedings.inspecting import lives as inspections
from tests.proceedings.ladders import assigned, filed, held, root_of
from tests.proceedings.ladders import standing as meetings
from tests.proceedings.mystery import lives as mystery
from tests.proceedings.stages import LETTER, dispatched, do
from tests.proceedings.test_unit_analysis import ANALYSIS
from tests.proceedings.upstairs import given, raised
from tests.rulebooks import stored, tables

from lianxin.bulletins import issue
from lianxin.directory import snapshot
from lianxin.directory.models import Area, AreaCircle, Category, Channel
from lianxin.duties import digest, language_draws, rounds, watching
from lianxin.exchange import maps
from lianxin.exchange.names import Names
from lianxin.ledger import sweep
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Delivery
from lianxin.orders import erasure
from lianxin.proceedings import erasure as proceedings_erasure
from lianxin.proceedings.models import Proceeding
from lianxin.rules import policy
from lianxin.rules.policy_reading import ROWS
from lianxin.rules.policy_rows import LadderRule, ListRow, Part, Row, Statement
from lianxin.rules.policy_settings import Settings
from lianxin.telling import spreading

Field = tuple[str, str]
DIGESTS: dict[str, Any] = {
    "copies": [{"title": "区政府分管领导", "unit": "deputy_head"}],
    "layers": ["district"],
    "defects": ["not_done"],
    "repeats": 2,
    "read_within": "8 hours",
}
#: Words for people, and what says how rows lie upon each other.
WORDS = frozenset(ListRow.model_fields)
#: Read once, while the pack is: how `allow` and `warn` are understood (tests/rules/test_deadlines.py), and the keys
#: under which rows are found.
TAKEN_IN = {
    ("ClockRule", "office"),
    ("TaskRule", "office"),
    ("FormulaRule", "name"),
    ("AppealClass", "code"),
    ("SourceRule", "code"),
}
#: Their rows are told to be words only: `explain` says so of each (tests/rules/test_policy_command.py).
ONLY_WORDS = (LadderRule, Statement)
#: Looking here is no use; a look by these files is their caller's.
NO_USE = (
    "policy_checks.py",
    "policy_duties.py",
    "policy_grid.py",
    "policy_grid_checks.py",
    "policy_queue_words.py",
    "policy_names.py",
    "policy_round_words.py",
    "policy_rights.py",
    "policy_explain.py",
    "policy_stages.py",
    "policy_task_words.py",
    "serving.py",
    "policy_reading.py",
    "policy_errors.py",
    "layers.py",
)
FOR_OTHERS = (
    *("pack.py", "policy.py", "policy_rows.py", "policy_settings.py", "policy_weekly.py"),
    *("policy_tasks.py", "policy_petitions.py"),
    *("policy_labels.py", "policy_telling.py", "policy_looking.py", "policy_catalogue.py", "policy_knowledge.py"),
    *("policy_arrival.py", "policy_reports.py", "policy_inspection.py", "policy_test_items.py", "policy_quality.py"),
    "policy_retention.py",
    *("policy_rounds.py", "policy_who.py", "policy_queues.py", "policy_sources.py"),
)


def parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The model and all that it consists of."""
    yield model
    for info in model.model_fields.values():
        for inner in (info.annotation, *get_args(info.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from parts(inner)


def fields() -> list[Field]:
    """(class, field) of every section, and of every table whose rows act."""
    rows = [row for row in ROWS.values() if row not in ONLY_WORDS]
    found = {
        (part.__name__, name)
        for model in (Settings, *rows)
        for part in parts(model)
        for name in part.model_fields
        if not (issubclass(part, Row) and name in WORDS)
    }
    return sorted(found - TAKEN_IN)


#: A system of work in words.
SYSTEM = {"id": "systems:meeting", "code": "meeting", "title": "联席会议制", "origin": "测试", "text": "每月一次。"}


class Watch:
    """Notes which fields of packs are looked at, and by which file."""

    def __init__(self) -> None:
        self.seen: dict[Field, set[str]] = {}

    def __enter__(self) -> Watch:
        plain, seen = object.__getattribute__, self.seen

        def look(part: Any, name: str) -> Any:
            if name in type(part).__pydantic_fields__ and (reader := _reader(sys._getframe(1))):
                owner = "Settings" if isinstance(part, Settings) else type(part).__name__
                seen.setdefault((owner, name), set()).add(reader)
            return plain(part, name)

        Part.__getattribute__ = look  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        del Part.__getattribute__  # type: ignore[method-assign]


def _reader(frame: Any) -> str:
    """The file that looks, `""` where that is no use."""
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if frame.f_code.co_name == "look":  # a property of a part, which this very watch has called
            frame = frame.f_back
            continue
        if path.name in NO_USE or "tests" in path.parts:
            return ""
        if "pydantic" not in path.parts and not (path.parent.name == "rules" and path.name in FOR_OTHERS):
            return path.name
        frame = frame.f_back
    return ""


def _on_the_spot(cast: Cast, at: datetime) -> None:
    """Somebody arrives, with a position, in an area that has a circle."""
    area = Area.objects.get(centre=cast.centre)
    AreaCircle.objects.create(area=area, datum="wgs84", longitude=118.8, latitude=35.2, radius=2000)
    order = cast.register(at, area=area.pk)
    cast.dispatch(order, at, "town")
    here = {"longitude": "118.8", "latitude": "35.2", "accuracy": 20, "taken_at": at}
    cast.do("clerk@town", "share.arrived", order.pk, at, position=here)


def _live(cast: Cast, at: datetime, *, duties: bool = True) -> None:
    """A centre's whole life; `duties`: under packs with duties too, which are then the centre's."""
    for verb, (who, stage) in HAPPY.items():
        if not stage or (not duties and stage in DUTY_STAGES):
            continue
        order, then = reach(cast, stage, at)
        if verb == "order.dispatched":
            limit = PAYLOADS["order.limit_set"](cast, order)
            cast.do("dispatcher", "order.limit_set", order.pk, then, **limit)
        cast.do(who, verb, order.pk, then, **PAYLOADS[verb](cast, order))
    if duties:
        _on_the_spot(cast, at)
    topic = Category.objects.get(centre=cast.centre, name="供暖温度")
    own = cast.register(at, source="county", category=topic.pk)
    cast.register(later(at, days=-7), source="county")
    away = cast.register(at, source="county")
    cast.do("agent", "order.redirected", away.pk, at, code="R3")
    late, _ = reach(cast, "extension_filed", at)
    cast.do("leader", "extension.decided", late.pk, later(at, days=10), approved=True, workdays=5, **share(cast, late))
    slow, then = reach(cast, "signed", at)
    interim = PAYLOADS["share.contacted"](cast, slow) | {"interim": True}
    cast.do("clerk@town", "share.contacted", slow.pk, then, **interim)
    cast.posts["agent"].holder_b = None
    with pytest.raises(ValidationError):  # as the administration and the sheets ask
        cast.posts["agent"].full_clean()
    bureau = cast.units["bureau"]
    bureau.ranking_group = "town"
    with pytest.raises(ValidationError):
        bureau.full_clean()
    assert (
        Names(maps.named("city"), snapshot.of(cast.centre.pk)).choice("layer", "市级平台", policy.find("base"))
        == "city"
    )
    cast.do("supervisor", "letter.sent", None, at, **LETTER(cast, at))
    for _ in range(2):
        with suppress(Refused):  # the second says the same
            cast.do("clerk@town", "analysis.made", None, at, **ANALYSIS | {"due": later(at, days=9)})
    _told(cast, at)
    _called_to_account(cast, at)
    sweep.sweep(timezone.now())
    erasure.erase_expired(timezone.now())
    proceedings_erasure.erase_expired(timezone.now())
    site = Site(cast)
    site.get("agent", "/register/")
    for who, action in (("agent", "order.redirected"), ("dispatcher", "order.dispatched")):
        assert site.get(who, f"/orders/{own.number}/{action}/").status_code == 200
    order, _ = reach(cast, "signed", at)
    assert site.get("auditor", f"/orders/{order.number}/").status_code == 200
    assert site.get("auditor", f"/orders/{order.number}/slip/").status_code == 200
    assert site.get("clerk@town", f"/orders/{order.number}/share.replied/").status_code == 200
    assert site.get("principal@town", f"/orders/{order.number}/share.signed_off/").status_code == 200
    order, _ = reach(cast, "called_back", at)
    assert site.get("callback", f"/orders/{order.number}/callback.recorded/").status_code == 200
    assert site.at("dispatcher").post("/next/", {"queue": "dispatch"}).status_code == 302
    assert site.get("leader", "/figures/?week=2026-W47").status_code == 200
    assert site.get("leader", "/staffing/").status_code == 200
    assert site.get("admin", "/looks/?first=2026-11-10&last=2026-11-26").status_code == 200
    made = issue.weekly(cast.centre, date(2026, 11, 16), date(2026, 11, 22))
    issue.render(made.bulletin, ".html")
    if duties:
        assert site.get("clerk@town", "/").status_code == 200
        _gated(cast, at, site)
        _come_round(cast, at)
        _lent(cast, at)
        _upward(cast, at)
        _catalogued(cast, at, site)
        _reported(cast, at, site)
        inspections(make_cast("inspecting", "jinan-cg"), at)
        _checked(cast, at, site)
        mystery(make_cast("tried", "jinan-cg"), at)
        handed(cast, shifts(cast, at)[0], at)
        stored(cast, "systems", system=[SYSTEM], units={"documents": [{"kind": "workflow", "title": "办理流程"}]})
        assert site.get("leader", "/staffing/").status_code == 200
        assert site.get("clerk@town", "/regulations/").status_code == 200
        stored(cast, "looks", looking={"least": 1})
        for day in (1, 2):
            cast.do("dispatcher", "caller.unmasked", own.pk, later(at, days=day), reason="核实诉求人地址")
        assert site.get("admin", "/looks/?first=2026-11-10&last=2026-11-26").status_code == 200


def _told(cast: Cast, at: datetime) -> None:
    """The town has a mailbox, and is told of an order."""
    box = Channel(centre=cast.centre, unit=cast.units["town"], kind="email", name="值班邮箱")
    box.seal("town@example.com", None)
    box.save()
    dispatched(cast, at)
    spreading.spread(cast.centre.pk, timezone.now())
    assert Delivery.objects.exists()


def _called_to_account(cast: Cast, at: datetime) -> None:
    """A town is told to put something right, and does not; somebody answers for it."""
    order, town = dispatched(cast, at), cast.units["town"].pk
    wrong = {"title": "督察发现", "text": "现场无人，责令改正。", "unit": town, "numbers": [order.number]}
    root = cast.do("leader", "inspection_ladder.ordered", None, at, **wrong).order
    cast.do("clerk@town", "inspection_ladder.reported", root, at, result="已整改。")
    cast.do("leader", "inspection_ladder.published", root, at, text="整改不到位，通报。")
    said = {"title": "问责建议", "text": "逾期没有改正。", "numbers": [order.number]}
    case = cast.do("leader", "accountability.opened", None, at, **said).order
    found = {"level": "undone", "unit": town, "grounds": "经查属实。"}
    cast.do("leader", "accountability.confirmed", case, at, **found)


def _lent(cast: Cast, at: datetime) -> None:
    """Under a pack that narrows an action and gives it to a body, and shows the caller for a reason."""
    npc = body(cast)
    rule = {"action": "callback.recorded", "only": ["callback"], "also": [{"post": "clerk", "unit": "npc"}]}
    reason = {"code": "npc", "title": "代表联系", "what": "text", "caller": True}
    stored(cast, "lent", posts={"actions": [rule]}, sight={"reasons": [reason]})  # type: ignore[arg-type]
    order, then = reach(cast, "to_callback", at)
    said = {"reason": "npc", "units": [npc.pk], "caller": True, "ground": "代表要当面走访诉求人。"}
    cast.do("leader", "order.shown", order.pk, then, **said)
    for who in ("clerk@npc", "callback"):
        cast.do(who, "callback.recorded", order.pk, then, **PAYLOADS["callback.recorded"](cast, order))


def _gated(cast: Cast, at: datetime, site: Site) -> None:
    gate = [{**DUTIES[0], "id": "gate:instruction", "before": ["share.replied"]}, {**DUTIES[1], "id": "gate:call"}]
    study = {**DUTIES[1], "id": "gate:study", "kind": "study", "office": False, "ends_with": [], "whoever": False}
    stored(cast, "gate", task=[*gate, study | {"allow": "50% of handle", "least": "1 workday"}])
    order, then = reach(cast, "signed", at)
    with pytest.raises(Refused):
        cast.do("clerk@town", "share.replied", order.pk, then, **PAYLOADS["share.replied"](cast, order))
    cast.do("clerk@town", "share.contacted", order.pk, then, **PAYLOADS["share.contacted"](cast, order))
    assert site.get("principal@town", f"/orders/{order.number}/").status_code == 200


def _upward(cast: Cast, at: datetime) -> None:
    """What the upper platform must agree to is raised to it."""
    row = {"id": "S98", "title": "不合理诉求", "origin": "测试", "petition": "unreasonable", "must": True}
    stored(cast, "upward", petition_kind=KINDS, task=DUTIES[3:], raising=[row | {"allow": "1 workday"}])
    order = given(cast, at)
    said = {"kind": "unreasonable", "petition_reason": "no_ground", "reason": "经核查不属实。"}
    record(Act("petition.filed", cast.actor("clerk@town"), at, said, order=order.pk))
    verdict = {"task": duty(order, "unreasonable"), "approved": True, "reason": "本级同意认定。"}
    with pytest.raises(Refused):
        record(Act("petition.decided", cast.actor("supervisor"), at, verdict, order=order.pk))
    raised(cast, order, at, "unreasonable")


def _checked(cast: Cast, at: datetime, site: Site) -> None:
    """Drawn by lot, judged on a form, objected to."""
    item, own = {"code": "tone", "title": "语气和蔼"}, {"own": [{"post": "agent", "of": ["taken"]}]}
    stored(
        cast,
        "checked",
        quality={"every": "week", "records": 1, "objection": "3 workdays", "items": [item]},
        figures=own,
    )
    first = later(at, days=-7)
    cast.register(first)
    language_draws.draw(cast.centre.pk, at)
    root = Proceeding.objects.get(centre=cast.centre, kind="language_check")
    assert site.get("supervisor", f"/proceedings/{root.number}/language_check.checked/").status_code == 200
    said = {"marks": [{"item": "tone", "met": True}]}
    record(Act("language_check.checked", cast.actor("supervisor"), at, said, order=root.pk))
    assert site.get("agent", "/own/").status_code == 200


def _catalogued(cast: Cast, at: datetime, site: Site) -> None:
    """Kept, looked through, held against the past, taken, and disputed."""
    enacted(cast, at, catalogue_row(cast, "R1", "供暖温度", "town"))
    order = cast.register(at, category=category(cast, "供暖温度"))
    site.get("agent", f"/orders/{order.number}/order.call_joined/")
    site.get("dispatcher", f"/orders/{order.number}/")
    site.at("dispatcher").post(f"/orders/{order.number}/order.dispatched/", {"take": "R1", "key": "c" * 32})
    site.get("supervisor", "/catalogue/?state=stale")
    batch = drafted(cast, at, catalogue_row(cast, "R1", "供暖温度", "heat"))
    assert site.get("supervisor", f"/catalogue/drafts/{batch.pk}/compared/").status_code == 200
    cast.do("clerk@town", "coordination.objected", None, at, level="R1", text="产权已移交，不应由我单位办理。")


def _reported(cast: Cast, at: datetime, site: Site) -> None:
    """Meetings, reports and the ladder between them, under the section of Jinan's book."""
    owed = {"id": "C47", "title": "季度例会", "origin": "测试", "every": "quarter", "post": "supervisor"}
    owed |= {"met_by": ["work_meeting.held"], "levels": ["quarterly"]}
    stored(cast, "reports", reports=tables("jinan-cg")["reports"], duty=[owed])
    meetings(cast, at)
    for who, verb in (("supervisor", "work_meeting.called"), ("clerk@town", "timely_report.filed")):
        assert site.get(who, f"/proceedings/new/{verb}/").status_code == 200
    do(cast, "leader", "timely_report.answered", filed(cast, at, level="urgent"), at, answer="应急办已到场。")
    root = root_of("work_meeting", state="called")
    assigned(cast, root, at)
    held(cast, root, at)
    rounds.run(timezone.now())


def _come_round(cast: Cast, at: datetime) -> None:
    """Duties of a period, and what is watched."""
    stored(cast, "round", duty=[MONTHLY, WEEKLY], watch=[E05], digests=DIGESTS)
    order, then = reach(cast, "closed", at)
    cast.do("principal@town", "callback.led", order.pk, then, **PAYLOADS["callback.led"](cast, order))
    rounds.run(then)
    moved(cast, dispatched(cast, at), at, 3)
    watching.run(then)
    digest.make(cast.centre.pk, later(then, days=7))


@pytest.mark.django_db
def test_each_setting_is_read_where_work_is_done(nine: datetime) -> None:
    cast = make_cast("watched", "base")
    # Read before the watch: what the reading itself looks at is no use.
    snapshot.of(cast.centre.pk).pack(timezone.now())
    with Watch() as watch:
        _live(cast, nine)
    unread = [".".join(field) for field in fields() if not watch.seen.get(field)]
    assert not unread, f"{unread}: read it where it acts, or take it out of schema, packs and docs"
    # It tells places apart: a field of the same name in another class proves nothing.
    assert watch.seen["Capacity", "daily"] == {"figures.py"}
    assert watch.seen["Document", "copy_to"] == {"weekly.py"}
    assert ("Statement", "sets") not in watch.seen
    assert not {name for readers in watch.seen.values() for name in readers if name.startswith("policy")}
