"""What follows from an act by itself: holders, clocks, the responsible node.

`derive` asks the world (directory, pack, calendar) and its answer is written into the entry; `settle` applies
that answer to the docket.  A replay calls `settle` alone, with the entry's answer, so that a ledger of 2021
can be replayed when its staff have left and its pack has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from lianxin.directory.roles import Role
from lianxin.directory.snapshot import Snapshot
from lianxin.rules import deadlines, lifecycle
from lianxin.rules.context import complete
from lianxin.rules.lifecycle import OPEN, OrderState

from . import unjudged
from .acts import Refused
from .attachments import path_of
from .chain import instant
from .deed import Deed
from .models import Attachment, Clock, Share, Task, part_id
from .nodes import node_of
from .recount import Before, moves, order_facts, recounted, share_facts
from .rows import new
from .verbs import Verb

#: Posts of a unit that answer for an order, copied into each share at dispatch (D22: the chain on the order).
CHAIN = ("clerk", "hotline_deputy", "principal")
#: Who answers in the place of a vacant post, at the centre and in a unit, in this order.
STANDS_IN = ("supervisor", "leader", "dispatcher", "auditor", "callback", "agent", "admin")
UNIT_STANDS_IN = ("principal", "hotline_deputy", "line_deputy", "clerk")


def enter(deed: Deed[Any], verb: Verb[Any]) -> dict[str, Any]:
    """The states that the lifecycle table gives, then the verb's own effect.

    Returns what a replay needs of it, JSON-ready: `became` [order's state, share's state] as the table gave them (None:
    unchanged), `tasks` [[made], [[ended, outcome]]] by their ids.
    """
    row = lifecycle.find(verb.action)
    open_before = set(deed.docket.tasks)
    became = [str(state) if state is not None else None for state in (row.to, row.share_to)]
    _become(deed, *became)
    verb.effect(deed)
    found: dict[str, Any] = {"became": became} if any(became) else {}
    if tasks := _tasks(deed, open_before):
        found["tasks"] = tasks
    return found


def reenter(deed: Deed[Any], verb: Verb[Any], derived: dict[str, Any]) -> None:
    """The same in a replay, which asks no table: the states stand in the entry.

    Raises ValueError where the effect makes or ends other tasks than it did then.
    """
    open_before = set(deed.docket.tasks)
    _become(deed, *derived.get("became", (None, None)))
    verb.effect(deed)
    if _tasks(deed, open_before) != derived.get("tasks", []):
        raise ValueError("other tasks than the entry names")


def _become(deed: Deed[Any], order: str | None, share: str | None) -> None:
    if order is not None:
        deed.order.state = order
    if share is not None:
        deed.the_share().state = share
    if deed.share is not None:
        deed.docket.touch(deed.share)


def _tasks(deed: Deed[Any], open_before: set[int]) -> list[Any]:
    """[[ids of the tasks made], [[id, outcome] of those ended]]; empty where there are none."""
    tasks = deed.docket.tasks
    made = [pk for pk in sorted(tasks) if pk not in open_before]
    ended = [[pk, task.outcome] for pk, task in sorted(tasks.items()) if task.done_at is not None]
    return [made, ended] if made or ended else []


def derive(deed: Deed[Any], verb: Verb[Any], before: Before | None = None) -> dict[str, Any]:
    """Holders of shares, clocks to move, to stop and to start, files, the owner: JSON-ready, ids and instants.

    `before` are the facts before the act, of a verb that changes what clocks go by.
    Raises `Refused` where a unit or the centre has nobody to answer for the order.
    """
    derived: dict[str, Any] = {}
    derived["holders"] = [_holder(deed, share) for share in deed.begun] + successors(deed)
    _set_holders(deed, derived["holders"])
    if before is not None:
        derived |= moves(deed, before)
    if clocks := verb.recounts(deed):
        derived |= recounted(deed, clocks)
    about = _about(deed, verb)
    fallen = {clock_id for clock_id, _ in derived.get("stop", ())}
    running = {c.id: c for c in deed.docket.running_clocks() if not c.task_id and c.id not in fallen}
    derived["events"] = list(verb.events(deed))
    for event in derived["events"]:
        heard = (c for c in running.values() if _hears(c, about))
        stopped = [c.id for c in heard if deadlines.stops(deed.pack, event, c.rule, c.kind)]
        for clock_id in stopped:
            del running[clock_id]
        derived.setdefault("stop", []).extend([clock_id, "met"] for clock_id in stopped)
        # An order's own clock goes on through returns and further dispatches: no second one of its kind.
        going = {c.kind for c in running.values() if c.share_id is None}
        derived.setdefault("start", []).extend(_starts(deed, event, verb.action, going))
    met = {clock_id for clock_id, _ in derived.get("stop", ())}
    derived.setdefault("stop", []).extend(_fallen_away(deed, met))
    derived["files"] = [file.facts for file in deed.files]
    derived = {name: value for name, value in derived.items() if value}
    owner, vacant = _owner(deed)
    if owner is not None:
        derived["owner"] = owner
    if vacant:
        derived["vacant"] = vacant
    return derived


def settle(deed: Deed[Any], derived: dict[str, Any]) -> bool:
    """Apply `derived` to the docket.  Returns True if the order went to another person."""
    docket, at = deed.docket, deed.at
    _set_holders(deed, derived.get("holders", []))
    for clock_id, rule, _, due, warn, cause, counted_from in derived.get("move", ()):
        docket.move(
            docket.clocks[clock_id],
            datetime.fromisoformat(due),
            _when(warn),
            at,
            deed.recorded_at,
            rule=rule,
            cause=cause,
            counted_from=_when(counted_from),
        )
    for clock_id, end in derived.get("stop", ()):
        docket.stop_clock(docket.clocks[clock_id], at, deed.recorded_at, end)
    for rule, kind, about, start, due, warn, cause, event, counted_from in derived.get("start", ()):
        docket.start_clock(
            rule=rule,
            kind=kind,
            start=datetime.fromisoformat(start),
            due=datetime.fromisoformat(due),
            known_from=deed.recorded_at,
            warn_at=_when(warn),
            share=docket.all_shares.get(about),
            task=docket.tasks.get(about),
            cause=cause,
            event=event,
            counted_from=_when(counted_from),
            entry=deed.entry_number,
        )
        if about in docket.tasks:
            docket.tasks[about].due = datetime.fromisoformat(due)
            docket.touch(docket.tasks[about])
    _attach(deed, derived.get("files", []))
    docket.forget_ended()
    docket.order.due_at = min((c.due for c in docket.running_clocks()), default=None)
    docket.order.vacant = derived.get("vacant", "")
    if "owner" not in derived:
        docket.leave(at)
        docket.order.node = "ended"
        return False
    before = docket.order.owner_person_id
    node, unit, post, person = derived["owner"]
    return docket.move_to(node, unit, post, person, at) and person != before


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _attach(deed: Deed[Any], files: list[list[Any]]) -> None:
    """A row for each [sha256, bytes, media type].  A replay does not know the names: they are not in the ledger."""
    names = [file.name for file in deed.files] or [""] * len(files)
    for (digest, size, media_type), name in zip(files, names, strict=True):
        sha256 = bytes.fromhex(digest)
        row = new(
            Attachment,
            id=deed.docket.next_part()[1],
            order_id=deed.order.pk,
            entry_id=part_id(deed.order.pk, deed.entry_number),
            name=name,
            media_type=media_type,
            size=size,
            sha256=sha256,
            path=path_of(sha256),
        )
        deed.docket.add(row)


def _about(deed: Deed[Any], verb: Verb[Any]) -> set[int]:
    """The shares whose clocks the act stops; none named: all of them."""
    if deed.share is None:
        return set()
    return {share.id for share in deed.docket.line(deed.share)} if verb.upward else {deed.share.id}


def _hears(clock: Clock, about: set[int]) -> bool:
    return clock.share_id is None or not about or clock.share_id in about


def _fallen_away(deed: Deed[Any], stopped: set[int]) -> Iterator[list[Any]]:
    """[clock, end] of clocks whose share, task or order has ended: a task that was done is met, the rest cancelled."""
    docket = deed.docket
    open_order = docket.order.state in OPEN
    merged = docket.order.state == OrderState.MERGED
    for clock in docket.running_clocks():
        if clock.id in stopped:
            continue
        task = docket.tasks.get(clock.task_id) if clock.task_id else None
        share = docket.all_shares.get(clock.share_id) if clock.share_id else None
        if task is not None and task.done_at is not None:
            yield [clock.id, "cancelled" if task.outcome == "cancelled" else "met"]
        elif not open_order or (merged and share is None) or (share is not None and not share.is_running):
            yield [clock.id, "cancelled"]


def _holder(deed: Deed[Any], share: Share) -> list[Any]:
    """[share id, post, person, chain] of a new share: the A holder of the unit's hotline post, B in his absence."""
    post, person = person_at(deed.directory, share.unit_id, "clerk", deed.at)
    line = [share.id, post, person, _chain(deed, share)]
    first = deed.directory.posts[post].holder_a
    # Where A is away it comes back to him; where he has left, nobody stands in for him.
    if first is None or first == person or not deed.directory.serves(first, share.unit_id):
        return line
    return [*line, first]


def _chain(deed: Deed[Any], share: Share) -> list[list[Any]]:
    return [
        [role, line.id, deed.directory.holder(line.id, deed.at)]
        for role in CHAIN
        for line in deed.directory.posts_at(share.unit_id, role)
    ]


def successors(deed: Deed[Any]) -> list[list[Any]]:
    """The same for running shares whose holder has left the unit: whoever holds his post now, else who stands in.  A
    share goes to B while A is away, and back (A31)."""
    found = []
    for share in deed.docket.shares(running=True):
        if share.holder_id is None:
            continue
        if not deed.directory.serves(share.holder_id, share.unit_id):
            line = _in_his_place(deed, share)
            found += [[share.id, *line, _chain(deed, share)]] if line is not None else []
        elif (change := relief(deed.directory, share, deed.at)) is not None:
            person, absent = change
            line_of = [share.id, share.holder_post_id, person, _chain(deed, share)]
            found.append([*line_of, absent] if absent is not None else line_of)
    return found


def relief(directory: Snapshot, share: Share | Any, at: datetime) -> tuple[int, int | None] | None:
    """(who answers now, for whom he stands in) where the holder of a share has gone away, or whoever he stood in for
    is back (A31); None where it stays with him.  Whoever was given it personally, or signed it, keeps it meanwhile."""
    post, holder = directory.posts.get(share.holder_post_id), share.holder_id
    if post is None:
        return None
    # Held by another than who was put in his place, it was given on since.
    absent: int | None = share.stand_in[1] if share.stand_in and share.stand_in[0] == holder else None
    if absent is not None and directory.serves(absent, share.unit_id) and not directory.away(absent, at):
        return absent, None
    other = directory.instead(holder, post.id, at)
    if other is None or not directory.away(holder, at) or directory.away(other, at):
        return None
    return other, absent or holder


def _in_his_place(deed: Deed[Any], share: Share) -> tuple[int, int] | None:
    """(post, person) for a share whose holder is gone; None where his unit has nobody at all."""
    post = share.holder_post_id
    if post in deed.directory.posts and (person := deed.directory.holder(post, deed.at)) is not None:
        return post, person
    return standing_in(deed.directory, share.unit_id, "clerk", deed.at)


def _set_holders(deed: Deed[Any], holders: list[list[Any]]) -> None:
    for share_id, post, person, chain, *absent in holders:
        share = deed.docket.all_shares[share_id]
        share.holder_post_id, share.holder_id, share.chain = post, person, chain
        share.stand_in = [person, *absent] if absent else []
        deed.docket.touch(share)


def person_at(directory: Snapshot, unit: int, role: str, at: datetime) -> tuple[int, int]:
    """(post id, staff id) of whoever answers for `role` in `unit` at `at`.  Raises `Refused` if nobody does."""
    for post in directory.posts_at(unit, role):
        person = directory.holder(post.id, at)
        if person is not None:
            return post.id, person
    name = directory.units[unit].name
    raise Refused(f"{name}还没有在岗的{Role(role).label}，请管理员先在“岗位”里设置A角、B角")


def standing_in(
    directory: Snapshot, unit: int, role: str, at: datetime, *, but: int | None = None
) -> tuple[int, int] | None:
    """(post, person) of whoever answers where the post of `role` is vacant: the next who can, in the same unit, and
    not the person `but`."""
    for other in STANDS_IN if unit == directory.root.id else UNIT_STANDS_IN:
        for post in directory.posts_at(unit, other):
            person = directory.holder(post.id, at)
            if other != role and person is not None and person != but:
                return post.id, person
    return None


def next_holder(directory: Snapshot, share: Share, at: datetime, *, but: int | None) -> tuple[int, int] | None:
    """(post, person) of whoever takes a share over from the person `but`: of the same post, else who stands in."""
    person = directory.holder(share.holder_post_id, at)
    if person is not None and person != but:
        return share.holder_post_id, person
    return standing_in(directory, share.unit_id, "", at, but=but)


def _owner(deed: Deed[Any]) -> tuple[list[Any] | None, str]:
    """([node, unit, post, person], the role that should answer and is vacant); None where the order has ended."""
    node = node_of(deed.docket, unit_audit=deed.pack.reply.unit_audit)
    if node is None:
        return None, ""
    if node.share is not None:
        share = node.share
        return [node.name, share.unit_id, share.holder_post_id, share.holder_id], ""
    unit = node.of_unit or deed.directory.root.id
    try:
        return [node.name, unit, *person_at(deed.directory, unit, node.role, deed.at)], ""
    except Refused:
        if (line := standing_in(deed.directory, unit, node.role, deed.at)) is not None:
            return [node.name, unit, *line], node.role
        order = deed.order
        if (order.node, order.owner_unit_id) != (node.name, unit):
            raise
        # Nobody at all was put in the place of whoever left: it stays with him, and clocks ring all the same.
        return [node.name, unit, order.owner_post_id, order.owner_person_id], node.role


def _starts(deed: Deed[Any], event: str, action: str, going: set[str]) -> list[list[Any]]:
    """[rule, kind, share or task id (0: the order), start, due, warn] for each clock that `event` starts."""
    subjects: list[tuple[str, Share | None, Task | None]] = []
    if deed.docket.order.state in OPEN:
        subjects.append(("order", None, None))
    for share in deed.begun or ([deed.share] if deed.share else []):
        if share.is_running:
            subjects.append(("share", share, None))
    subjects += [("task", deed.docket.all_shares.get(t.share_id or 0), t) for t in deed.asked]
    world = deed.outside()
    facts = order_facts(deed.order, world, deed.at)
    found: list[list[Any]] = []
    for on, about_share, task in subjects:
        context = complete(
            order=facts,
            share=share_facts(about_share, deed.directory) if about_share else None,
            event={"name": event, "role": deed.actor.role, "verb": action},
            task={"kind": task.kind} if task else None,
        )
        failed = partial(unjudged.tell, deed)
        for start in deadlines.starts(deed.pack, event, context, deed.at, world.calendar, on=on, failed=failed):
            if not (on == "order" and start.kind in going):
                about = task.id if task else about_share.id if about_share else 0
                warn = instant(start.warn_at) if start.warn_at else None
                line = [start.rule, start.kind, about, instant(start.start), instant(start.due), warn]
                found.append([*line, start.cause, event, None])
    return found
