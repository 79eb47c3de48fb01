"""What a pack says of the weekly bulletin is what is printed: each setting, changed, changes the page.

Which setting is proved by which test: tests/rules/test_settings_have_tests.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.cast import make_cast
from tests.rulebooks import Shelf, shelf

from lianxin.bulletins import issue
from lianxin.bulletins.document import Bulletin
from lianxin.bulletins.weekly import compose
from lianxin.rules.policy import Pack
from lianxin.rules.policy_weekly import Column, Section, Subtopics

ISSUED = date(2021, 11, 5)
TOWNS = "承办量排名前五位的镇街分别是"


def changed(pack: Pack, **weekly: Any) -> Pack:
    """The pack with other settings of `bulletin.weekly`."""
    bulletin = pack.bulletin.model_copy(update={"weekly": pack.bulletin.weekly.model_copy(update=weekly)})
    return pack.model_copy(update={"bulletin": bulletin})


def annexes(pack: Pack, **change: Any) -> dict[str, Any]:
    first, *rest = pack.bulletin.weekly.annexes
    return {"annexes": (first.model_copy(update=change), *rest)}


def areas(pack: Pack, **change: Any) -> dict[str, Any]:
    first, *rest = pack.bulletin.weekly.areas
    return {"areas": (first.model_copy(update=change), *rest)}


def printed(figures: Any, pack: Pack) -> Bulletin:
    return compose(figures, pack, None, ISSUED, issuer="某中心", printer="某政府")


HANDLED = (Column(title="承办多少", of="handled"),)


@pytest.mark.parametrize(
    ("change", "gone", "new"),
    [
        (lambda p: {"title": "每周一报"}, "热线周报", "每周一报"),
        (lambda p: {"issuer": ""}, "莒南县12345政务服务热线受理中心", "某中心"),
        (lambda p: {"printer": ""}, "莒南县人民政府办公室", "某政府"),
        (lambda p: {"report_to": ("区长",)}, "县委常委", "报：区长"),
        (lambda p: {"send_to": ("各街道",)}, "送：县直各部门单位", "送：各街道"),
        (lambda p: {"sections": (Section(code="overview", title="一周概览"),)}, "每周纵览", "一周概览"),
        (
            lambda p: {"sections": (Section(code="appeals", title="诉求", parts=("大类",)),)},
            "（二）",
            "（一）大类",
        ),
        (lambda p: areas(p, top=2), TOWNS, "承办量排名前两位的镇街分别是"),
        (lambda p: areas(p, title="街道"), TOWNS, "承办量排名前五位的街道分别是"),
        (lambda p: {"areas": p.bulletin.weekly.areas[1:]}, TOWNS, ""),
        (lambda p: {"top_categories": 2}, "五个方面诉求量较大", "两个方面诉求量较大"),
        (
            lambda p: {"subtopics": Subtopics(min_share="20%", max=4)},
            "路灯、用水、供暖、污水等",
            "路灯、用水等",
        ),
        (lambda p: {"subtopics": Subtopics(min_share="10%", max=1)}, "路灯、用水", "主要涉及路灯等"),
        (lambda p: {"class_share_min": Fraction(0)}, "建议类6件。", "建议类6件，占0.31%"),
        (lambda p: {"change_base_from": Fraction(1, 10)}, "增加17.40%。", "增加17.40%（上周1626件）"),
        (lambda p: {"order_by": "closed"}, TOWNS, "办结量排名前五位的镇街分别是"),
        (lambda p: annexes(p, title="镇街情况"), "附件1：镇街热线办理情况", "附件1：镇街情况"),
        (lambda p: annexes(p, note="横线为未回访。"), "对该镇街进行回访", "横线为未回访。"),
        (lambda p: annexes(p, group="department"), "", ""),
        (lambda p: annexes(p, columns=HANDLED), "", "承办多少"),
    ],
)
def test_each_setting_of_the_weekly_is_what_is_printed(
    figures: Any, pack: Pack, change: Any, gone: str, new: str
) -> None:
    before = printed(figures, pack).text()
    after = printed(figures, changed(pack, **change(pack))).text()
    assert before != after
    assert not gone or (gone in before and gone not in after)
    assert not new or (new in after and new not in before)


def test_an_annex_has_the_units_of_its_group_and_the_columns_of_its_measures(figures: Any, pack: Pack) -> None:
    def table(**change: Any) -> list[list[str]]:
        made = printed(figures, changed(pack, **annexes(pack, **change)))
        tables = [block for block in made.blocks if type(block).__name__ == "Table"]
        return [[cell.text for cell in row] for row in tables[0].rows]

    towns, departments = table(), table(group="department")
    assert {row[1] for row in towns}.isdisjoint({row[1] for row in departments})
    handled, closed = (table(columns=(Column(title="数", of=of),)) for of in ("handled", "closed"))
    assert [row[2] for row in handled] == [row[2] for row in towns]
    assert [row[2] for row in closed] == [row[3] for row in towns]


def test_each_group_has_a_sentence_of_its_own(figures: Any, pack: Pack) -> None:
    towns, departments = pack.bulletin.weekly.areas
    text = printed(figures, changed(pack, areas=(departments, towns))).text()
    assert text.index("前五位的县直部门单位分别是") < text.index(TOWNS)
    swapped = printed(figures, changed(pack, **areas(pack, group="department"))).text()
    assert "承办量排名前五位的镇街分别是市场监管局" in swapped
    three = (towns.model_copy(update={"top": 1, "share": "department_share"}), departments, towns)
    assert (
        "承办量排名第一位的镇街是十字路街道，占诉求总量的16.97%。"
        in printed(figures, changed(pack, areas=three)).text()
    )


def test_a_source_and_a_class_are_printed_as_their_rows_say(figures: Any, pack: Pack) -> None:
    week = replace(figures, sources={"city": figures.accepted}, classes={"help": figures.accepted})
    text = printed(week, pack).text()
    assert "省级热线0件" in text
    rows = {
        "city": pack.sources["city"].model_copy(update={"title": "市12345"}),
        "province": pack.sources["province"].model_copy(update={"print_zero": False}),
    }
    classes = {"help": pack.classes["help"].model_copy(update={"printed": "帮助类"})}
    after = printed(week, pack.model_copy(update={"sources": pack.sources | rows, "classes": classes})).text()
    assert "省级热线0件" not in after
    assert "市12345" in after
    assert "帮助类" in after
    assert "求助类" not in after


def test_a_formula_is_printed_with_its_digits_rounding_and_kind(figures: Any, pack: Pack) -> None:
    def change(**other: Any) -> str:
        formulas = pack.formulas | {"wow": pack.formulas["wow"].model_copy(update=other)}
        return printed(figures, pack.model_copy(update={"formulas": formulas})).text()

    assert "较上周增加17.40%" in change()
    assert "较上周增加17.4%" in change(digits=1)
    # 283 of 1626 are 17.40467… hundredths.
    assert "较上周增加17.4047%" in change(digits=4)
    assert "较上周增加0.17" in change(shown="number", digits=2)
    mean = pack.formulas | {"daily_mean": pack.formulas["daily_mean"].model_copy(update={"rounding": "truncate"})}
    assert "日均273件" in change()
    assert "日均272件" in printed(figures, pack.model_copy(update={"formulas": mean})).text()


@pytest.mark.django_db
def test_it_is_issued_so_long_after_its_week(tmp_path: Path) -> None:
    def issued(books: Shelf, span: str) -> str:
        cast = make_cast(f"c{len(span)}", "base")
        books.adopt(cast, lambda book: book["bulletin"]["weekly"].update(issued_after=span))
        return issue.weekly(cast.centre, date(2021, 10, 25), date(2021, 10, 31)).bulletin.text()

    with shelf(tmp_path) as books:
        assert "2021年11月1日印发" in issued(books, "1 day")
        assert "2021年11月3日印发" in issued(books, "3 workdays")


def test_the_copies_are_the_packs(figures: Any, pack: Pack) -> None:
    assert "抄送" not in printed(figures, pack).text()
    document = pack.document.model_copy(update={"copy_to": ("县纪委", "县法院")})
    assert "抄送：县纪委，县法院。" in printed(figures, pack.model_copy(update={"document": document})).text()
