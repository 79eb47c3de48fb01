"""Checks across the rows of a pack: names that must be known, ids that must not repeat, settings without a source."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from pydantic import BaseModel

from lianxin.rules import layers, measures, policy_duties, policy_names, policy_queues, policy_rights
from lianxin.rules.pack import Pack
from lianxin.rules.policy_grid_checks import GridChecks
from lianxin.rules.policy_reading import Reading, leaves, setting
from lianxin.rules.policy_rows import ClockRule, FormulaRule, LadderRule, ListRow, Row, Statement
from lianxin.rules.policy_settings import Settings

#: The formulas that the bulletin prints of the whole centre, and what it gives them.
_SHARE = frozenset({"part", "accepted"})
PRINTED: dict[str, frozenset[str]] = {
    "daily_mean": frozenset({"accepted", "days"}),
    "wow": frozenset({"accepted", "accepted_before"}),
    "class_share": _SHARE,
    "category_share": _SHARE,
}


def check_rows(reading: Reading, own: tuple[Row, ...], below: tuple[Row, ...], pack_id: str) -> None:
    """Note what is wrong with each of the file's own rows by itself; ``below`` are the rows of the base."""
    _unique(reading, own)
    _ids(reading, own, below, pack_id)
    _lists_whole(reading, own, below)
    _in_the_way(reading, own, below)
    for row in own:
        if isinstance(row, FormulaRule):
            _formula(reading, row)
        for name in row.replaces:
            _replaces(reading, row, name, below)


def check(reading: Reading, own: tuple[Row, ...], settings: Settings, pack: Pack) -> None:
    """Note what rows and settings, each sound by itself, get wrong together; ``pack`` is what would come of it."""
    formulas = dict(pack.formulas)
    for row in own:
        if isinstance(row, LadderRule):
            _ranked(reading, row.id, "rank_by", row.rank_by, formulas)
    _one_carrier(reading, pack.clocks)
    _shown_somewhere(reading, own, settings)
    _one_rounding(reading, own, formulas)
    _sources(reading, own, settings)
    _codes(reading, settings)
    _weekly(reading, settings, formulas)
    _ranking(reading, settings, formulas)
    _complete(reading, pack)
    policy_names.check(reading, own, pack)
    found = (policy_rights.faults(pack), policy_duties.faults(pack), policy_queues.faults(pack.queue_rules))
    for rule, field, expected in chain.from_iterable(found):
        reading.fault(rule, field, expected)


def _replaces(reading: Reading, row: Row, name: str, below: tuple[Row, ...]) -> None:
    if not any(old.id == name and layers.names(row, old) for old in below):
        known = [old.id for old in below if layers.same_table(row, old) or isinstance(row, Statement)]
        listed = "、".join(dict.fromkeys(known)) or "没有"
        reading.fault(row.id, "replaces", f"所沿用的规则包中同一种表的编号（{listed}），没有“{name}”")


def check_grid(reading: Reading, pack: Pack) -> None:
    """Note what the clock rules come to on the whole grid and must not.

    Of rows that stand wrong by themselves the grid would only tell what follows from that.
    """
    if reading.sound("clock", "class", "source", "rule"):
        for fault in GridChecks(pack).faults():
            reading.fault(*fault)


def _ids(reading: Reading, own: tuple[Row, ...], below: tuple[Row, ...], pack_id: str) -> None:
    """A default's number belongs to the pack that begins it, a name to the pack before its colon."""
    known = {old.id for old in below}
    for row in own:
        named, colon, _ = row.id.partition(":")
        if colon and named != pack_id:
            reading.fault(row.id, "id", f"以本规则包的标识开头的编号（{pack_id}:…）")
        elif row.id.startswith("S") and not colon and below and row.id not in known:
            sentence = f"所沿用的规则包已有的编号（要取代它的），没有 {row.id}；自定的规则写“{pack_id}:名称”"
            reading.fault(row.id, "id", sentence)


def _lists_whole(reading: Reading, own: tuple[Row, ...], below: tuple[Row, ...]) -> None:
    """Whether a list is whole is said by each of its rows, or by none."""
    for row, whole in layers.half_whole(own):
        what = f"[[{row.table}]]" + (f" 中 {row.kind} 一种" if isinstance(row, ClockRule) else "")
        listed = "、".join(other.id for other in whole)
        sentence = (
            f"与 {listed} 一致的写法：{what}以本包所列为全部的，每一条都写 only = true；在下层规则之外增补的，都不写"
        )
        reading.fault(row.id, "only", sentence)
    for row in own if not below else ():
        if isinstance(row, ListRow) and row.only:
            reading.fault(row.id, "only", "有 extends 的规则包才写的一项：本包没有沿用别的规则包，所列本来就是全部")


def _in_the_way(reading: Reading, own: tuple[Row, ...], below: tuple[Row, ...]) -> None:
    """Two rows that are found by one name, code or id."""
    for row, old in layers.in_the_way(own, below):
        if not layers.same_table(row, old):
            sentence = f"不重复的编号：所沿用的规则包已有 {old.id}（[[{old.table}]] {old.title}），请加后缀"
            reading.fault(row.id, "id", f"{sentence}，如 {row.id}.own")
        else:
            field = _found_by(row)
            sentence = f'写明被取代的规则：replaces = ["{old.id}"]，它的 {field} 也是“{row.key}”'
            reading.fault(row.id, "replaces", f"{sentence}；不取代它的，请另取一个 {field}")


def _found_by(row: Row) -> str:
    return "id" if row.key == row.id else "name" if isinstance(row, FormulaRule) else "code"


def _complete(reading: Reading, pack: Pack) -> None:
    """What the product cannot do without."""
    for table, rows, title in (("class", pack.classes, "诉求类别"), ("source", pack.sources, "来源")):
        if not rows:
            reading.fault(f"[[{table}]]", "", f"至少一个{title}")
    for name, given in PRINTED.items():
        rule = pack.formulas.get(name)
        if rule is None and name not in reading.names("formula"):
            reading.fault("[[formula]]", "name", f"通报要用的公式“{name}”，现在没有")
        elif rule and (strange := {used for used in rule.names - given if measures.known(used)}):
            known = "、".join(sorted(given))
            reading.fault(rule.id, "of", f"通报中“{name}”可用的指标（{known}），不能用{_listed(strange)}")


def _listed(names: Iterable[str]) -> str:
    return "、".join(f"“{name}”" for name in sorted(names))


def _codes(reading: Reading, settings: Settings) -> None:
    """Entries of a list are found again by their code."""
    for path, entries in _lists(settings):
        codes = Counter(entry.code for entry in entries if hasattr(entry, "code"))
        for code, times in codes.items():
            if times > 1:
                reading.fault("设置", path, f"不重复的代码，“{code}”出现 {times} 次")


def _lists(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, tuple[Any, ...]]]:
    for name, info in type(model).model_fields.items():
        value, path = getattr(model, name), f"{prefix}{info.alias or name}"
        if isinstance(value, BaseModel):
            yield from _lists(value, f"{path}.")
        elif isinstance(value, tuple):
            yield path, value


def _ranked(reading: Reading, rule: str, place: str, name: str, formulas: Mapping[str, FormulaRule]) -> None:
    """What is counted for a unit: a measure of units, or a formula of nothing else."""
    listed = "、".join([*measures.OF_UNITS, *(n for n, f in formulas.items() if f.names <= measures.OF_UNITS.keys())])
    if name in formulas:
        strange = {used for used in formulas[name].names - measures.OF_UNITS.keys() if measures.known(used)}
        if strange:
            reading.fault(rule, place, f"按单位统计的指标或公式（{listed}），“{name}”用到{_listed(strange)}")
    elif name in reading.names("formula"):
        pass  # the formula itself is at fault, and told
    elif name not in measures.OF_UNITS or place == "rank_by":
        reading.fault(rule, place, f"已有的公式，按单位统计（{listed}），没有“{name}”")


def _formula(reading: Reading, rule: FormulaRule) -> None:
    for name in sorted(rule.names):
        if not measures.known(name):
            known = "、".join([*measures.MEASURES, *measures.GIVEN])
            reading.fault(rule.id, "of", f"已有的指标（{known}；上一期的加 _before），没有“{name}”")


def _unique(reading: Reading, own: Iterable[Row]) -> None:
    """No two rows have one id, no two of a table one name or code."""
    rows = tuple(own)
    tables: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        tables[row.id].append(f"[[{row.table}]]")
    for row_id, places in tables.items():
        if len(places) > 1:
            listed = "、".join(places)
            reading.fault(
                row_id, "id", f"只出现一次的编号，现在出现 {len(places)} 次（{listed}）；同一条的几项加后缀，如 .urgent"
            )
    # Rows of one id have been told.
    found = {(row.table, _found_by(row), row.key, row.id) for row in rows if row.key != row.id}
    for (table, field, value), times in sorted(Counter(key[:3] for key in found).items()):
        if times > 1:
            reading.fault(value, field, f"在 [[{table}]] 中只出现一次的值，现在出现 {times} 次")


def _one_carrier(reading: Reading, rules: Iterable[ClockRule]) -> None:
    carriers: dict[str, ClockRule] = {}
    for rule in rules:
        first = carriers.setdefault(rule.kind, rule)
        if first.on != rule.on:
            reading.fault(rule.id, "on", f"与同一种时限（{first.id}）相同的“{first.on}”，现为“{rule.on}”")


def _shown_somewhere(reading: Reading, own: tuple[Row, ...], settings: Settings) -> None:
    """What is given to a sentence of the bulletin alone is given to nothing else: such a formula stands nowhere.  Nor
    does one that mixes inspections, which stand on their page alone, with what is counted of orders."""
    printed = (*PRINTED, *dict.fromkeys(area.share for area in settings.bulletin.weekly.areas))
    for row in own:
        if isinstance(row, FormulaRule) and row.names & measures.OF_INSPECTION and row.names - measures.OF_INSPECTION:
            listed = _listed(measures.OF_INSPECTION)
            reading.fault(row.id, "of", f"督查的指标（{listed}）只在督查统计页上，不与其他指标写进一个公式")
        elif isinstance(row, FormulaRule) and row.name not in printed:
            counted = {name for name in row.names if name in measures.MEASURES}
            strange = {name for name in row.names - counted if measures.known(name)}
            if strange:
                names = f"{'、'.join(printed)}，都是固定的或由 [bulletin.weekly] areas 引用的"
                reading.fault(row.id, "of", f"只有通报的公式（{names}）才有的数，这一条没有：{_listed(strange)}")


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


def _weekly(reading: Reading, settings: Settings, formulas: Mapping[str, FormulaRule]) -> None:
    weekly = settings.bulletin.weekly
    if weekly.order_by not in measures.OF_UNITS:
        reading.fault("[bulletin.weekly]", "order_by", f"按单位统计的指标（{'、'.join(measures.OF_UNITS)}）")
    for number, annex in enumerate(weekly.annexes, start=1):
        for column in annex.columns:
            _ranked(reading, "[bulletin.weekly]", f"annexes.{number}.columns", column.of, formulas)


def _ranking(reading: Reading, settings: Settings, formulas: Mapping[str, FormulaRule]) -> None:
    """A formula that needs the period before, or what nobody counts for a unit, ranks nobody."""
    for number, ranked in enumerate(settings.ranking.by, start=1):
        _ranked(reading, "[ranking]", f"by.{number}.of", ranked.of, formulas)
        if ranked.of in measures.OF_UNITS and ranked.of not in formulas:
            reading.fault("[ranking]", f"by.{number}.of", f"已有的公式（单项数量不能排名），没有公式“{ranked.of}”")
