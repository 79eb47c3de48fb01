"""The call-backs of an order as its page shows them: what the caller said of which unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lianxin.ledger.models import Entry
from lianxin.rules.policy import Pack

from . import clocks


@dataclass(frozen=True, slots=True)
class Grade:
    """One finished call-back as the page shows it: what the caller said of which unit."""

    round: int
    at: str
    layer: str
    unit: str
    said: str
    process: str
    result: str
    words: str
    unhappy: bool


def of(
    entries: Iterable[Entry], units: Mapping[int, int], pack: Pack, named: Callable[[int | None], str]
) -> list[Grade]:
    """All call-backs, in the order in which they were made; each belongs to the round in which it was.

    `units` are those of the shares, by the share's id; `named` says what a unit is called.
    """
    found, round = [], 1
    for entry in entries:
        round += entry.action in ("order.rehandled", "order.reopened")
        if entry.action == "callback.recorded" or (entry.action == "callback.led" and entry.payload.get("layer")):
            found.append(_grade(entry, round, units, pack, named))
    return found


def _grade(entry: Entry, round: int, units: Mapping[int, int], pack: Pack, named: Callable[[int | None], str]) -> Grade:
    body = entry.enclosure.body if hasattr(entry, "enclosure") else {}
    said = {"reached": True, "solved": None, **entry.payload}
    rule = pack.callback
    solved = {True: "已解决", False: "未解决", None: "未表态"}[said["solved"]]
    return Grade(
        round=round,
        at=clocks.moment(entry.at),
        layer=rule.layer_title(said.get("layer") or rule.own_layer),
        unit=named(said.get("of_unit") or units.get(said.get("share") or 0)),
        said=solved if said["reached"] else "无法回访",
        process=rule.grade_title(said.get("process_grade") or "") or "未评价",
        result=rule.grade_title(said.get("result_grade") or "") or "未评价",
        words=body.get("words", ""),
        unhappy=said["solved"] is False or said.get("result_satisfied") is False,
    )
