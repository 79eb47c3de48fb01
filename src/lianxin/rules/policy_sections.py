"""How two packs differ, in Chinese, as headings, sentences and tables: the same for a terminal and for a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lianxin.rules import policy_compare, policy_limits
from lianxin.rules.policy import Pack

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
    changes = policy_limits.changed(old, new)
    lines = tuple((one.kind, one.event, one.whose, one.before, one.after) for one in changes)
    return Section("时限的变化", () if lines else ("没有。",), ("时限", "起算", "哪些工单", "原", "新"), lines)


def _settings(old: Pack, new: Pack) -> Section:
    lines = tuple((one.title, one.path, one.before, one.after) for one in policy_compare.settings(old, new))
    return Section("设置的变化", () if lines else ("没有。",), ("设置", "位置", "原", "新"), lines)


def _rows(old: Pack, new: Pack) -> Section:
    changes = policy_compare.rows(old, new)
    lines = tuple((one.how, one.id, one.title, "\n".join(one.before), "\n".join(one.after)) for one in changes)
    told = policy_compare.counted(changes)
    return Section("条目的变化", (f"{told}。",) if told else ("没有。",), ("", "编号", "名称", "原", "新"), lines)
