"""The weekly bulletin (热线周报): counted figures in, a `Bulletin` out.  Rows D01-D15.

The sentences are those of the founding document.  What a centre words, counts or rounds its own way comes from the
pack: the section [bulletin.weekly], the names of sources, classes and groups, and the formulas daily_mean, wow,
class_share, town_share, department_share, category_share and those that the annex columns name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

from lianxin.rules import measures
from lianxin.rules.formulas import NOTHING
from lianxin.rules.policy import Pack
from lianxin.rules.policy_settings import Annex
from lianxin.rules.worktime import SHANGHAI

from .document import (
    AnnexList,
    Article,
    Block,
    Bulletin,
    Column,
    Distribution,
    Paragraph,
    Run,
    SectionTitle,
    Signature,
    SubTitle,
    Table,
    chinese_day,
)
from .weekly_figures import CategoryCount, FiguresError, TopicCount, UnitRow, WeeklyFigures, check

__all__ = ["CategoryCount", "FiguresError", "TopicCount", "UnitRow", "WeeklyFigures", "compose", "largest", "ranked"]

HOTLINE = "12345政务服务热线"
_Counted = TypeVar("_Counted", bound=TopicCount)
#: A sentence is written as its words and, where a number is printed, the run that carries the number's key.
Words = list[str | Run]


def compose(
    figures: WeeklyFigures,
    pack: Pack,
    article: Article | None,
    issued_on: date,
    *,
    issuer: str = "",
    printer: str = "",
) -> Bulletin:
    """The bulletin of one week, issued on `issued_on`.

    `issuer` and `printer` are the centre's own name and body, used where the pack leaves them empty.  Without an
    article its section is left out.  Raises FiguresError where the figures contradict each other or the pack.
    """
    check(figures, pack)
    weekly = pack.bulletin.weekly
    issuer, printer, day = weekly.issuer or issuer, weekly.printer or printer, chinese_day(issued_on)
    blocks: list[Block] = []
    for section in weekly.sections:
        if section.code == "article" and article is None:
            continue
        blocks.append(SectionTitle(section.title))
        if section.code == "overview":
            blocks.append(overview(figures, pack))
        elif section.code == "appeals":
            blocks += _appeals(figures, pack, section.parts)
        elif article is not None:
            blocks.append(article)
    lists = (("报", weekly.report_to), ("送", weekly.send_to))
    blocks += [
        AnnexList(tuple(f"附件{number}：{annex.title}" for number, annex in enumerate(weekly.annexes, 1))),
        Signature(issuer, day),
        Distribution(tuple((label, "、".join(names)) for label, names in lists), printer, f"{day}印发"),
        *(annex_table(figures, pack, annex, f"附件{number}") for number, annex in enumerate(weekly.annexes, 1)),
    ]
    _, week, _ = figures.start.isocalendar()
    return Bulletin(weekly.title, f"第{week}期", issuer, issued_on, tuple(blocks))


def _appeals(figures: WeeklyFigures, pack: Pack, titles: Sequence[str]) -> list[Block]:
    """市民诉求: the parts classes, areas, topics, in this order, as far as the pack gives them titles."""
    parts = (
        [class_shares(figures, pack)],
        [paragraph for group in pack.units.groups for paragraph in leading_units(figures, pack, group.code)],
        hot_topics(figures, pack),
    )
    blocks: list[Block] = []
    for number, (title, paragraphs) in enumerate(zip(titles, parts, strict=False), 1):
        blocks += [SubTitle(f"（{_numeral(number)}）{title}"), *paragraphs]
    return blocks


# --- 每周纵览 --------------------------------------------------------------------------------


def overview(figures: WeeklyFigures, pack: Pack) -> Paragraph:
    """D01-D03: the week, the total, the daily mean, the change on the week before, the sources."""
    year, week, _ = figures.start.isocalendar()
    # Around New Year a week has days of two years; without the years the period would be read wrongly.
    both = figures.start.year != figures.end.year
    period = f"{chinese_day(figures.start, year=both)}至{chinese_day(figures.end, year=both)}"
    mean = pack.formulas["daily_mean"].show({"accepted": figures.accepted, "days": figures.days})
    words: Words = [
        f"{year}年第{week}周（{period}），{HOTLINE}共受理市民诉求",
        Run(str(figures.accepted), "accepted"),
        "件，日均",
        Run(mean, "daily_mean"),
        "件，",
        *_change(figures, pack),
        "。",
    ]
    sources: list[Words] = []
    for code, source in pack.sources.items():
        count = figures.sources.get(code, 0)
        if count or source.print_zero:
            sources.append([source.title, Run(str(count), f"accepted.source.{code}"), "件"])
    if sources:
        words += ["其中，", *_joined(sources, "，"), "。"]
    return _paragraph(words)


def _change(figures: WeeklyFigures, pack: Pack) -> Words:
    formula = pack.formulas["wow"]
    change = None
    if figures.accepted_before is not None:
        change = formula.value({"accepted": figures.accepted, "accepted_before": figures.accepted_before})
    if change is None:
        return ["较上周无可比数据"]
    shown = formula.show_value(abs(change))
    if not change:
        return ["与上周持平"]
    if shown == formula.show_value(Fraction(0)):
        return ["与上周基本持平"]
    return ["较上周增加" if change > 0 else "较上周减少", Run(shown, "wow")]


# --- 市民诉求 --------------------------------------------------------------------------------


def class_shares(figures: WeeklyFigures, pack: Pack) -> Paragraph:
    """D04: the classes by their printed names, largest first; a last one under the pack's limit without a share."""
    codes: dict[str, list[str]] = {}
    for code, row in pack.classes.items():
        codes.setdefault(row.printed, []).append(code)
    counted = [
        TopicCount(",".join(members), name, sum(figures.classes.get(code, 0) for code in members))
        for name, members in codes.items()
    ]
    classes = largest(counted)
    if not classes:
        return _paragraph(["本周未受理市民诉求。"])
    listed: list[Words] = []
    for place, item in enumerate(classes, 1):
        words: Words = [item.name, Run(str(item.count), f"accepted.class.{item.key}"), "件"]
        small = Fraction(item.count, figures.accepted) < pack.bulletin.weekly.class_share_min
        if place < len(classes) or not small:
            words += ["，占", Run(_share("class_share", item.count, figures, pack), f"class_share.class.{item.key}")]
        listed.append(words)
    return _paragraph([*_joined(listed, "；"), "。"])


def leading_units(figures: WeeklyFigures, pack: Pack, group: str) -> list[Paragraph]:
    """D05, D06: the units of `group` with most shares handled, and what these are of all requests accepted."""
    weekly = pack.bulletin.weekly
    limit = {"town": weekly.top_towns, "department": weekly.top_departments}[group]
    title = next(item.title for item in pack.units.groups if item.code == group)
    if not limit:
        return []
    top = ranked(figures.units, group, weekly.order_by)[:limit]
    if not top or not figures.accepted:
        return [_paragraph([f"本周{title}无承办诉求。"])]
    share = _share(f"{group}_share", sum(unit.measures[weekly.order_by] for unit in top), figures, pack)
    several = len(top) > 1
    place = f"前{_numeral(len(top), counting=True)}位" if several else "第一位"
    names = "、".join(unit.name for unit in top)
    ranking = f"{measures.title(weekly.order_by)}排名{place}的{title}{'分别' if several else ''}是{names}"
    return [_paragraph([f"{ranking}，占诉求总量的", Run(share, f"{group}_share"), "。"])]


def hot_topics(figures: WeeklyFigures, pack: Pack) -> list[Paragraph]:
    """D07: the largest categories together, then each with its count, its share and its main sub-topics."""
    top = largest(figures.categories)[: pack.bulletin.weekly.top_categories]
    if not top:
        return [_paragraph(["本周无突出热点问题。"])]
    total = _share("category_share", sum(item.count for item in top), figures, pack)
    number = f"{_numeral(len(top), counting=True)}个" if len(top) > 1 else ""
    names = "、".join(item.name for item in top)
    first = _paragraph([f"{names}{number}方面诉求量较大，占诉求总量的", Run(total, "category_share"), "。"])
    return [first, *(_category(item, place, figures, pack) for place, item in enumerate(top))]


def _category(item: CategoryCount, place: int, figures: WeeklyFigures, pack: Pack) -> Paragraph:
    share = _share("category_share", item.count, figures, pack)
    topics = "、".join(topic.name for topic in main_topics(item, pack))
    return _paragraph(
        [
            f"{'' if place else '其中，'}{item.name}问题",
            Run(str(item.count), f"accepted.category.{item.key}"),
            "件，占受理量的",
            Run(share, f"category_share.category.{item.key}"),
            f"，诉求主要涉及{topics}等方面。" if topics else "。",
        ]
    )


def main_topics(category: CategoryCount, pack: Pack) -> list[TopicCount]:
    """The sub-topics worth naming: of a certain share in their category at least, and not more than so many."""
    rule = pack.bulletin.weekly.subtopics
    return [topic for topic in largest(category.topics) if topic.count >= rule.min_share * category.count][: rule.max]


# --- 附件 ------------------------------------------------------------------------------------


def annex_table(figures: WeeklyFigures, pack: Pack, annex: Annex, label: str) -> Table:
    """D09-D11: the units of one group; a rate of nothing is `-`, never 0 %, and the note says what `-` means."""
    order = pack.bulletin.weekly.order_by
    rows = []
    for place, unit in enumerate(ranked(figures.units, annex.group, order), 1):
        cells = (_cell(column.of, unit, pack) for column in annex.columns)
        rows.append((Run(str(place)), Run(unit.name), *cells))
    missing = any(cell.text == NOTHING for row in rows for cell in row)
    note = f"备注：数据截止{_cutoff(figures)}{'；' + annex.note if missing else '。'}"
    # Widths as in the founding document: a heading of two lines is wider than one of a few characters.
    columns = [Column(column.title, 88 if len(column.title) <= 4 else 141) for column in annex.columns]
    remark = f"（按{measures.title(order)}排序）"
    return Table(label, annex.title, remark, (Column("序号", 52), Column("承办部门", 175), *columns), tuple(rows), note)


def ranked(units: Iterable[UnitRow], group: str, order_by: str) -> list[UnitRow]:
    """The units of `group` that have anything, most first; equals keep the centre's configured order."""
    there = [unit for unit in units if unit.group == group and unit.measures.get(order_by)]
    return sorted(there, key=lambda unit: (-unit.measures[order_by], unit.position))


def _cell(of: str, unit: UnitRow, pack: Pack) -> Run:
    """One number of a unit: a measure as counted, or a formula over its measures."""
    formula = pack.formulas.get(of)
    text = str(unit.measures[of]) if formula is None else formula.show(unit.measures)
    # Nothing was counted for `-`, so there is nothing behind it to open.
    return Run(text, None if text == NOTHING else f"{of}.unit.{unit.key}")


def _cutoff(figures: WeeklyFigures) -> str:
    """10月31日24:00: midnight belongs to the day that it ends."""
    at = figures.cutoff.astimezone(SHANGHAI)
    if (at.hour, at.minute) == (0, 0):
        return f"{chinese_day(at.date() - timedelta(days=1), year=False)}24:00"
    return f"{chinese_day(at.date(), year=False)}{at:%H:%M}"


# --- words -----------------------------------------------------------------------------------


def largest(items: Iterable[_Counted]) -> list[_Counted]:
    """Those that were counted at all, largest first; equals keep their order."""
    return sorted((item for item in items if item.count), key=lambda item: -item.count)


def _share(formula: str, part: int, figures: WeeklyFigures, pack: Pack) -> str:
    return pack.formulas[formula].show({"part": part, "accepted": figures.accepted})


def _numeral(number: int, *, counting: bool = False) -> str:
    """一, 二, …; counting things, two is 两; above ten in digits."""
    if number == 2 and counting:
        return "两"
    return "零一二三四五六七八九十"[number] if number <= 10 else str(number)


def _joined(parts: Iterable[Words], between: str) -> Words:
    joined: Words = []
    for part in parts:
        joined += [between, *part] if joined else part
    return joined


def _paragraph(words: Iterable[str | Run]) -> Paragraph:
    return Paragraph(tuple(Run(word) if isinstance(word, str) else word for word in words))
