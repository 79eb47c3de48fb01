"""The golden ledger: what a release left in people's databases every later one replays, for ever, to the same rows.

A column that came since is no difference; a row, a value, a state or a clock that came out otherwise is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.golden.ledgers import columns, files, read, row_of, rows_of

from lianxin.ledger import verbs
from lianxin.ledger.models import Entry
from lianxin.ledger.replay import replay, step
from lianxin.proceedings import kinds
from lianxin.rules import lifecycle

FILES = files()
#: Verbs that came after the last release.
SINCE: set[str] = {
    *("petition.filed", "petition.decided", "campaign.begun", "meeting.planned", "meeting.held"),
    *("order.labelled", "order.unlabelled", "share.signed_off", "order.planned"),
} | {
    f"rehandling.{step}"
    for step in ("opened", "relapsed", "satisfied", "assigned", "amended", "asked", "approved", "refused", "moved")
}
SINCE |= {
    *("workflow.issued", "workflow.revised", "workflow.withdrawn", "analysis.made", "analysis.checked"),
    *("agenda.held", "agenda.reported", "training.planned", "training.held", "training.cancelled"),
    *(f"rectification.{step}" for step in ("begun", "ordered", "planned", "done", "passed", "sent_back", "withdrawn")),
    "agenda.withdrawn",
}
SINCE |= {"order.exposed", "order.suspended", "order.resumed", "share.visited", "task.noted", "digest.made"} | {
    f"{code}.{step.code}"
    for code in (
        *("supervision", "original_submission", "media_case", "opinion_alert", "accountability"),
        *("promise", "digest_copy", "raised_petition", "coordination", "shift_hole"),
    )
    for step in kinds.find(code).steps
}
SINCE |= {
    f"{code}.{step.code}"
    for code in (
        *("leading_group", "leader_session", "line_training"),
        *("work_meeting", "resolution", "special_report", "landing_report", "timely_report"),
        *("unit_report", "report_notice", "inspection", "recheck"),
        *("language_check", "line_contacts", "handover"),
    )
    for step in kinds.find(code).steps
}
SINCE |= {"order.coordinated", "order.duty_ruled", "order.call_joined", "share.arrived", "task.came"}
SINCE |= {"order.recused"} | {
    f"{code}.{step.code}" for code in ("inspection_ladder", "referral") for step in kinds.find(code).steps
}
SINCE |= {f"test_item.{step.code}" for step in kinds.find("test_item").steps} | {"order.disclosed"}


def entries_of(ledger: dict[str, Any]) -> list[Entry]:
    found = [row_of(Entry, said) for said in ledger["entries"]]
    return [entry for entry in found if isinstance(entry, Entry)]


def bodies_of(ledger: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {int(key): body for key, body in ledger["bodies"].items()}


def differences(ledger: dict[str, Any]) -> list[str]:
    """Where its replay comes out otherwise than it did then."""
    made = json.loads(json.dumps(rows_of(replay(ledger["centre"], entries_of(ledger), bodies_of(ledger)))))
    found = [
        f"{label}: {len(rows)} rows, now {len(made.get(label, ()))}"
        for label, rows in ledger["rows"].items()
        if len(rows) != len(made.get(label, ()))
    ]
    found += [f"{label}: not made then" for label in made.keys() - ledger["rows"].keys()]
    if found:
        return found
    return [
        f"{label} {number} {name}: {value!r}, now {made[label][number].get(name)!r}"
        for label, rows in ledger["rows"].items()
        for number, row in enumerate(rows)
        for name, value in row.items()
        if made[label][number].get(name) != value
    ]


def replayed(path: Path) -> list[str]:
    return [f"{ledger['entries'][0]['id']}: {found}" for ledger in read(path) for found in differences(ledger)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_release_is_replayed_to_the_same_rows(path: Path) -> None:
    """Without a database: whatever looked outside the entries would fail."""
    assert replayed(path) == []


@pytest.mark.parametrize("path", FILES[-1:], ids=lambda path: path.stem)
def test_it_has_every_verb_that_there_is(path: Path) -> None:
    """What is missing comes with the next release."""
    there = {entry["action"] for ledger in read(path) for entry in ledger["entries"]}
    assert set(verbs.registered()) - there == SINCE


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_states_transitions_and_kinds_may_change_and_nothing_is_replayed_otherwise(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state more, transitions under other names, a letter that goes another way: the table of today is not asked."""
    first = lifecycle.TABLE[0]
    other = [
        row if row is first else type(row)(f"{row.action}x", "改了名", frozenset(), frozenset({"dreamt"}), "dreamt")
        for row in lifecycle.TABLE
    ]
    monkeypatch.setattr(lifecycle, "TABLE", tuple(other))
    letter = kinds.find("letter")
    states = {"dreamt": kinds.State("新状态", "leader"), **letter.states}
    steps = tuple(step for step in letter.steps if step.code in ("sent", "withdrawn"))
    changed = kinds.Kind("letter", "函", states, steps)
    monkeypatch.setitem(kinds._KINDS, "letter", changed)
    for name in ("find", "allowed"):
        monkeypatch.setattr(lifecycle, name, _refuse)
    for name in ("find", "step_of", "row"):
        monkeypatch.setattr(kinds, name, _refuse)
    monkeypatch.setattr(verbs, "get", _refuse)
    assert replayed(path) == []


def _refuse(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError("a replay asked what holds today")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_docket_that_was_loaded_and_one_that_replayed_hold_the_same(path: Path) -> None:
    """Before every entry: what has ended is out of both, so that an effect sees the same in a replay as it did."""
    for ledger in read(path):
        entries, bodies = entries_of(ledger), bodies_of(ledger)
        docket = replay(ledger["centre"], entries[:1], bodies)
        for entry in entries[1:]:
            assert all(task.done_at is None for task in docket.tasks.values())
            assert all(clock.running for clock in docket.clocks.values())
            step(docket, ledger["centre"], entry, bodies.get(entry.pk, {}))
        assert (
            json.loads(json.dumps(columns(docket.root))).items() >= ledger["rows"][docket.root._meta.label][0].items()
        )


def test_a_replay_that_comes_out_otherwise_is_named() -> None:
    ledger = next(read(FILES[0]))
    assert differences(ledger) == []
    label = next(label for label in ledger["rows"] if label in ("orders.Order", "proceedings.Proceeding"))
    ledger["rows"][label][0]["number"] = "20000101-0001"
    number = ledger["entries"][0]["derived"]["number"]
    assert differences(ledger) == [f"{label} 0 number: '20000101-0001', now {number!r}"]
