"""At which stage of the work a mechanism of a rule book stands, for people who look it up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lianxin.rules.policy_explain import Explained
from lianxin.rules.policy_rows import ClockRule, Row, Statement, SystemRule

INTAKE, DISPATCH, HANDLING, FOLLOWUP = "受理", "派单", "办理", "回访"
OVERSIGHT, ROUNDS, FIGURES, BULLETINS = "督办", "定期职责", "指标", "通报"
PEOPLE, DESK, WHOLE, OTHERS = "机构人员", "工作台", "全过程", "其他要求"
#: In the order of a book.
STAGES = (
    *(INTAKE, DISPATCH, HANDLING, FOLLOWUP, OVERSIGHT, ROUNDS, FIGURES, BULLETINS),
    *(PEOPLE, DESK, WHOLE, OTHERS),
)
#: By the table of a row; of clocks by their kind.
_OF_TABLE = {
    **dict.fromkeys(("redirect", "class", "source"), INTAKE),
    **dict.fromkeys(("clock", "task", "petition_kind", "raising"), HANDLING),
    **dict.fromkeys(("formula", "ladder"), FIGURES),
    "duty": ROUNDS,
    **dict.fromkeys(("watch", "label"), OVERSIGHT),
    "queue": DESK,
}
_OF_CLOCK = {"dispatch": DISPATCH, "callback": FOLLOWUP}
#: By the section of the first setting that a clause carries.
_OF_SECTION = {
    **dict.fromkeys(("registration", "caller", "capacity", "knowledge"), INTAKE),
    **dict.fromkeys(("reply", "petition", "chain", "visit", "contact", "analysis", "interim"), HANDLING),
    **dict.fromkeys(("closing", "callback"), FOLLOWUP),
    **dict.fromkeys(("bulletin", "document"), BULLETINS),
    **dict.fromkeys(("units", "posts", "office", "telling", "looking"), PEOPLE),
    **dict.fromkeys(("basis", "catalogue"), DISPATCH),
    **dict.fromkeys(("proceedings", "digests", "test_items"), OVERSIGHT),
    **dict.fromkeys(("figures", "ranking"), FIGURES),
    "queues": DESK,
}
#: By the package of the code that holds a clause.
_OF_PACKAGE = {
    "intake": INTAKE,
    "dispatch": DISPATCH,
    "handling": HANDLING,
    "followup": FOLLOWUP,
    "oversight": OVERSIGHT,
    "proceedings": OVERSIGHT,
    "duties": ROUNDS,
    "figures": FIGURES,
    "bulletins": BULLETINS,
    "directory": PEOPLE,
}


def by_stage(
    mechanisms: Iterable[Explained], by_code: Mapping[str, tuple[str, ...]]
) -> list[tuple[str, list[Explained]]]:
    """(stage, its mechanisms) in the order of a book; a mechanism of systems stands beside them (`pack.systems`)."""
    found: dict[str, list[Explained]] = {stage: [] for stage in STAGES}
    for mechanism in mechanisms:
        found[stage_of(mechanism, by_code)].append(mechanism)
    return [(stage, inside) for stage, inside in found.items() if inside]


def stage_of(mechanism: Explained, by_code: Mapping[str, tuple[str, ...]]) -> str:
    """By what acts of it: a row of a table, the first setting that a clause carries, the code that holds it."""
    acting = next((row for row in mechanism.rows if not isinstance(row, Statement | SystemRule)), None)
    if acting is not None:
        return _of_row(acting)
    sets = next((path for row in mechanism.rows if isinstance(row, Statement) for path in row.sets), "")
    if sets:
        return _OF_SECTION.get(sets.partition(".")[0], WHOLE)
    modules = by_code.get(mechanism.id)
    return _OF_PACKAGE.get(modules[0].split(".")[1], WHOLE) if modules else OTHERS


def _of_row(row: Row) -> str:
    stage = _OF_TABLE.get(row.table, WHOLE)
    return _OF_CLOCK.get(row.kind, stage) if isinstance(row, ClockRule) else stage
