"""The duties that rules of the pack lay with an act on an order (`[[task]]`): on whom, until when, what meets them.

A duty never refuses the act that makes it: a vacant post falls to who stands in, marked so.  What it bars it bars in
`permit`; what comes past it (an import, a platform) is noted on the task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import unjudged
from lianxin.ledger.acts import Actor
from lianxin.ledger.chain import instant
from lianxin.ledger.deed import Laid
from lianxin.ledger.models import Task
from lianxin.rules import deadlines, duties
from lianxin.rules.context import MADE, Context, complete
from lianxin.rules.lifecycle import CENTRE, OrderState
from lianxin.rules.policy import Pack
from lianxin.rules.policy_tasks import Level, TaskRule, limit_of

from .deed import Deed
from .docket import Docket
from .holders import answering
from .models import Share
from .reach import of_centre
from .recount import order_facts, share_facts

#: Who has it where neither the post of the rule nor what it names instead can answer: in a unit, then at the centre.
LAST = ("clerk",)
LAST_AT_CENTRE = ("supervisor", "leader", "dispatcher")
#: The acts by which an order is told of another of its matter, and by which its clocks ring.
TOLD, RUNG = "matter.told", "clock.breached"
#: The act by which a petition is agreed to on its way.
AGREED = "petition.endorsed"
#: The ways by which what people do comes in.
OF_PEOPLE = frozenset({"desk", "portal", "sms"})


def follow(deed: Deed[Any], action: str, derived: dict[str, Any]) -> None:
    """Put into `derived` what the duties of the pack make of the act: `met`, `laid` with their `start`, `passed`."""
    met, start = derived.setdefault("met", []), derived.setdefault("start", [])
    derived["passed"] = list(deed.passed)
    if not deed.docket.is_open or deed.order.state == OrderState.MERGED:
        # With the order it falls away, never as met.
        deed.met.update((task.id, "cancelled") for task in deed.docket.open_tasks())
        met.extend([task_id, outcome] for task_id, outcome in deed.met.items())
        return
    if not deed.pack.tasks:
        return
    events: list[str] = [deed.payload.event] if action == TOLD else derived["events"]
    facts: dict[str, Any] | None = None
    for event in events:  # grows: what is met makes an event of its own
        for task in _met_by(deed, event):
            met.append([task.id, "done"])
            deed.met[task.id] = "done"
            events.append(f"done.{task.kind}")
        if rules := deed.pack.tasks_on(event):
            facts = facts or order_facts(deed.order, deed.outside(), deed.at)
            for rule, share in _called(deed, event, action, facts, {rule.on for rule in rules}):
                _lay(deed, rule, share, event, start)
    if action == AGREED:
        _next_level(deed, start)
    derived["laid"] = [list(laid) for laid in deed.laid]


def barring(docket: Docket, pack: Pack, action: str, share: Share | None) -> Iterator[tuple[Task, TaskRule]]:
    """The open tasks, with their rules, for which an action on the share (None: on the order) must wait."""
    if action not in pack.barred:
        return
    for task in docket.open_tasks():
        rule = pack.task(task.rule)
        concerns = task.share_id is None or share is None or task.share_id == share.id
        if rule is not None and concerns and action in rule.before:
            yield task, rule


def _met_by(deed: Deed[Any], event: str) -> Iterator[Task]:
    """The open tasks that an event meets: on this share or the whole order, by a person of the right post."""
    for task in deed.docket.open_tasks():
        rule = deed.pack.task(task.rule)
        if rule is None or task.id in deed.met or event not in rule.ends_with:
            continue
        here = task.share_id is None or deed.share is None or task.share_id == deed.share.id
        if here and (rule.whoever or lies_on(task, deed.actor, deed.directory)):
            yield task


def _called(
    deed: Deed[Any], event: str, action: str, order: Mapping[str, Any], on: set[str]
) -> Iterator[tuple[TaskRule, Share | None]]:
    """The rules that the event calls upon, each with what its duty lies on."""
    failed = partial(unjudged.tell, deed)

    def context(share: Share | None) -> Context:
        about = share_facts(share, deed.directory) if share else None
        return complete(order=order, share=about, event={"name": event, "role": deed.actor.role, "verb": action})

    if action == TOLD:
        on = on & {"members"}
    if "order" in on:
        for rule in duties.laid(deed.pack, event, context(None), on="order", failed=failed):
            yield rule, None
    for place in ("share", "members"):
        if place in on:
            for share in _shares(deed, event, place, action):
                for rule in duties.laid(deed.pack, event, context(share), on=place, failed=failed):
                    yield rule, share


def _shares(deed: Deed[Any], event: str, place: str, action: str) -> list[Share]:
    """The running shares that the event concerns: those begun, the one acted on, that of a clock which was breached; on
    another order of the matter, those that answer for it."""
    if place == "members":
        return [s for s in deed.docket.shares(running=True, depth=0) if s.role != "assist"] if action == TOLD else []
    made = MADE.fullmatch(event)
    if made and action == RUNG:
        rung = (deed.docket.clocks[pk] for pk in deed.payload.clocks)
        about = {c.share_id or _share_of(deed, c.task_id) for c in rung if c.kind == made[2]}
        return [s for s in deed.docket.shares(running=True) if s.id in about]
    concerned = [*deed.begun] if deed.begun else [deed.share]
    return [s for s in concerned if s is not None and s.is_running]


def _share_of(deed: Deed[Any], task: int | None) -> int | None:
    found = deed.docket.tasks.get(task or 0)
    return found.share_id if found else None


def _lay(deed: Deed[Any], rule: TaskRule, share: Share | None, event: str, start: list[Any]) -> None:
    """One duty more, unless the same lies there already."""
    about = share.id if share else None
    same = (task for task in deed.docket.open_tasks() if task.rule == rule.id and task.id not in deed.met)
    if any(task.share_id == about for task in same):
        return
    if any((laid.rule, laid.share or None) == (rule.id, about) for laid in deed.laid):
        return
    level = rule.levels[0] if rule.levels else None
    deed.laid.append(_placed(deed, rule, share, level))
    given = getattr(deed.payload, "due", None) if rule.allow == "given" else None
    start.extend(_limit(deed, rule, 0, event, given))


def _next_level(deed: Deed[Any], start: list[Any]) -> None:
    """A petition was agreed to: it goes to the next who must agree, or to whoever decides it."""
    task = deed.docket.tasks[deed.payload.task]
    rule = deed.pack.task(task.rule)
    if rule is None or not deed.payload.agreed:
        return
    number = task.level + 1
    level = rule.levels[number] if number < len(rule.levels) else None
    laid = _placed(deed, rule, deed.share, level)
    deed.laid.append(
        laid._replace(level=number, filed=task.made_entry, filed_at=instant(task.made_at), reason=task.reason)
    )
    start.extend(_limit(deed, rule, number, "", None))


def _placed(deed: Deed[Any], rule: TaskRule, share: Share | None, level: Level | None) -> Laid:
    """The duty of `rule` (of this level of it, if one is named) on the post that has it now."""
    wanted, at = (level.post, level.at) if level else (rule.post, rule.at)
    home = deed.order.home_id
    own = share.unit_id if share else home
    unit = own if at == "unit" else home if at == "centre" else _above(deed, own)
    line = _holder(deed.directory, unit, (wanted, *rule.otherwise, *LAST), deed.at)
    line = line or _holder(deed.directory, home, LAST_AT_CENTRE, deed.at)
    where, role, person = line or (home, LAST_AT_CENTRE[0], None)
    vacant = wanted if line is None or (where, role) != (unit, wanted) else ""
    return Laid(
        rule=rule.id,
        kind=rule.kind,
        share=share.id if share else 0,
        unit=where,
        role=role,
        holder=person,
        vacant=vacant,
        level=0,
        petition=rule.petition,
        holds=rule.holds,
        reason=getattr(deed.payload, "return_reason", "") if rule.petition else "",
    )


def _above(deed: Deed[Any], unit: int) -> int:
    """The unit above; the centre, where that has no share of the order and could not open it."""
    parent = deed.directory.units[unit].parent
    has_it = any(share.unit_id == parent for share in deed.docket.all_shares.values())
    return parent if parent is not None and has_it else deed.order.home_id


def lies_on(task: Task, actor: Actor, directory: Snapshot) -> bool:
    """Whether a task lies on the actor: on his post (of the centre at a sub-centre too), or on him personally."""
    central = actor.role in CENTRE and of_centre(directory, actor.unit)
    unit = directory.root.id if central else actor.unit
    by_post = (task.unit_id, task.post_role) == (unit, actor.role)
    return by_post or (actor.staff is not None and actor.staff == task.holder_id)


def placed_anew(deed: Deed[Any]) -> list[list[Any]]:
    """[task, unit, post, holder, vacant post] of open duties that lie elsewhere now: their holder has gone or is away,
    nobody holds the post any more, or the post that was vacant is filled (A13, A31)."""
    found = []
    for task in deed.docket.open_tasks():
        rule, share = deed.pack.task(task.rule), deed.docket.all_shares.get(task.share_id or 0)
        if rule is None:
            continue
        unit, role, vacant = task.unit_id, task.post_role, task.vacant
        holder = answering(deed.directory, task, deed.at)
        if holder is None or vacant:
            level = rule.levels[task.level] if task.level < len(rule.levels) else None
            laid = _placed(deed, rule, share, level)
            if holder is None or not laid.vacant:
                unit, role, holder, vacant = laid.unit, laid.role, laid.holder, laid.vacant
        if (unit, role, holder, vacant) != (task.unit_id, task.post_role, task.holder_id, task.vacant):
            found.append([task.id, unit, role, holder, vacant])
    return found


def place(docket: Docket, lines: Iterable[Sequence[Any]]) -> None:
    """Lay them there."""
    for task_id, unit, role, holder, vacant in lines:
        task = docket.tasks[task_id]
        task.unit_id, task.post_role, task.holder_id, task.vacant = unit, role, holder, vacant
        docket.touch(task)


def _holder(directory: Snapshot, unit: int, roles: tuple[str, ...], at: datetime) -> tuple[int, str, int] | None:
    """(unit, role, person) of the first of these posts of the unit that somebody holds."""
    for role in roles:
        for post in directory.posts_at(unit, role):
            if (person := directory.holder(post.id, at)) is not None:
                return unit, role, person
    return None


def _limit(deed: Deed[Any], rule: TaskRule, level: int, event: str, given: Any) -> Iterator[list[Any]]:
    """The clock of the duty that was laid last, as `settle` starts it."""
    limit, calendar = limit_of(rule, level), deed.outside().calendar
    if given is not None:
        due, warn = given, None
    elif limit is not None:
        due, _ = deadlines.reckon(limit, deed.at, calendar)
        warn = deadlines.warn_at(limit, deed.at, due, calendar)
    else:
        return
    times = [instant(deed.at), instant(due), instant(warn) if warn else None]
    yield [rule.id, rule.kind, -len(deed.laid), *times, "rule", event, None]
