"""What the upper platform answered to petitions that were raised to it, read from its sheet: a row an answer.

A row is found by the number under which that platform has the petition, else by the order's number where one petition
of it waits.  Done twice, it changes nothing: what has its answer is told as known, and what says something else now as
differing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from lianxin.ledger import journal, verbs
from lianxin.ledger.acts import Act, Actor, Payload, Refused
from lianxin.ledger.door import record_many
from lianxin.proceedings.models import Proceeding
from lianxin.proceedings.upstairs import KIND
from lianxin.rules.worktime import SHANGHAI

from . import cells
from .answered import TITLES, Files
from .cells import CellError
from .files import Line, Source, heading
from .report import Fault, Report

#: What each column may be called; the first is what is said of it.
COLUMNS: dict[str, tuple[str, ...]] = {
    "petition": ("申请编号", "上级申请编号", "申请单号"),
    "order": ("上级编号", "工单编号", "工单号"),
    "verdict": ("审核结果", "答复结果", "结果", "审批结果"),
    "answer": ("答复意见", "审核意见", "意见", "审批意见"),
    "at": ("答复时间", "审核时间", "审批时间"),
    "workdays": ("同意延长（工作日）", "延长工作日", "延期天数"),
}
#: Without these a sheet is none of answers.
NEEDED = ("verdict", "answer", "at")
STEPS = {
    **dict.fromkeys(("同意", "通过", "审核通过", "批准", "是"), "granted"),
    **dict.fromkeys(("不同意", "不通过", "审核不通过", "驳回", "退回", "否"), "denied"),
}
#: From which column a field of the step is filled.
FILLED = {"answer": "answer", "answered_at": "at", "workdays": "workdays"}
KNOWN = "已有答复，没有改动"
BATCH = 200
#: Rows that are shown as they are understood.
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """A row that is understood: which file, which step, and what it says."""

    line: Line
    root: Proceeding
    step: str
    payload: Payload


def preview(source: Source, centre: int, actor: Actor, at: datetime) -> Report:
    """What `run` would do; nothing is kept.  Raises FileError."""
    return _read(source, centre, actor, at, keep=False)


def run(source: Source, centre: int, actor: Actor, at: datetime) -> Report:
    """Put the answers down, an act of `actor` each.  Raises FileError."""
    report = _read(source, centre, actor, at, keep=True)
    file = {"file": source.name, "sha256": source.digest, "rows": report.rows, "acts": dict(report.acts)}
    journal.write(centre, "answers.imported", at=at, staff=actor.staff, payload=file)
    return report


def _read(source: Source, centre: int, actor: Actor, at: datetime, *, keep: bool) -> Report:
    report = Report(kept=keep)
    rows = list(_rows(source, report))
    found = Files(centre, [given for _, given in rows])
    understood = (_understood(line, given, found, report) for line, given in rows)
    answers = list(_once(filter(None, understood), report))
    for start in range(0, len(answers), BATCH):
        _record(answers[start : start + BATCH], actor, at, source.digest, report)
    report.remarks = [*source.remarks]
    report.shown = [_shown(answer) for answer in answers[:SHOWN]]
    report.faults.sort(key=lambda fault: (fault.line.sheet, fault.line.number))
    return report


def _rows(source: Source, report: Report) -> Iterator[tuple[Line, dict[str, Any]]]:
    """Each row with its cells by field."""
    for table in source.tables(None, None, _headings(source)):
        report.headers = report.headers or table.headers
        for line, row, given in table.lines():
            report.rows += 1
            if row.hidden:
                report.hidden += 1
                report.note(line, "被筛选或隐藏，没有导入")
                continue
            named = {name: [heading(title) for title in titles] for name, titles in COLUMNS.items()}
            yield (
                line,
                {name: next((given[t] for t in titles if t in given), None) for name, titles in named.items()},
            )


def _headings(source: Source) -> list[str]:
    """Of the needed columns the names that this file uses; the usual ones where it has none of them."""
    there = {heading(cell) for sheet in source.book.sheets for row in _top(sheet) for cell in row.cells}
    return [next((t for t in COLUMNS[name] if heading(t) in there), COLUMNS[name][0]) for name in NEEDED]


def _top(sheet: Any) -> Iterator[Any]:
    return (sheet[index] for index in range(min(30, len(sheet))))


def _understood(line: Line, given: Mapping[str, Any], found: Files, report: Report) -> Answer | None:
    """The row as an answer; None where it has a fault, or says nothing new."""
    said: dict[str, Any] = {}
    for name in ("petition", "verdict", "answer", "at", "workdays"):
        try:
            said[name] = found.named(given) if name == "petition" else _cell(name, given[name])
        except CellError as error:
            report.faults.append(Fault(line, COLUMNS[name][0], str(error)))
    if len(said) < 5:
        return None
    payload = {"answer": said["answer"], "answered_at": said["at"]}
    if said["verdict"] == "granted" and said["workdays"]:
        payload["workdays"] = said["workdays"]
    try:
        judged = verbs.validate(verbs.get(f"{KIND}.{said['verdict']}"), payload)
        root, differs = found.meant(said["petition"], said["verdict"], judged)
    except Refused as refused:
        report.faults += _faults(line, refused)
    except CellError as error:
        report.faults.append(Fault(line, COLUMNS["petition"][0], str(error)))
    else:
        if differs is None:
            return Answer(line, root, said["verdict"], judged)
        report.unchanged += not differs
        report.differing += bool(differs)
        report.note(line, f"上报件 {root.number} {differs}，没有改动" if differs else KNOWN)
    return None


def _faults(line: Line, refused: Refused) -> Iterator[Fault]:
    """Each beside the column from which the field is filled."""
    for name, sentence in refused.problems.items():
        yield Fault(line, COLUMNS[FILLED[name]][0] if name in FILLED else "", sentence)


def _once(answers: Iterable[Answer], report: Report) -> Iterator[Answer]:
    """One answer to each: of two rows about one file the door would keep neither."""
    taken: dict[int, Line] = {}
    for answer in answers:
        first = taken.setdefault(answer.root.pk, answer.line)
        if first is answer.line:
            yield answer
        else:
            sentence = f"第 {first.number} 行已是上报件 {answer.root.number} 的答复"
            report.faults.append(Fault(answer.line, "", sentence))


def _cell(name: str, cell: Any) -> Any:
    """One cell of a row.  Raises CellError."""
    value = cells.whole(cell)
    if name == "at":
        if (at := cells.moment(value)) is None:
            raise CellError("请填写答复时间")
        return at
    shown = cells.text(value).strip()
    if name == "workdays":
        return shown
    if name == "verdict":
        if shown not in STEPS:
            raise CellError(f"“{shown}”不是同意或不同意")
        return STEPS[shown]
    if not shown:
        raise CellError("请填写答复意见")
    return shown


def _record(answers: list[Answer], actor: Actor, at: datetime, digest: str, report: Report) -> None:
    """Through the door; of a preview nothing is kept."""
    acts = [
        Act(
            f"{KIND}.{answer.step}",
            actor,
            at,
            answer.payload,
            order=answer.root.pk,
            key=f"answers:{digest[:32]}:{answer.line.sheet}:{answer.line.number}",
            via="import",
        )
        for answer in answers
    ]
    with transaction.atomic():
        results = record_many(acts, collect=True)
        if not report.kept:
            transaction.set_rollback(True)
    for answer, result in zip(answers, results, strict=True):
        if isinstance(result, Refused):
            report.faults += _faults(answer.line, result)
        elif result.repeated:
            report.unchanged += 1
        else:
            report.acts[f"{KIND}.{answer.step}"] += 1


def _shown(answer: Answer) -> dict[str, str]:
    at = answer.payload.model_dump()["answered_at"].astimezone(SHANGHAI)
    words = {"行": answer.line.number, "标题": f"上报件 {answer.root.number}", "结果": TITLES[answer.step]}
    return {title: str(word) for title, word in (words | {"答复时间": f"{at:%Y-%m-%d %H:%M}"}).items()}
