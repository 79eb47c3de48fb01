"""Checks across the rows of a pack: names that must be known, ids that must not repeat, settings without a source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from lianxin.rules import measures
from lianxin.rules.policy_reading import Reading, leaves, setting
from lianxin.rules.policy_rows import (
    AppealClass,
    ClockRule,
    FormulaRule,
    LadderRule,
    RedirectRule,
    Row,
    SourceRule,
    Statement,
)
from lianxin.rules.policy_settings import Settings


def check_rows(reading: Reading, own: tuple[Row, ...]) -> None:
    """Note what is wrong with each of the file's own rows by itself, so that one run names every such fault."""
    _unique(reading, own)
    for row in own:
        if isinstance(row, ClockRule):
            _clock(reading, row)
        elif isinstance(row, FormulaRule):
            _formula(reading, row)


def check(
    reading: Reading,
    below: tuple[Row, ...],
    own: tuple[Row, ...],
    settings: Settings,
    formulas: Mapping[str, FormulaRule],
) -> None:
    """Note what rows and settings, each sound by itself, get wrong together; ``below`` are the rows of the base."""
    for row in own:
        if isinstance(row, LadderRule) and row.rank_by not in formulas:
            reading.fault(row.id, "rank_by", f"已有的公式（{'、'.join(formulas)}），没有“{row.rank_by}”")
    _one_carrier(reading, (*below, *own))
    _one_rounding(reading, own, formulas)
    _sources(reading, own, settings)
    _callback(reading, settings)
    _weekly(reading, settings, formulas)


def _clock(reading: Reading, rule: ClockRule) -> None:
    if rule.when:
        for expected in rule.when.problems():
            reading.fault(rule.id, "when", expected)


def _formula(reading: Reading, rule: FormulaRule) -> None:
    for name in sorted(rule.names):
        if not measures.known(name):
            known = "、".join([*measures.MEASURES, *measures.GIVEN])
            reading.fault(rule.id, "of", f"已有的指标（{known}；上一期的加 _before），没有“{name}”")


def _unique(reading: Reading, own: Iterable[Row]) -> None:
    """Clocks are found again by id, the others by name or code."""
    keys: list[tuple[str, str, str]] = []
    for row in own:
        if isinstance(row, ClockRule | LadderRule | Statement):
            keys.append((row.table, "id", row.id))
        elif isinstance(row, FormulaRule):
            keys.append((row.table, "name", row.name))
        elif isinstance(row, RedirectRule | AppealClass | SourceRule):
            keys.append((row.table, "code", row.code))
    for (table, field, value), times in Counter(keys).items():
        if times > 1:
            reading.fault(value, field, f"在 [[{table}]] 中只出现一次的值，现在出现 {times} 次")


def _one_carrier(reading: Reading, rules: Iterable[Row]) -> None:
    carriers: dict[str, ClockRule] = {}
    for rule in rules:
        if not isinstance(rule, ClockRule) or not rule.enforced:
            continue
        first = carriers.setdefault(rule.kind, rule)
        if first.on != rule.on:
            reading.fault(rule.id, "on", f"与同一种时限（{first.id}）相同的“{first.on}”，现为“{rule.on}”")


def _one_rounding(reading: Reading, own: tuple[Row, ...], formulas: Mapping[str, FormulaRule]) -> None:
    """The same quantity under two names is printed the same: not 83.33 % on one page and 83 % on another."""
    named = {row.name for row in own if isinstance(row, FormulaRule)}
    for rule in formulas.values():
        for other in formulas.values():
            same = rule.of.text == other.of.text and rule.names != {"part", "accepted"}
            if same and rule.name in named and _shown(rule) != _shown(other):
                expected = f"与同一算式的“{other.name}”相同的位数和舍入（{other.digits} 位），现为 {rule.digits} 位"
                reading.fault(rule.id, "digits", expected)
                break


def _shown(rule: FormulaRule) -> tuple[int, str, str]:
    return rule.digits, rule.rounding, rule.shown


def _sources(reading: Reading, own: tuple[Row, ...], settings: Settings) -> None:
    """Each setting that the file states has a rule that names it; each name leads to a setting."""
    named: list[str] = []
    for row in own:
        for path in row.sets if isinstance(row, Statement) else ():
            try:
                setting(settings, path)
            except KeyError:
                reading.fault(row.id, "sets", f"已有的设置项，没有“{path}”")
            named.append(path)
    for leaf in leaves(reading.sections()):
        if not any(leaf == path or leaf.startswith(f"{path}.") for path in named):
            section, _, name = leaf.rpartition(".")
            reading.fault(f"[{section}]", name, "有出处的设置：请在一条 [[rule]] 的 sets 中写明它，并给出原文或来源")


def _callback(reading: Reading, settings: Settings) -> None:
    layers = [layer.code for layer in settings.callback.layers]
    for name in ("own_layer", "assess_layer"):
        value = getattr(settings.callback, name)
        if value not in layers:
            reading.fault("[callback]", name, f"layers 中列出的层级（{'、'.join(layers)}），现为“{value}”")


def _weekly(reading: Reading, settings: Settings, formulas: Mapping[str, FormulaRule]) -> None:
    weekly = settings.bulletin.weekly
    if weekly.order_by not in measures.MEASURES:
        reading.fault("[bulletin.weekly]", "order_by", f"已有的指标（{'、'.join(measures.MEASURES)}）")
    groups = [group.code for group in settings.units.groups]
    for number, annex in enumerate(weekly.annexes, start=1):
        if annex.group not in groups:
            reading.fault("[bulletin.weekly]", f"annexes.{number}.group", f"[units] 中的分组（{'、'.join(groups)}）")
        for column in annex.columns:
            if column.of not in measures.MEASURES and column.of not in formulas:
                place = f"annexes.{number}.columns"
                reading.fault("[bulletin.weekly]", place, f"已有的指标或公式，没有“{column.of}”")
