"""The weekly bulletin (热线周报): counted figures in, a `Bulletin` out.  Rows D01-D15.

The sentences are those of the founding document.  What a centre words, counts or rounds its own way comes from the
pack: the section [bulletin.weekly], the names of sources and classes, and the formulas daily_mean, wow, class_share,
category_share and those that the sentences on areas and the annex columns name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

from lianxin.rules import measures, periods
from lianxin.rules.formulas import NOTHING
from lianxin.rules.numerals import numeral
from lianxin.rules.policy import Pack
from lianxin.rules.policy_weekly import Annex, Leading, Weekly
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
    without_controls,
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
    counted_by: str = "",
) -> Bulletin:
    """The bulletin of one week, issued on `issued_on`.

    `issuer` and `printer` are the centre's own name and body, used where the pack leaves them empty.  Without an
    article its section is left out.  `counted_by` is printed at its end.  Raises FiguresError where the figures
    contradict each other or the pack.
    """
    check(figures)
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
    # As the founding documents write them: 报 and 送 are parted by “、”, 抄送 by “，” and ended by “。” (GB/T 9704).
    copies = f"{'，'.join(pack.document.copy_to)}。" if pack.document.copy_to else ""
    lists = (("报", "、".join(weekly.report_to)), ("送", "、".join(weekly.send_to)), ("抄送", copies))
    if counted_by:
        blocks.append(Paragraph((Run(f"（本稿的数字由{counted_by}计数。）"),)))
    blocks += [
        AnnexList(tuple(f"附件{number}：{annex.title}" for number, annex in enumerate(weekly.annexes, 1))),
        Signature(issuer, day),
        Distribution(tuple((label, names) for label, names in lists if names), printer, f"{day}印发"),
        *(annex_table(figures, pack, annex, f"附件{number}") for number, annex in enumerate(weekly.annexes, 1)),
    ]
    number = periods.of("week", figures.start).number
    # Names of the directory may be older than the cleaner at its entrances.
    return without_controls(Bulletin(weekly.title, f"第{number}期", issuer, issued_on, tuple(blocks)))  # type: ignore[no-any-return]


def _appeals(figures: WeeklyFigures, pack: Pack, titles: Sequence[str]) -> list[Block]:
    """市民诉求: the parts classes, areas, topics, in this order, as far as the pack gives them titles."""
    parts = (
        [class_shares(figures, pack)],
        [leading_units(figures, pack, area) for area in pack.bulletin.weekly.areas],
        hot_topics(figures, pack),
    )
    blocks: list[Block] = []
    for number, (title, paragraphs) in enumerate(zip(titles, parts, strict=False), 1):
        blocks += [SubTitle(f"（{_numeral(number)}）{title}"), *paragraphs]
    return blocks


# --- 每周纵览 --------------------------------------------------------------------------------


def overview(figures: WeeklyFigures, pack: Pack) -> Paragraph:
    """D01-D03: the week, the total, the daily mean, the change on the week before, the sources."""
    week = periods.of("week", figures.start)
    # Around New Year a week has days of two years; without the years the period would be read wrongly.
    both = figures.start.year != figures.end.year
    period = f"{chinese_day(figures.start, year=both)}至{chinese_day(figures.end, year=both)}"
    mean = pack.formulas["daily_mean"].show({"accepted": figures.accepted, "days": figures.days})
    words: Words = [
        f"{week.name}（{period}），{HOTLINE}共受理市民诉求",
        Run(str(figures.accepted), "accepted"),
        "件，日均",
        Run(mean, "daily_mean"),
        "件，",
        *_change(figures, pack),
        "。",
    ]
    sources: list[Words] = []
    for code in (*pack.sources, *(code for code in figures.sources if code not in pack.sources)):
        count = figures.sources.get(code, 0)
        if count or (code in pack.sources and pack.sources[code].print_zero):
            sources.append([figures.source_title(code, pack), Run(str(count), f"accepted.source.{code}"), "件"])
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
    words: Words = ["较上周增加" if change > 0 else "较上周减少", Run(shown, "wow")]
    # A small week before makes any change a large one: the reader sees of what.
    large = change > pack.bulletin.weekly.change_base_from
    return [*words, f"（上周{figures.accepted_before}件）"] if large else words


# --- 市民诉求 --------------------------------------------------------------------------------


def class_shares(figures: WeeklyFigures, pack: Pack) -> Paragraph:
    """D04: the classes by their printed names, largest first; a last one under the pack's limit without a share."""
    codes: dict[str, list[str]] = {}
    for code in (*pack.classes, *(code for code in figures.classes if code not in pack.classes)):
        codes.setdefault(figures.class_title(code, pack), []).append(code)
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


def leading_units(figures: WeeklyFigures, pack: Pack, area: Leading) -> Paragraph:
    """D05, D06: the units of a group with most shares handled, and what these are of all requests accepted."""
    weekly = pack.bulletin.weekly
    top = first_units(figures, weekly, area)
    if not top or not figures.accepted:
        return _paragraph([f"本周{area.title}无承办诉求。"])
    part = sum(unit.measures[weekly.order_by] for unit in top)
    share = Run(_share(area.share, part, figures, pack), f"{area.share}.group.{area.group}")
    several = len(top) > 1
    place = f"前{_numeral(len(top), counting=True)}位" if several else "第一位"
    names = "、".join(unit.name for unit in top)
    by = measures.title(weekly.order_by)
    ranking = f"{by}排名{place}的{area.title}{'分别' if several else ''}是{names}"
    if part <= figures.accepted:
        return _paragraph([f"{ranking}，占诉求总量的", share, "。"])
    # Shares are of dispatches, requests are of callers (D12): more than all of them is said with both numbers.
    base = f"{by}合计{part}件，为诉求总量{figures.accepted}件的"
    return _paragraph([f"{ranking}，{base}", share, "（一件诉求可由几家单位承办）。"])


def first_units(figures: WeeklyFigures, weekly: Weekly, area: Leading) -> list[UnitRow]:
    """The units that the sentence on a group names."""
    return ranked(figures.units, area.group, weekly.order_by)[: area.top]


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
    for place, unit in enumerate(_listed(figures.units, annex.group, order), 1):
        cells = (_cell(column.of, unit, pack) for column in annex.columns)
        rows.append((Run(str(place)), Run(unit.name), *cells))
    missing = any(cell.text == NOTHING for row in rows for cell in row)
    note = f"备注：数据截止{_cutoff(figures)}{'；' + annex.note if missing else '。'}"
    units, handled = figures.unranked
    if handled and annex is pack.bulletin.weekly.annexes[-1]:
        note = f"{note.removesuffix('。')}；另有{units}家不参加排名的单位承办{handled}件。"
    # Widths as in the founding document: a heading of two lines is wider than one of a few characters.
    columns = [Column(column.title, 88 if len(column.title) <= 4 else 141) for column in annex.columns]
    remark = f"（按{measures.title(order)}排序）"
    return Table(label, annex.title, remark, (Column("序号", 52), Column("承办部门", 175), *columns), tuple(rows), note)


def ranked(units: Iterable[UnitRow], group: str, order_by: str) -> list[UnitRow]:
    """The units of `group` that have anything to be ranked by, most first; equals keep the configured order."""
    return [unit for unit in _listed(units, group, order_by) if unit.measures.get(order_by)]


def _listed(units: Iterable[UnitRow], group: str, order_by: str) -> list[UnitRow]:
    """All units of `group`: one without new work has its satisfaction of the week all the same."""
    there = [unit for unit in units if unit.group == group]
    return sorted(there, key=lambda unit: (-unit.measures.get(order_by, 0), unit.position))


def _cell(of: str, unit: UnitRow, pack: Pack) -> Run:
    """One number of a unit."""
    text = _of_unit(of, unit, pack)
    # Nothing was counted for `-`, so there is nothing behind it to open.
    return Run(text, None if text == NOTHING else f"{of}.unit.{unit.key}")


def _of_unit(of: str, unit: UnitRow, pack: Pack) -> str:
    """A measure as counted, or a formula over the unit's measures."""
    formula = pack.formulas.get(of)
    return str(unit.measures[of]) if formula is None else formula.show(unit.measures)


def figure(figures: WeeklyFigures, pack: Pack, key: str) -> str | None:
    """What the number of that key would read if it were printed; None where it is of no group that was counted.

    So a category that is no longer among the leading ones can still be compared with what was printed of it.
    """
    what, _, group = key.partition(".")
    kind, _, value = group.partition(".")
    if kind == "unit":
        unit = next((unit for unit in figures.units if unit.key == value), None)
        return None if unit is None else _of_unit(what, unit, pack)
    if kind == "source":
        part = figures.sources.get(value, 0)
    elif kind == "class":
        part = sum(figures.classes.get(code, 0) for code in value.split(","))
    elif kind == "category":
        part = next((item.count for item in figures.categories if item.key == value), 0)
    elif kind == "group":
        area = next((area for area in pack.bulletin.weekly.areas if area.group == value), None)
        first = first_units(figures, pack.bulletin.weekly, area) if area else []
        part = sum(unit.measures[pack.bulletin.weekly.order_by] for unit in first)
    else:
        return None
    return str(part) if what == "accepted" else _share(what, part, figures, pack)


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
    return numeral(number) if number <= 10 else str(number)


def _joined(parts: Iterable[Words], between: str) -> Words:
    joined: Words = []
    for part in parts:
        joined += [between, *part] if joined else part
    return joined


def _paragraph(words: Iterable[str | Run]) -> Paragraph:
    return Paragraph(tuple(Run(word) if isinstance(word, str) else word for word in words))
