"""The base measures: names, Chinese titles and exact definitions. How they are counted is `figures`' business.

A formula of a pack may use a counted measure, the same measure ``_before`` (in the period before, of the same
length), and the values of ``GIVEN``, which whoever prints the formula supplies. Source: the definitions of the
founding weekly bulletin (rows D02, D10, D12) and of the cities' published rules; each rate itself is a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

BEFORE = "_before"


@dataclass(frozen=True, slots=True)
class Measure:
    """A counted measure: an integer for a period, a cut-off and a group."""

    name: str
    title: str
    definition: str


_ROWS = (
    ("accepted", "受理量", "期内登记的工单数，模拟事项和无效工单除外。"),
    ("direct_answered", "直接答复量", "期内登记、由中心在线答复而未派单的工单数。"),
    (
        "coordinated",
        "协调量",
        "期内登记、因职责不清提请过协调的工单数；模拟事项和无效工单除外。",
    ),
    ("dispatched", "派单量", "期内登记并已派给承办单位的工单数；并单、直接答复和引导的不在其内。"),
    (
        "ended",
        "结束工单量",
        "期内结束的工单数，不论何时登记：办结、直接答复、引导、撤单都算，重新打开后再次结束的再计一次；"
        "并单的在随主件告知后才算结束；模拟事项和无效工单除外。",
    ),
    (
        "reopened",
        "重新打开量",
        "期内结束后又重新打开或转重办的工单数，同一工单打开几次计几次；模拟事项和无效工单除外。",
    ),
    (
        "stock",
        "存量",
        "期末尚未结束的工单数，不论何时登记，已并单、已挂账的也在其内；模拟事项和无效工单除外。"
        "等于期初存量加受理量、重新打开量，减结束工单量。",
    ),
    (
        "handled",
        "承办量",
        "期内派给单位的承办件数：主办、协办、双派都算，各轮次都算，不论工单何时受理；"
        "截止时退单获批等已经结束而规则包不计的除外，单位内部下派的不重复计。可大于受理量。",
    ),
    ("closed", "办结量", "上述同一批承办件中，截止时已审核通过的件数（不是期内办结的全部）。"),
    ("on_time_closed", "按时办结量", "办结量中，在办理时限之内报送答复的件数；以哪次答复为准，由规则包定。"),
    (
        "overdue",
        "逾期量",
        "上述同一批承办件中，截止时已超过办理时限的件数，不论后来是否办结、延期；以哪次答复为准，由规则包定。",
    ),
    ("sign_due", "应签收量", "签收时限在期内到期或已在期内签收的承办件数。"),
    ("signed_in_time", "及时签收量", "应签收量中，在签收时限之内签收的件数。"),
    ("study_due", "应研判量", "疑难工单的研判待办（种类 study）在期内到期或已在期内研判的承办件数。"),
    ("studied_in_time", "及时研判量", "应研判量中，在研判时限之内研判的件数。"),
    ("contact_due", "应联系量", "首次联系时限在期内到期或已在期内联系的承办件数。"),
    ("contacted_in_time", "及时联系量", "应联系量中，在首次联系时限之内联系诉求人的件数。"),
    ("arrive_due", "应到场量", "到场时限（种类 own_arrive）在期内到期或已在期内到场的承办件数。"),
    ("arrived_in_time", "及时到场量", "应到场量中，在到场时限之内登记到场的件数；事后补写的到达时间不算。"),
    (
        "results_reported",
        "应当日反馈量",
        "期内报送、须当日反馈诉求人的处理结果数（当日反馈待办，种类 same_day），截止时已经反馈或者已过当日；"
        "截止时已退回、改派、撤回、转重办的，原来的结果不作数，不计。",
    ),
    ("told_same_day", "当日反馈量", "应当日反馈量中，在当日内回访反馈的结果数。"),
    (
        "rechecked",
        "复查量",
        "抽项督察中，期内登记了现场复查结果的工单数，不论工单何时受理、办结；同一工单两次抽中、复查的计两次；"
        "按单位统计的，计在复查时承办该工单的单位，双派的计后写的一家；模拟事项除外。",
    ),
    ("recheck_failed", "复查不合格量", "复查量中，处理质量不合格的工单数。"),
    ("inspected", "督查立项量", "期内立项的督查件数，截止时已撤销的除外。"),
    ("inspections_concluded", "督查结论量", "督查立项量中，截止时已作出结论的件数。"),
    ("inspections_faulty", "督查发现问题量", "督查立项量中，截止时结论为发现问题的件数。"),
    ("arrivals", "到场登记量", "期内登记到达现场的承办件数，不论工单何时派出。"),
    ("arrivals_proved", "到场证实量", "到场登记量中，登记时手机定位在区域内的件数；登记时核对一次，以后不重算。"),
    ("arrivals_added_later", "到场补录量", "到场登记量中，到达后超过规则包所定时间才登记的件数。"),
    (
        "share_ended",
        "结束承办量",
        "期内结束的承办件数，不论何时派出；截止时退单获批等已经结束而规则包不计的除外（与承办量相同）。",
    ),
    (
        "share_stock",
        "承办存量",
        "期末仍在办理的承办件数，不论何时派出；不计的与承办量相同。等于期初承办存量加承办量，减结束承办量。",
    ),
    (
        "contacts",
        "联系诉求人次数",
        "期内联系上诉求人的次数，不论工单何时受理；没有联系上的、中心的回访不计；下派单位的联系计在上级承办单位，计一次。",
    ),
    (
        "first_sent",
        "首派量",
        "期内首次派单的主办件数（双派的计两件），不论何时登记；模拟事项和无效工单除外。",
    ),
    (
        "first_right",
        "首派准确量",
        "首派量中，截止时既没有退单获批，也没有被中心改派、撤回或改由其他单位主办的件数；撤单等其他原因结束的不算派错。",
    ),
    ("taken", "本人登记量", "期内由本人登记的工单数；模拟事项和无效工单除外。"),
    ("taken_answered", "本人直接答复量", "本人登记量中，由中心在线答复而未派单的工单数。"),
    (
        "sent_timed",
        "计时派单量",
        "期内由本人首次派出、派单时限由这次派单结束的工单数；提请过协调的另计协调时限，不在其内。",
    ),
    ("sent_in_time", "及时派单量", "计时派单量中，在派单时限之内派出的工单数。"),
    (
        "called_back",
        "本人回访量",
        "期内由本人完成的回访次数；只计规则包指定的回访层级，已接通或者按规定次数没有接通的都算。",
    ),
    ("called_timed", "计时回访量", "本人回访量中，回访时限由这次回访结束的次数。"),
    ("called_in_time", "及时回访量", "计时回访量中，在回访时限之内完成的次数。"),
    ("language_checked", "用语记录质检量", "期内质检的本人登记的记录数，由程序随机抽取。"),
    ("language_met", "质检全部符合量", "用语记录质检量中，各项都符合的记录数；有异议改判的，按改判的结果。"),
    ("returned", "退单量", "期内派给单位、截止时退单已获批准的承办件数。"),
    ("return_asked", "退单申请量", "期内提出的退单申请件数，不论何时派单、是否获批。"),
    ("rehandled", "重办量", "期内开始第二轮及以后办理的承办件数。"),
    (
        "process_graded",
        "过程评价量",
        "期内完成的回访中，对服务过程作出评价的次数；只计规则包指定的回访层级，不论工单何时受理；已剔除的工单不计。",
    ),
    ("process_satisfied", "过程满意量", "过程评价量中，评价属于满意各档的次数。"),
    (
        "result_graded",
        "结果评价量",
        "期内完成的回访中，对办理结果作出评价的次数；只计规则包指定的回访层级，不论工单何时受理；已剔除的工单不计。",
    ),
    ("result_satisfied", "结果满意量", "结果评价量中，评价属于满意各档的次数。"),
    ("assessed", "解决评价量", "期内完成的回访中，诉求人明确回答是否解决的次数；回访层级和剔除同上。"),
    ("solved", "已解决量", "解决评价量中，诉求人回答已解决的次数。"),
)

MEASURES: dict[str, Measure] = {name: Measure(name, title, text) for name, title, text in _ROWS}

# Supplied by whoever prints the formula, not counted by the ruler.
GIVEN: dict[str, Measure] = {
    "days": Measure("days", "天数", "统计期的天数，一周为 7。"),
    "part": Measure("part", "其中", "占比的分子：所列类别、单位或事项的件数合计。"),
}


#: Measures of inspections, which are no orders: they stand on their page (督查统计) alone.
OF_INSPECTION = frozenset({"inspected", "inspections_concluded", "inspections_faulty"})
#: Measures of requests, which belong to no unit: they are of the whole centre.
OF_REQUESTS = frozenset({"accepted", "direct_answered", "coordinated", "dispatched", "ended", "reopened", "stock"}) | {
    *("results_reported", "told_same_day"),
}
#: Measures of what one person did, which belong to no unit either: each sees his own (`[figures] own`).
OF_PEOPLE = frozenset({"taken", "taken_answered", "sent_timed", "sent_in_time"}) | {
    *("called_back", "called_timed", "called_in_time", "language_checked", "language_met")
}
#: Counted by person: these, and whose dispatches stayed.
BY_PERSON = OF_PEOPLE | {"first_sent", "first_right"}
#: Counted for each unit: what rankings, the columns of annexes and the tables of units may use.
OF_UNITS: dict[str, Measure] = {
    name: row for name, row in MEASURES.items() if name not in OF_REQUESTS | OF_PEOPLE | OF_INSPECTION
}


def in_words(text: str, names: Iterable[str]) -> str:
    """A formula with titles for its names: 按时办结量 ÷ 办结量."""
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"\b{name}\b", title(name), text)
    return text.replace("*", "×").replace("/", "÷")


def known(name: str) -> bool:
    """Whether a formula may use this name."""
    return name in GIVEN or name.removesuffix(BEFORE) in MEASURES


def title(name: str) -> str:
    """The Chinese title; of ``accepted_before`` 上期受理量. KeyError for an unknown name."""
    if name in GIVEN:
        return GIVEN[name].title
    measure = MEASURES[name.removesuffix(BEFORE)]
    return f"上期{measure.title}" if name.endswith(BEFORE) else measure.title
