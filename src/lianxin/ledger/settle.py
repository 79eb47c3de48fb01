"""What follows from an act by itself: clocks, the responsible node, and what the book of its root adds (holders).

`derive` asks the world (directory, pack, calendar) and its answer is written into the entry; `settle` applies
that answer to the docket.  A replay calls `settle` alone, with the entry's answer, so that a ledger of 2021
can be replayed when its staff have left and its pack has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from lianxin.rules import deadlines
from lianxin.rules.context import complete
from lianxin.rules.policy_rows import ClockRule
from lianxin.rules.policy_tasks import NOT_MET

from . import unjudged
from .attachments import path_of
from .books import Subject
from .chain import instant
from .deed import Deed, Laid
from .models import Attachment, Clock, Task, part_id
from .verbs import Verb


def enter(deed: Deed[Any], verb: Verb[Any, Any]) -> dict[str, Any]:
    """The states that the lifecycle table gives, then the verb's own effect.

    Returns what a replay needs of it, JSON-ready: `became` [order's state, share's state] as the table gave them (None:
    unchanged), `tasks` [[made], [[ended, outcome]]] by their ids.
    """
    row = verb.row()
    open_before = set(deed.docket.tasks)
    became = [str(state) if state is not None else None for state in (row.to, row.share_to)]
    deed.become(*became)
    verb.effect(deed)
    found: dict[str, Any] = {"became": became} if any(became) else {}
    if tasks := _tasks(deed, open_before):
        found["tasks"] = tasks
    return found


def reenter(deed: Deed[Any], verb: Verb[Any, Any], derived: dict[str, Any]) -> None:
    """The same in a replay, which asks no table: the states stand in the entry.

    Raises ValueError where the effect makes or ends other tasks than it did then.
    """
    open_before = set(deed.docket.tasks)
    deed.become(*derived.get("became", (None, None)))
    verb.effect(deed)
    if _tasks(deed, open_before) != derived.get("tasks", []):
        raise ValueError("other tasks than the entry names")


def _tasks(deed: Deed[Any], open_before: set[int]) -> list[Any]:
    """[[ids of the tasks made], [[id, outcome] of those ended]]; empty where there are none."""
    tasks = deed.docket.tasks
    made = [pk for pk in sorted(tasks) if pk not in open_before]
    ended = [[pk, task.outcome] for pk, task in sorted(tasks.items()) if task.done_at is not None]
    return [made, ended] if made or ended else []


def derive(deed: Deed[Any], verb: Verb[Any, Any], before: Any = None) -> dict[str, Any]:
    """What the book of the root adds, clocks to stop and to start, files, the owner: JSON-ready, ids and instants.

    `before` are the facts before the act, of a verb that changes what clocks go by.
    Raises `Refused` where nobody can answer for the root.
    """
    book = verb.book
    derived = book.derive(deed, verb, before)
    derived["events"] = list(verb.events(deed))
    book.duties(deed, verb, derived)
    _clocks(deed, verb, derived)
    book.limits(deed, derived)
    derived["files"] = [file.facts for file in deed.files]
    derived["failed"] = sorted(deed.failed)
    derived = {name: value for name, value in derived.items() if value}
    owner, vacant = book.owner(deed)
    if owner is not None:
        derived["owner"] = owner
    if vacant:
        derived["vacant"] = vacant
    return derived


def _clocks(deed: Deed[Any], verb: Verb[Any, Any], derived: dict[str, Any]) -> None:
    """Put into `derived` which clocks the act stops and starts."""
    stop, start = derived.setdefault("stop", []), derived.setdefault("start", [])
    about = verb.book.hears(deed, verb)
    fallen = {clock_id for clock_id, _ in stop}
    running = {c.id: c for c in deed.docket.running_clocks() if not c.task_id and c.id not in fallen}
    subjects: list[Subject] | None = None
    for event in derived["events"]:
        heard = (c for c in running.values() if _hears(c, about))
        stopped = [c for c in heard if deadlines.stops(deed.pack, event, c.rule, c.kind)]
        for clock in stopped:
            del running[clock.id]
        stop.extend([clock.id, "met"] for clock in stopped)
        # What runs goes on through returns and further dispatches: no second one of its kind.
        going = {(c.share_id or 0, c.kind) for c in running.values()}
        if subjects is None:
            subjects = list(verb.book.subjects(deed, verb))
        start.extend(_starts(deed, event, verb.action, subjects, going, [*stopped, *_rung(deed)]))
    stop.extend(_fallen_away(deed, {clock_id for clock_id, _ in stop}))


def settle(deed: Deed[Any], verb: Verb[Any, Any], derived: dict[str, Any]) -> bool:
    """Apply `derived` to the docket.  Returns True if the root went to another person."""
    docket, at = deed.docket, deed.at
    verb.book.apply(deed, derived)
    _move(deed, derived.get("move", ()))
    for task_id, outcome in derived.get("met", ()):
        docket.finish(docket.tasks[task_id], at, outcome)
    for task_id in derived.get("passed", ()):
        docket.tasks[task_id].passed_by = deed.entry_number
        docket.touch(docket.tasks[task_id])
    made = [_lay(deed, Laid(*line)) for line in derived.get("laid", ())]
    for clock_id, end in derived.get("stop", ()):
        docket.stop_clock(docket.clocks[clock_id], at, deed.recorded_at, end)
    _start(deed, derived.get("start", ()), made)
    _attach(deed, derived.get("files", []))
    docket.forget_ended()
    docket.root.due_at = min((c.due for c in docket.running_clocks()), default=None)
    docket.root.vacant = derived.get("vacant", "")
    if "owner" not in derived:
        docket.end_stays(at, deed.recorded_at)
        return False
    before = docket.root.owner_person_id
    node, unit, post, person = derived["owner"]
    return docket.move_to(node, unit, post, person, at, deed.recorded_at) and person != before


def _move(deed: Deed[Any], lines: Any) -> None:
    for clock_id, rule, _, due, warn, cause, counted_from in lines:
        clock = deed.docket.clocks[clock_id]
        deed.docket.move(
            clock,
            datetime.fromisoformat(due),
            _when(warn),
            deed.at,
            deed.recorded_at,
            rule=rule,
            cause=cause,
            counted_from=_when(counted_from),
        )
        if clock.task_id is not None:
            task = deed.docket.tasks[clock.task_id]
            task.due = clock.due
            deed.docket.touch(task)


def _lay(deed: Deed[Any], laid: Laid) -> Task:
    return deed.docket.make_task(
        kind=laid.kind,
        unit=laid.unit,
        post_role=laid.role,
        at=datetime.fromisoformat(laid.filed_at) if laid.filed_at else deed.at,
        entry=laid.filed or deed.entry_number,
        share=laid.share or None,
        rule=laid.rule,
        holder_id=laid.holder,
        vacant=laid.vacant,
        level=laid.level,
        petition=laid.petition,
        reason=laid.reason,
        comes_at=_when(laid.comes),
    )


def _start(deed: Deed[Any], lines: Any, made: Sequence[Task]) -> None:
    """`lines` as `_starts` writes them; a task that this act makes is named by its place, from -1 on."""
    tasks = deed.docket.tasks
    for rule, kind, about, start, due, warn, cause, event, counted_from in lines:
        task = made[-about - 1] if about < 0 else tasks.get(about)
        deed.docket.start_clock(
            rule=rule,
            kind=kind,
            start=datetime.fromisoformat(start),
            due=datetime.fromisoformat(due),
            known_from=deed.recorded_at,
            warn_at=_when(warn),
            share=about if about and task is None else None,
            task=task.id if task is not None else None,
            cause=cause,
            event=event,
            counted_from=_when(counted_from),
            entry=deed.entry_number,
        )
        if task is not None:
            task.due = datetime.fromisoformat(due)
            deed.docket.touch(task)


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _attach(deed: Deed[Any], files: list[list[Any]]) -> None:
    """A row for each [sha256, bytes, media type].  A replay does not know the names: they are not in the ledger."""
    names = [file.name for file in deed.files] or [""] * len(files)
    for (digest, size, media_type), name in zip(files, names, strict=True):
        sha256 = bytes.fromhex(digest)
        deed.docket.make(
            Attachment,
            entry_id=part_id(deed.docket.root.pk, deed.entry_number),
            name=name,
            media_type=media_type,
            size=size,
            sha256=sha256,
            path=path_of(sha256),
        )


def _hears(clock: Clock, about: frozenset[int]) -> bool:
    return clock.share_id is None or not about or clock.share_id in about


def _fallen_away(deed: Deed[Any], stopped: set[int]) -> Iterator[list[Any]]:
    """[clock, end] of clocks whose task, part or root has ended: a task that was done is met, the rest cancelled."""
    docket = deed.docket
    for clock in docket.running_clocks():
        if clock.id in stopped:
            continue
        task = docket.tasks.get(clock.task_id) if clock.task_id else None
        outcome = (task.outcome or deed.met.get(task.id, "")) if task is not None else ""
        if outcome:
            # What fell away, and what a leader opened, was not met.
            yield [clock.id, "cancelled" if outcome in NOT_MET else "met"]
        elif not docket.runs(clock.share_id):
            yield [clock.id, "cancelled"]


def _rung(deed: Deed[Any]) -> Iterator[Clock]:
    """The clocks that the act rings."""
    return (deed.docket.clocks[pk] for pk in getattr(deed.payload, "clocks", ()) if pk in deed.docket.clocks)


def _part_of(deed: Deed[Any], clock: Clock) -> int:
    """The part (0: the root) of a clock: its own, or that of the duty whose limit it is."""
    task = deed.docket.tasks.get(clock.task_id or 0)
    return int(clock.share_id or (task.share_id if task is not None else 0) or 0)


def _concerns(deed: Deed[Any], event: str, about: int, over: Sequence[Clock]) -> bool:
    """Whether a lapse is one of this very part, and not of another that lapsed in the same moment."""
    kind = event.removeprefix("breach.")
    return kind == event or any((_part_of(deed, clock), clock.kind) == (about, kind) for clock in over)


def _begun(deed: Deed[Any], about: int, over: Sequence[Clock], rule: ClockRule) -> datetime:
    """When a clock of this rule begins: with the act, or earlier, when a limit was past whose breach begins it too
    (whoever signs in late has no more time than who signed in at the last moment)."""
    begins = rule.start_on
    due = (clock.due for clock in over if _part_of(deed, clock) == about and f"breach.{clock.kind}" in begins)
    return min([deed.at, *due])


def _starts(
    deed: Deed[Any],
    event: str,
    action: str,
    subjects: list[Subject],
    going: set[tuple[int, str]],
    over: Sequence[Clock],
) -> Iterator[list[Any]]:
    """[rule, kind, subject's id (0: the root), start, due, warn, cause, event] for each clock that `event` starts;
    `over`: clocks that stop or ring with it."""
    world = deed.outside()
    outcome = getattr(deed.payload, "outcome", "")
    heard = {"name": event, "role": deed.actor.role, "verb": action, "outcome": outcome}
    failed = partial(unjudged.tell, deed)
    for on, about, facts in subjects:
        context = complete(**facts, event=heard)
        begun = partial(_begun, deed, about, over)
        for start in deadlines.starts(deed.pack, event, context, begun, world.calendar, on=on, failed=failed):
            if (about, start.kind) not in going and (not about or _concerns(deed, event, about, over)):
                warn = instant(start.warn_at) if start.warn_at else None
                line = [start.rule, start.kind, about, instant(start.start), instant(start.due), warn]
                yield [*line, start.cause, event, None]
