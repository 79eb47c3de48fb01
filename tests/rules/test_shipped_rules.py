"""The shipped rule books as a person reads them: what each row comes to, written by hand beside the packs.

Whoever changes a limit, an event, a condition or a setting of a shipped pack changes the line here too, on purpose.
Instants are of a clock that begins on Wednesday 18 November 2026 at 9:00; the 21st and 22nd are a weekend.
"""

from datetime import datetime
from typing import Any

import pytest

from lianxin.rules import policy
from lianxin.rules.context import complete
from lianxin.rules.deadlines import applying, warn_at
from lianxin.rules.policy_rows import FormulaRule
from lianxin.rules.policy_tasks import TaskRule
from lianxin.rules.worktime import SHANGHAI, Calendar, Span

PACKS = {name: policy.find(name) for name in ("base", "junan-2021", "jinan-cg")}
CALENDAR = Calendar()
NINE = datetime(2026, 11, 18, 9, 0, tzinfo=SHANGHAI)

#: id: (on, starts with, stops with, due, yellow from)
CLOCKS: dict[str, dict[str, tuple[str, str, str, str, str]]] = {
    "base": {
        "C36": ("order", "register", "dispatch coordinate", "11-18 09:05", ""),
        "C38": ("task", "coordinate", "", "11-20 00:00", "11-19 20:00"),
        "B09.urgent": ("share", "dispatch", "sign return_filed", "11-18 09:15", "11-18 09:10"),
        "B09": ("share", "dispatch", "sign return_filed", "11-20 00:00", "11-19 16:00"),
        "S01.urgent": ("share", "dispatch", "contact", "11-18 10:00", "11-18 09:40"),
        "S01": ("share", "dispatch", "contact", "11-20 00:00", "11-19 16:00"),
        "S02.urgent": ("share", "dispatch", "audit", "11-20 00:00", "11-19 16:00"),
        "S02": ("share", "dispatch", "audit", "11-26 00:00", "11-25 00:00"),
        "S03": ("share", "send_back", "audit", "11-20 00:00", "11-19 16:00"),
        "S04": ("share", "audit", "pass send_back", "11-20 00:00", "11-19 16:00"),
        "S05": ("order", "pass", "callback close", "11-24 00:00", "11-21 00:00"),
        "S06": ("task", "return_filed", "", "11-21 00:00", "11-20 00:00"),
        "S07": ("task", "extension_filed", "", "11-19 00:00", "11-18 16:00"),
        "S08": ("order", "dispatch", "close", "12-10 00:00", "12-09 00:00"),
    },
    "junan-2021": {
        "D29.urgent": ("share", "dispatch", "contact", "11-18 10:00", "11-18 09:40"),
        "D29.normal": ("share", "dispatch", "contact", "11-20 00:00", "11-19 16:00"),
        "D29.signed_urg": ("share", "done.sign_off", "contact", "11-18 10:00", "11-18 09:40"),
        "D29.signed": ("share", "done.sign_off", "contact", "11-20 00:00", "11-19 16:00"),
        "D17.convene": ("task", "done.study", "", "11-24 00:00", "11-21 00:00"),
        "D21.urgent": ("task", "dispatch", "", "11-18 09:10", "11-18 09:05"),
        "D21": ("task", "dispatch", "", "11-18 13:00", "11-18 12:00"),
        "D22.lapse": ("task", "breach.handle", "", "11-20 00:00", "11-19 16:00"),
        "D28": ("task", "dispatch", "", "11-20 00:00", "11-19 16:00"),
        "D30": ("task", "dispatch", "", "11-21 00:00", "11-20 16:00"),
        "D27.decided": ("task", "filed.unreasonable", "", "11-20 00:00", "11-19 22:00"),
        **{
            f"junan-2021:{kind}.decided": ("task", f"filed.{kind}", "", "11-20 00:00", "11-19 22:00")
            for kind in ("exclude", "merge", "review")
        },
    },
}

#: formula: (measures, as it is printed)
FORMULAS: dict[str, dict[str, tuple[dict[str, int], str]]] = {
    "base": {
        "daily_mean": ({"accepted": 20, "days": 7}, "3"),
        "wow": ({"accepted": 20, "accepted_before": 7}, "185.71%"),
        "within_limit_rate": ({"on_time_closed": 2, "closed": 3}, "66.67%"),
        "satisfaction": ({"result_satisfied": 2, "result_graded": 3}, "66.67%"),
        "process_satisfaction": ({"process_satisfied": 2, "process_graded": 3}, "66.67%"),
        "result_satisfaction": ({"result_satisfied": 2, "result_graded": 3}, "66.67%"),
        "resolution_rate": ({"solved": 2, "assessed": 3}, "66.67%"),
        "response_rate": ({"contacted_in_time": 2, "contact_due": 3}, "66.67%"),
        "sign_in_timely_rate": ({"signed_in_time": 2, "sign_due": 3}, "66.67%"),
        "closing_rate": ({"closed": 2, "handled": 3}, "66.67%"),
        "return_rate": ({"returned": 1, "handled": 2}, "33.33%"),
        "first_dispatch_success": ({"first_right": 2, "first_sent": 3}, "66.67%"),
        "coordination_rate": ({"coordinated": 1, "accepted": 3}, "33.33%"),
        "rehandle_rate": ({"rehandled": 2, "handled": 3}, "66.67%"),
        "overdue_rate": ({"overdue": 2, "handled": 3}, "66.67%"),
        "direct_answer_rate": ({"direct_answered": 2, "accepted": 3}, "66.67%"),
        "class_share": ({"part": 2, "accepted": 3}, "66.67%"),
        "town_share": ({"part": 2, "accepted": 3}, "66.67%"),
        "department_share": ({"part": 2, "accepted": 3}, "66.67%"),
        "category_share": ({"part": 2, "accepted": 3}, "66.67%"),
    },
    "junan-2021": {
        "daily_mean": ({"accepted": 1909, "days": 7}, "273"),
        "wow": ({"accepted": 1909, "accepted_before": 1626}, "17.40%"),
        "class_share": ({"part": 1293, "accepted": 1909}, "67.73%"),
        "town_share": ({"part": 681, "accepted": 1909}, "35.67%"),
        "department_share": ({"part": 416, "accepted": 1909}, "21.79%"),
        "category_share": ({"part": 291, "accepted": 1909}, "15.24%"),
        "process_satisfaction": ({"process_satisfied": 2, "process_graded": 3}, "67%"),
        "result_satisfaction": ({"result_satisfied": 2, "result_graded": 3}, "67%"),
        "satisfaction": ({"result_satisfied": 2, "result_graded": 3}, "67%"),
        "response_rate": ({"contacted_in_time": 2, "contact_due": 3}, "66.67%"),
        "cleared_rate": ({"ended": 2, "stock": 1}, "66.67%"),
        "early_study_rate": ({"studied_in_time": 2, "study_due": 3}, "66.67%"),
        "contacts_mean": ({"contacts": 3, "handled": 2}, "1.50"),
    },
    "jinan-cg": {
        "recheck_failure": ({"recheck_failed": 1, "rechecked": 3}, "33.3%"),
        "same_day_feedback_rate": ({"told_same_day": 2, "results_reported": 3}, "66.67%"),
        "arrival_proved_rate": ({"arrivals_proved": 2, "arrivals": 3}, "66.67%"),
        "arrival_unproved": ({"arrivals_proved": 2, "arrivals": 3}, "1"),
        "arrival_added_later": ({"arrivals_added_later": 2}, "2"),
        "arrival_on_time_rate": ({"arrived_in_time": 2, "arrive_due": 3}, "66.67%"),
        "arrival_late": ({"arrived_in_time": 2, "arrive_due": 3}, "1"),
        "language_rate": ({"language_met": 2, "language_checked": 3}, "66.67%"),
        "answered_rate": ({"taken_answered": 2, "taken": 3}, "66.67%"),
        "sent_in_time_rate": ({"sent_in_time": 2, "sent_timed": 3}, "66.67%"),
        "called_in_time_rate": ({"called_in_time": 2, "called_timed": 3}, "66.67%"),
    },
}

#: source: (another platform sent it, listed although there was none)
SOURCES = {
    "base": {"county": (False, False), "city": (True, False), "province": (True, False)},
    "junan-2021": {
        "city": (True, True),
        "province": (True, True),
        "province_web": (True, True),
        "province_fast": (True, True),
        "county": (False, False),
    },
    "jinan-cg": {
        "ip": (False, False),
        "patrol": (False, False),
        "taiwan": (False, True),
        "tourism": (False, False),
        "health": (False, False),
    },
}

SECTIONS = [("overview", []), ("appeals", ["诉求类别", "区域分布", "热点问题"]), ("article", [])]
#: setting: as it stands in the file
#: Each type of units, what it serves as, and the group in which it may be ranked.
TYPES = (
    "centre:centre: sub_centre:sub_centre:department town:unit:town department:unit:department "
    "enterprise:unit:department hospital:unit:department bank:unit:department community:unit:department "
    "body:body:"
)
SETTINGS: dict[str, dict[str, Any]] = {
    "base": {
        "registration.required": ["content", "notice"],
        "office.hours": "08:30-12:00 13:30-17:30",
        "reply.elements": [("measures", 5), ("progress", 2), ("result", 5)],
        "reply.each_request": True,
        "reply.unit_audit": True,
        "petition.return.within": "1个工作日",
        "petition.return.max_times": 2,
        "petition.return.reasons": "not_duty not_area duplicate unclear other",
        "units.types": TYPES,
        "units.groups": "town department",
        "callback.layers": "city district unit",
        "petition.extension.at_most": "5个工作日",
        "petition.extension.max_times": 1,
        "petition.extension.before": "截止前",
        "petition.extension.late_decision": "unit",
        "closing.mode": "callback",
        "callback.own_layer": "district",
        "callback.assess_layer": "district",
        "callback.tries": 3,
        "callback.grades": "very_satisfied+ satisfied+ basically_satisfied+ dissatisfied- very_dissatisfied-",
        "capacity.daily": 2700,
        "queues.handed_out": "30分钟",
        "queues.off_duty_after": "30分钟",
        "queues.recently_closed": "14日",
        "queues.dissatisfied": "90日",
        "figures.on_time": "passed_reply",
        "figures.handled_roles": ["lead", "assist", "dual"],
        "figures.not_handled": ["returned", "withdrawn", "released"],
        "bulletin.weekly.issued_after": "1日",
        "bulletin.weekly.sections": SECTIONS,
        "bulletin.weekly.areas": [("town", 5), ("department", 5)],
        "bulletin.weekly.top_categories": 5,
        "bulletin.weekly.subtopics": ("1/10", 4),
        "bulletin.weekly.class_share_min": "0",
        "bulletin.weekly.change_base_from": "1",
        "bulletin.weekly.order_by": "handled",
    },
    "junan-2021": {
        "closing.mode": "audit",
        "callback.assess_layer": "city",
        "figures.not_handled": ["returned", "released"],
        "bulletin.weekly.issued_after": "5日",
        "bulletin.weekly.sections": SECTIONS,
        "bulletin.weekly.areas": [("town", 5), ("department", 5)],
        "bulletin.weekly.top_categories": 5,
        "bulletin.weekly.subtopics": ("1/10", 4),
        "bulletin.weekly.class_share_min": "1/100",
        "bulletin.weekly.order_by": "handled",
    },
    "jinan-cg": {
        "units.types": (
            "centre:centre: sub_centre:sub_centre:department section:section: town:unit:town "
            "department:unit:department enterprise:unit:department hospital:unit:department bank:unit:department "
            "community:unit:department body:body: inspection:body:"
        ),
        "arrival.late": "10分钟",
        "arrival.accuracy": 100,
        "shifts.accepted": "15分钟",
    },
}


def shown(path: str, value: Any) -> Any:
    """A setting's value as the table above writes it."""
    if path == "reply.elements":
        return [(element.code, element.min_length) for element in value]
    if path == "units.types":
        return " ".join(f"{found.code}:{found.serves_as}:{','.join(found.groups)}" for found in value)
    if path in ("units.groups", "callback.layers", "petition.return.reasons"):
        return " ".join(found.code for found in value)
    if path == "bulletin.weekly.areas":
        return [(area.group, area.top) for area in value]
    if path == "callback.grades":
        return " ".join(f"{grade.code}{'+' if grade.satisfied else '-'}" for grade in value)
    if path == "bulletin.weekly.sections":
        return [(section.code, list(section.parts)) for section in value]
    if path == "bulletin.weekly.subtopics":
        return (str(value.min_share), value.max)
    if path == "office.hours":
        return " ".join(f"{first:%H:%M}-{last:%H:%M}" for first, last in value.periods)
    return list(value) if isinstance(value, tuple) else value if isinstance(value, bool | int) else str(value)


def instant(at: datetime | None) -> str:
    return f"{at.astimezone(SHANGHAI):%m-%d %H:%M}" if at else ""


@pytest.mark.parametrize("name", CLOCKS)
def test_each_limit_comes_to_the_instant_that_was_worked_out_by_hand(name: str):
    pack = PACKS[name]
    found = {}
    for rule in pack.own:
        if rule.table in ("clock", "task"):
            if isinstance(rule, TaskRule) and not isinstance(rule.allow, Span):
                continue
            rule = pack.clock(rule.id)
            due = rule.allow.due(NINE, CALENDAR)
            yellow = warn_at(rule, NINE, due, CALENDAR)
            events = (" ".join(rule.start_on), " ".join(rule.until))
            found[rule.id] = (rule.on, *events, instant(due), instant(yellow))
    assert found == CLOCKS[name]


@pytest.mark.parametrize(
    ("name", "lead"), [("base", ("S01", "S01.urgent")), ("junan-2021", ("D29.normal", "D29.urgent"))]
)
@pytest.mark.parametrize("urgency", ["normal", "urgent"])
def test_a_unit_owes_the_contact_to_the_centre_and_who_works_for_it_owes_none(
    name: str, lead: tuple[str, str], urgency: str
):
    def owes(**share: Any) -> str:
        context = complete(order={"urgency": urgency}, share={"role": "lead", "depth": 0, **share})
        rule = applying(PACKS[name], "dispatch", context).get("contact")
        return rule.id if rule else ""

    assert owes() == lead[urgency == "urgent"]
    assert owes(role="dual")
    assert not owes(role="assist")
    assert not owes(depth=1)


@pytest.mark.parametrize("name", PACKS)
def test_the_centre_audits_what_comes_from_the_unit_itself(name: str):
    def audits(**share: Any) -> bool:
        return "audit" in applying(PACKS[name], "audit", complete(share={"role": "lead", "depth": 0, **share}))

    assert audits()
    assert not audits(role="assist")
    assert not audits(depth=1)


@pytest.mark.parametrize("name", FORMULAS)
def test_each_formula_is_printed_as_was_worked_out_by_hand(name: str):
    pack = PACKS[name]
    assert {rule.name for rule in pack.own if isinstance(rule, FormulaRule)} == FORMULAS[name].keys()
    for formula, (measures, printed) in FORMULAS[name].items():
        assert (formula, pack.formulas[formula].show(measures)) == (formula, printed)


@pytest.mark.parametrize("name", SOURCES)
def test_each_source_is_what_it_is(name: str):
    own = {row.code: (row.upstream, row.print_zero) for row in PACKS[name].own if row.table == "source"}
    assert own == SOURCES[name]


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_stands_as_written(name: str):
    pack = PACKS[name]
    assert {path: shown(path, pack.setting(path)) for path in SETTINGS[name]} == SETTINGS[name]
