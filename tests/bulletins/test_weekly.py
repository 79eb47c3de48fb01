"""The weekly bulletin against the founding document: every sentence, every row; then the odd weeks."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from docx import Document

from lianxin.bulletins import docx, html
from lianxin.bulletins.document import (
    AnnexList,
    Article,
    Distribution,
    Paragraph,
    Signature,
    SubTitle,
    Table,
    as_data,
    plain,
)
from lianxin.bulletins.weekly import CategoryCount, FiguresError, TopicCount, UnitRow, compose
from lianxin.rules.worktime import SHANGHAI

ISSUED = date(2021, 11, 5)


def bare(text):
    return re.sub(r"\s+", "", text)


def paragraphs(bulletin):
    return [plain(block.runs) for block in bulletin.blocks if isinstance(block, Paragraph)]


def tables(bulletin):
    return [block for block in bulletin.blocks if isinstance(block, Table)]


def rows(table):
    return [[cell.text for cell in row] for row in table.rows]


# --- week 43 of 2021 -------------------------------------------------------------------------


def test_every_sentence_of_the_founding_document(bulletin, expected):
    lines = bulletin.text().replace("\t", "\n").splitlines()
    assert lines[: len(expected["sentences"])] == expected["sentences"]


def test_every_row_of_both_annexes(bulletin, expected):
    towns, departments = tables(bulletin)
    assert rows(towns) == expected["附件1"]
    assert rows(departments) == expected["附件2"]
    assert towns.note == "备注：数据截止10月31日24:00；“-”为市级平台本周未对该镇街进行回访。"
    assert departments.note == "备注：数据截止10月31日24:00；“-”为市级平台本周未对该部门进行回访。"
    assert [column.title for column in towns.columns] == [
        "序号",
        "承办部门",
        "承办量",
        "办结量",
        "回访服务过程满意率",
        "回访办理结果满意率",
    ]


def test_the_founding_document_itself_has_every_line(bulletin, founding_document):
    source = bare(re.sub(r"^#+|[*]", "", founding_document, flags=re.M)).replace(":", "：").replace("24：00", "24:00")
    source = source.replace("(", "（").replace(")", "）").replace("#", "").replace("周末对该", "周未对该")
    for block in bulletin.blocks:
        if isinstance(block, Article):
            continue
        for line in block.lines():
            assert bare(line) in source, line


def test_the_end_of_the_founding_document(bulletin):
    lines = bulletin.text().splitlines()
    start = lines.index("附件1：镇街热线办理情况")
    assert lines[start : start + 7] == [
        "附件1：镇街热线办理情况",
        "附件2：县直部门单位热线办理情况",
        "莒南县12345政务服务热线受理中心",
        "2021年11月5日",
        "报：县委常委、县人大领导班子成员、县政府领导班子成员、县政协领导班子成员、副县级领导干部",
        "送：县直各部门单位、镇街党政主要负责人",
        "莒南县人民政府办公室2021年11月5日印发",
    ]


def test_handled_may_exceed_accepted(figures, pack):
    assert sum(unit.measures["handled"] for unit in figures.units) == 2150
    compose(figures, pack, None, ISSUED)


def test_each_number_names_its_figure(bulletin):
    keys = {run.figure for block in bulletin.blocks if isinstance(block, Paragraph) for run in block.runs}
    assert {"accepted", "daily_mean", "wow", "accepted.source.city", "accepted.class.complaint,report"} <= keys
    assert {
        "town_share.group.town",
        "department_share.group.department",
        "category_share",
        "accepted.category.0",
    } <= keys
    first = tables(bulletin)[0].rows[0]
    assert [cell.figure for cell in first] == [
        None,
        None,
        "handled.unit.t0",
        "closed.unit.t0",
        "process_satisfaction.unit.t0",
        "result_satisfaction.unit.t0",
    ]
    assert all(cell.figure is None for row in tables(bulletin)[0].rows for cell in row if cell.text == "-")


# --- other weeks -----------------------------------------------------------------------------


def scaled(figures, accepted, **changes):
    """A week of one source and one class, so that only what the test is about is in it."""
    only = {"sources": {"city": accepted}, "classes": {"help": accepted}, "categories": ()}
    return replace(figures, accepted=accepted, **only, **changes)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (80, 100, "较上周减少20.00%。"),
        (100, 100, "与上周持平。"),
        (100_001, 100_000, "与上周基本持平。"),
        (100, 0, "较上周无可比数据。"),
        (100, None, "较上周无可比数据。"),
        (200, 100, "较上周增加100.00%。"),
        (0, 100, "较上周减少100.00%。"),
    ],
)
def test_the_change_on_the_week_before(figures, pack, now, before, words):
    first = paragraphs(compose(scaled(figures, now, accepted_before=before), pack, None, ISSUED))[0]
    assert first.split("件，")[2].startswith(words)


def test_a_week_with_nothing_in_it(figures, pack):
    empty = replace(scaled(figures, 0), sources={}, classes={}, units=())
    bulletin = compose(empty, pack, None, ISSUED)
    assert paragraphs(bulletin)[1:] == [
        "本周未受理市民诉求。",
        "本周镇街无承办诉求。",
        "本周县直部门单位无承办诉求。",
        "本周无突出热点问题。",
    ]
    assert [(table.rows, table.note) for table in tables(bulletin)] == [((), "备注：数据截止10月31日24:00。")] * 2


def test_a_week_that_begins_in_one_year_and_ends_in_the_next(figures, pack):
    start = date(2020, 12, 28)
    week = replace(figures, start=start, end=start + timedelta(days=6))
    bulletin = compose(week, pack, None, date(2021, 1, 8))
    assert bulletin.number == "第53期"
    assert paragraphs(bulletin)[0].startswith("2020年第53周（2020年12月28日至2021年1月3日），")


def test_equal_units_keep_the_configured_order(figures, pack):
    names = [row[1] for row in rows(tables(compose(figures, pack, None, ISSUED))[0])]
    assert names[1:3] == ["大店镇", "团林镇"]
    assert names[7:10] == ["朱芦镇", "道口镇", "洙边镇"]


def test_d09_a_unit_without_new_work_keeps_its_line_and_its_satisfaction(figures, pack):
    called = {"process_graded": 1, "process_satisfied": 1, "result_graded": 4, "result_satisfied": 3}
    units = (UnitRow("t98", "甲镇", "town", 98, {"handled": 0, "closed": 0} | dict.fromkeys(called, 0)),)
    units += (UnitRow("t99", "乙镇", "town", 99, {"handled": 0, "closed": 0} | called),)
    bulletin = compose(replace(figures, units=(*figures.units, *units)), pack, None, ISSUED)
    lines = [row[1:] for row in rows(tables(bulletin)[0])]
    assert lines[-2:] == [["甲镇", "0", "0", "-", "-"], ["乙镇", "0", "0", "100%", "75%"]]
    assert "甲镇" not in "".join(paragraphs(bulletin)), "nobody leads without work"


def test_d09_the_note_tells_of_units_that_are_not_ranked(figures, pack):
    notes = [table.note for table in tables(compose(replace(figures, unranked=(2, 7)), pack, None, ISSUED))]
    assert "不参加排名" not in notes[0]
    assert notes[1].endswith("；另有2家不参加排名的单位承办7件。")


def test_a_code_that_the_pack_of_the_period_lacks_stands_under_its_own_title(figures, pack):
    """Week 53 has days under two packs: what the newer one no longer knows is printed as the older one calls it."""
    week = replace(
        figures,
        sources={"city": 1900, "fax": 9},
        classes={"help": 1405, "appeal": 504},
        source_titles={"fax": "传真"},
        class_titles={"appeal": "申诉类"},
    )
    text = paragraphs(compose(week, pack, None, ISSUED))
    assert "传真9件" in text[0]
    assert text[1] == "求助类1405件，占73.60%；申诉类504件，占26.40%。"


def test_more_than_all_requests_is_said_with_both_numbers(figures, pack):
    """Shares are dispatches: two units for one request make 200 %, which is no part of a whole."""
    few = replace(figures, accepted=100, sources={"city": 100}, classes={"help": 100}, categories=())
    assert paragraphs(compose(few, pack, None, ISSUED))[2].endswith(
        "，承办量合计681件，为诉求总量100件的681.00%（一件诉求可由几家单位承办）。"
    )


def test_a_large_change_shows_what_it_is_a_change_of(figures, pack):
    grown = replace(figures, accepted_before=9)
    assert "较上周增加21111.11%（上周9件）。" in paragraphs(compose(grown, pack, None, ISSUED))[0]


def test_fewer_units_than_places(figures, pack):
    towns = [unit for unit in figures.units if unit.group == "town" and unit.position < 2]
    two = paragraphs(compose(replace(figures, units=tuple(towns)), pack, None, ISSUED))[2]
    assert two == "承办量排名前两位的镇街分别是十字路街道、大店镇，占诉求总量的21.79%。"
    one = paragraphs(compose(replace(figures, units=(towns[-1],)), pack, None, ISSUED))[2]
    assert one.startswith("承办量排名第一位的镇街是十字路街道，占")


def test_a_rate_of_nothing_is_a_dash_and_zero_is_zero(figures, pack):
    called = {"process_graded": 3, "process_satisfied": 0, "result_graded": 3, "result_satisfied": 2}
    unit = UnitRow("t1", "甲镇", "town", 1, {"handled": 9, "closed": 1, **called})
    table = tables(compose(replace(figures, units=(unit,)), pack, None, ISSUED))[0]
    assert rows(table) == [["1", "甲镇", "9", "1", "0%", "67%"]]
    assert table.note == "备注：数据截止10月31日24:00。", "no dash, so nothing to explain"


def test_sub_topics_are_named_from_ten_percent_and_four_at_most(figures, pack):
    counts = {"甲": 10, "乙": 9, "丙": 20, "丁": 20, "戊": 20, "己": 15}
    topics = tuple(TopicCount(name, name, count) for name, count in counts.items())
    week = replace(figures, categories=(CategoryCount("1", "某类", 100, topics), CategoryCount("2", "他类", 50)))
    lines = paragraphs(compose(week, pack, None, ISSUED))[4:]
    assert lines == [
        "某类、他类两个方面诉求量较大，占诉求总量的7.86%。",
        "其中，某类问题100件，占受理量的5.24%，诉求主要涉及丙、丁、戊、己等方面。",
        "他类问题50件，占受理量的2.62%。",
    ]


def test_a_last_class_of_some_size_keeps_its_share(figures, pack):
    week = replace(figures, classes={"help": 1409, "suggestion": 500})
    assert paragraphs(compose(week, pack, None, ISSUED))[1] == "求助类1409件，占73.81%；建议类500件，占26.19%。"


def test_a_cut_off_within_a_day_shows_its_time(figures, pack):
    week = replace(figures, cutoff=datetime(2021, 11, 3, 9, 30, tzinfo=SHANGHAI))
    assert "数据截止11月3日09:30；" in tables(compose(week, pack, None, ISSUED))[0].note


def test_without_an_article_its_section_is_left_out(figures, pack):
    bulletin = compose(figures, pack, None, ISSUED)
    assert "热线信息" not in bulletin.text()
    kinds = [type(block) for block in bulletin.blocks]
    assert kinds.count(SubTitle) == 3
    assert kinds[-5:] == [AnnexList, Signature, Distribution, Table, Table]


def test_another_pack_words_and_signs_its_own_way(figures, pack):
    base = pack.base
    week = replace(figures, sources={"city": 1909}, classes={"help": 1909})
    bulletin = compose(week, base, None, ISSUED, issuer="某区热线中心", printer="某区政府办公室")
    assert bulletin.issuer == "某区热线中心"
    closing = next(block for block in bulletin.blocks if isinstance(block, Distribution))
    assert closing.printer == "某区政府办公室"
    assert closing.entries[:2] == (("报", "区委、区政府领导同志"), ("送", "各承办单位"))


def test_a38_the_copies_stand_at_the_foot_as_the_founding_document_writes_them(figures, pack):
    """In page and docx alike; the text of the plain bulletin is what the PDF is set from."""
    week = replace(figures, sources={"city": 1909}, classes={"help": 1909})
    bulletin = compose(week, pack.base, None, ISSUED, issuer="某区热线中心", printer="某区政府办公室")
    line = "抄送：区委办公室，区人大常委会办公室，区政协办公室，区法院，区检察院，区人武部。"
    assert bulletin.text().splitlines().count(line) == 1
    assert line in html.render(bulletin)
    (table,) = [t for t in Document(BytesIO(docx.render(bulletin))).tables if "印发" in t.cell(1, 0).text]
    assert [p.text for p in table.cell(0, 0).paragraphs] == ["报：区委、区政府领导同志", "送：各承办单位", line]
    (label, recipients) = as_data(bulletin)["blocks"][-3]["entries"][-1]
    assert f"{label}：{recipients}" == line


def test_a38_an_empty_list_prints_no_line(figures, pack):
    assert "抄送" not in compose(figures, pack, None, ISSUED).text(), "the founding week has none"
    weekly = pack.bulletin.weekly.model_copy(update={"report_to": (), "send_to": ()})
    bare = pack.model_copy(update={"bulletin": pack.bulletin.model_copy(update={"weekly": weekly})})
    bulletin = compose(figures, bare, None, ISSUED)
    assert next(block for block in bulletin.blocks if isinstance(block, Distribution)).entries == ()
    assert [len(docx.render(bulletin)) > 0, "印发" in html.render(bulletin)] == [True, True]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sources": {"city": 1908}}, "各来源合计1908件，与受理量1909件不符"),
        ({"classes": {"help": 1910}}, "各诉求类别合计1910件"),
        ({"categories": (CategoryCount("1", "某类", 2000),)}, "多于受理量"),
        ({"categories": (CategoryCount("1", "某类", 1, (TopicCount("2", "小", 2),)),)}, "多于本类的1件"),
        ({"units": (UnitRow("t", "甲镇", "town", 1, {"handled": 1, "closed": 2}),)}, "甲镇办结量2件，多于承办量1件"),
    ],
)
def test_figures_that_contradict_each_other_are_not_printed(figures, pack, changes, words):
    with pytest.raises(FiguresError, match=words):
        compose(replace(figures, **changes), pack, None, ISSUED)
