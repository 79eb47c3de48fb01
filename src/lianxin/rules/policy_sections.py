"""How two packs differ, in Chinese, as headings, sentences and tables: the same for a terminal and for a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lianxin.rules import policy_compare
from lianxin.rules.context import CLOCK_KINDS
from lianxin.rules.policy import Pack
from lianxin.rules.policy_grid import Grid, differences
from lianxin.rules.policy_rows import ClockRule
from lianxin.rules.policy_table import EVERY, NONE
from lianxin.rules.policy_words import case, events

Line = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, what is to be said under it, and a table."""

    title: str
    sentences: Line = ()
    head: Line = ()
    lines: tuple[Line, ...] = ()


def of_difference(old: Pack, new: Pack) -> list[Section]:
    """Two packs side by side."""
    return [_limits(old, new), _settings(old, new), _rows(old, new)]


def in_lines(sections: Iterable[Section]) -> Iterator[str]:
    """For a terminal."""
    for section in sections:
        yield f"【{section.title}】"
        yield from (f"  {sentence}" for sentence in section.sentences)
        if section.lines:
            yield f"  {' | '.join(section.head)}"
            yield from (f"  {' | '.join(line)}".replace("\n", "；") for line in section.lines)
        yield ""


def _limits(old: Pack, new: Pack) -> Section:
    grid, lines = Grid(old, new), []
    for found in differences(old, new):
        whose = case(found.facts, (new, old), grid.axes(found.kind, found.event)) or EVERY
        known, rule = CLOCK_KINDS.get(found.kind), found.new or found.old
        title = known.title if known else rule.title if rule else found.kind
        lines.append((title, events([found.event]), whose, *_spans(found.old, found.new)))
    return Section("时限的变化", () if lines else ("没有。",), ("时限", "起算", "哪些工单", "原", "新"), tuple(lines))


def _spans(was: ClockRule | None, now: ClockRule | None) -> tuple[str, str]:
    """Both limits; what goes with them is said where it differs."""
    if was is None or now is None:
        return str(was.allow) if was else NONE, str(now.allow) if now else NONE
    before, after = _more(was), _more(now)
    differ = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    sides = [str(was.allow), *(one for one, _ in differ)], [str(now.allow), *(other for _, other in differ)]
    return "，".join(sides[0]), "，".join(sides[1])


def _more(rule: ClockRule) -> tuple[str, ...]:
    return (
        "只计办公时间" if rule.office else "连续计时",
        f"至{events(rule.until)}",
        f"{rule.warn}预警" if rule.warn else "不预警",
        "不迟于上级平台的时限" if rule.end else "不受上级平台的时限约束",
    )


def _settings(old: Pack, new: Pack) -> Section:
    lines = tuple((one.title, one.path, one.before, one.after) for one in policy_compare.settings(old, new))
    return Section("设置的变化", () if lines else ("没有。",), ("设置", "位置", "原", "新"), lines)


def _rows(old: Pack, new: Pack) -> Section:
    changes = policy_compare.rows(old, new)
    lines = tuple((one.how, one.id, one.title, "\n".join(one.before), "\n".join(one.after)) for one in changes)
    told = policy_compare.counted(changes)
    return Section("条目的变化", (f"{told}。",) if told else ("没有。",), ("", "编号", "名称", "原", "新"), lines)
