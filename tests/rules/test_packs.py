"""The shipped packs: the base rows, and D01 to D34 of the founding bulletin, each with its words."""

from fractions import Fraction

import pytest

from lianxin.ops.serving import all_served
from lianxin.rules import policy
from lianxin.rules.policy_rows import Statement
from lianxin.rules.serving import in_force

BASE_ROWS = [
    *("A12", "A32", "A37", "A38", "B01", "B02", "B03", "B05", "B06", "B09", "B27", "C01", "C02", "C03"),
    *("C04", "C05", "C08", "C13", "C35", "C36", "C62", "E02", "E07", "E08", "E34"),
]
JUNAN_IN_FORCE = {*(f"D{n:02}" for n in range(1, 37))} - {*(f"D{n:02}" for n in range(31, 35))}
WEEK = {"accepted": 1909, "accepted_before": 1626, "days": 7, "contact_due": 0, "contacted_in_time": 0}

BASE = policy.find("base")
JUNAN = policy.find("junan-2021")


@pytest.mark.parametrize("row", BASE_ROWS)
def test_the_base_states_each_row_in_its_own_words(row: str):
    rules = [rule for rule in BASE.own if rule.row == row]
    assert rules
    assert all(rule.clause for rule in rules)
    assert any(in_force(rule, all_served()) for rule in rules)


@pytest.mark.parametrize("number", range(1, 37))
def test_junan_states_each_row_in_its_own_words(number: int):
    row = f"D{number:02}"
    rules = [rule for rule in JUNAN.own if rule.row == row]
    assert any(rule.clause for rule in rules)
    assert any(in_force(rule, all_served()) for rule in rules) == (row in JUNAN_IN_FORCE)


@pytest.mark.parametrize("number", range(1, 67))
def test_jinan_has_each_row_in_its_own_words(number: int):
    """Its own, or those that the base took over from it."""
    row, pack = f"C{number:02}", policy.find("jinan-cg")
    assert any(rule.clause for rule in pack.rules if rule.row == row)


def test_junan_states_its_rows_in_order():
    said = [rule.row for rule in JUNAN.own if isinstance(rule, Statement) and rule.row.startswith("D")]
    assert said == sorted(said)
    assert {rule.row for rule in JUNAN.own if rule.row.startswith("D")} == {f"D{n:02}" for n in range(1, 37)}


def test_rows_without_words_say_where_they_come_from():
    for rule in (*BASE.own, *JUNAN.own):
        assert rule.clause or rule.origin.strip()


def test_c36_clear_duty_is_dispatched_within_five_minutes():
    rule = BASE.clock("C36")
    assert (rule.kind, rule.on, rule.start_on) == ("dispatch", "order", ("register",))
    # What is unclear is coordinated, with a limit of its own (C38).
    assert rule.until == ("dispatch", "coordinate")
    assert str(rule.allow) == "5分钟"


def test_b05_every_node_has_a_limit():
    assert {rule.kind for rule in (*BASE.clocks, *BASE.tasks)} == {
        "dispatch",
        "sign",
        "contact",
        "handle",
        "resubmit",
        "audit",
        "callback",
        "return",
        "extension",
        "total",
        "coordinate_duty",
        "catalogue_limit",
    }


def test_c01_the_four_classes():
    assert [(row.code, row.title) for row in BASE.classes.values()] == [
        ("consult", "咨询"),
        ("help", "求助"),
        ("complaint", "投诉"),
        ("suggestion", "建议"),
    ]
    assert "噪音举报" in BASE.classes["complaint"].covers


def test_c02_c03_c04_where_the_hotline_sends_people():
    targets = {code: row.targets for code, row in BASE.redirects.items()}
    assert targets["R2"] == ("市人大常委会", "上一级司法机关")
    assert targets["R3"] == ("110",)
    assert [code for code, row in BASE.redirects.items() if row.immediate] == ["R3"]


def test_a12_the_three_bases_of_dispatch():
    assert [basis.code for basis in BASE.basis.allowed] == ["law", "duty_list", "city_order"]


def test_five_grades_of_which_three_are_satisfied():
    assert len(BASE.callback.grades) == 5
    assert BASE.callback.satisfied_codes() == {"very_satisfied", "satisfied", "basically_satisfied"}
    assert BASE.callback.tries == 3


def test_d03_the_sources_of_week_43():
    printed = [row.title for row in JUNAN.sources.values() if row.upstream]
    assert printed == ["市级热线", "省级热线", "省“网络问政”", "省“接诉即办”"]
    assert JUNAN.sources["county"].title == "本县受理"


def test_d04_complaints_and_reports_are_printed_together():
    assert JUNAN.classes["complaint"].printed == JUNAN.classes["report"].printed == "投诉举报类"
    assert JUNAN.bulletin.weekly.class_share_min == Fraction(1, 100)


@pytest.mark.parametrize(
    ("name", "part", "shown"),
    [
        ("daily_mean", 0, "273"),
        ("wow", 0, "17.40%"),
        ("class_share", 1293, "67.73%"),
        ("town_share", 681, "35.67%"),
        ("department_share", 416, "21.79%"),
        ("category_share", 955, "50.03%"),
        ("response_rate", 0, "-"),
    ],
)
def test_the_formulas_of_week_43(name: str, part: int, shown: str):
    assert JUNAN.formulas[name].show({**WEEK, "part": part}) == shown


def test_d10_d11_two_rates_of_the_citys_call_backs():
    assert JUNAN.callback.assess_layer == "city"
    graded = {"process_graded": 0, "process_satisfied": 0, "result_graded": 4, "result_satisfied": 3}
    assert JUNAN.formulas["process_satisfaction"].show(graded) == "-"
    assert JUNAN.formulas["result_satisfaction"].show(graded) == "75%"


def test_d29_the_response_rate_should_be_one_hundred_percent():
    assert JUNAN.formulas["response_rate"].target == 1
    assert [rule.id for rule in JUNAN.clocks if rule.kind == "contact"] == [
        *("D29.urgent", "D29.normal", "D29.signed_urg", "D29.signed"),
    ]


def test_the_weekly_bulletin_of_junan():
    weekly = JUNAN.bulletin.weekly
    assert weekly.title == "热线周报"
    assert (weekly.issuer, weekly.printer) == ("莒南县12345政务服务热线受理中心", "莒南县人民政府办公室")
    assert weekly.report_to[0] == "县委常委"
    assert [annex.group for annex in weekly.annexes] == ["town", "department"]
    assert weekly.annexes[1].note == "“-”为市级平台本周未对该部门进行回访。"
    assert [column.of for column in weekly.annexes[0].columns] == [
        "handled",
        "closed",
        "process_satisfaction",
        "result_satisfaction",
    ]
    assert (weekly.subtopics.min_share, weekly.subtopics.max) == (Fraction(1, 10), 4)


def test_junan_closes_by_audit():
    assert JUNAN.closing.mode == "audit"
    assert BASE.closing.mode == "callback"
