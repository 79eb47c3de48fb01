"""The duties that rules of the pack lay with an act on an order (`[[task]]`): on whom, until when, what meets them.

A duty never refuses the act that makes it: a vacant post falls to who stands in, marked so.  What it bars it bars in
`permit`; what comes past it (an import, a platform) is noted on the task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from lianxin.directory import teams
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger import unjudged
from lianxin.ledger.acts import Actor
from lianxin.ledger.chain import instant
from lianxin.ledger.deed import Laid
from lianxin.ledger.models import Task
from lianxin.rules import duties
from lianxin.rules.context import MADE, Context, complete
from lianxin.rules.lifecycle import CENTRE, OrderState, ShareState
from lianxin.rules.policy import Pack
from lianxin.rules.policy_tasks import Level, TaskRule

from . import duty_limits, periods
from .deed import Deed
from .docket import Docket
from .holders import answering
from .models import Share
from .reach import of_centre
from .recount import order_facts, share_facts
from .recusal import recused

#: Who has it where neither the post of the rule nor what it names instead can answer: in a unit, then at the centre.
LAST = ("clerk",)
LAST_AT_CENTRE = ("supervisor", "leader", "dispatcher")
#: In these a share has no result that stands.
NO_RESULT = frozenset({ShareState.PENDING, ShareState.SIGNED, ShareState.SENT_BACK})
#: The acts by which an order is told of another of its matter, and by which its clocks ring.
TOLD, RUNG = "matter.told", "clock.breached"
#: The act by which a petition is agreed to on its way.
AGREED = "petition.endorsed"
#: What handling is made of: who has done one of these for a unit has handled the order.
HANDLING = (
    *("share.signed", "share.contacted", "share.progressed", "share.arrived", "share.visited"),
    *("share.replied", "share.opined"),
)
#: The ways by which what people do comes in.
OF_PEOPLE = frozenset({"desk", "portal", "sms"})


def follow(deed: Deed[Any], verb: Any, derived: dict[str, Any]) -> None:
    """Put into `derived` what the duties of the pack make of the act: `met`, `laid` with their `start`, `passed`."""
    action, called = verb.action, derived.pop("called", ())
    met, start = derived.setdefault("met", []), derived.setdefault("start", [])
    derived["passed"] = list(deed.passed)
    if not deed.docket.is_open or deed.order.state == OrderState.MERGED:
        # What the end itself meets is met; all else falls away with the order.
        for event in derived["events"]:
            deed.met.update((task.id, "done") for task in _met_by(deed, event))
        deed.met.update((task.id, "cancelled") for task in deed.docket.owed_tasks() if task.id not in deed.met)
        met.extend([task_id, outcome] for task_id, outcome in deed.met.items())
        return
    if not deed.pack.tasks:
        return
    events: list[str] = [deed.payload.event] * bool(deed.payload.event) if action == TOLD else derived["events"]
    facts: dict[str, Any] | None = None
    for event in events:  # grows: what is met makes an event of its own
        for task in _fallen(deed, event):
            met.append([task.id, "void"])
            deed.met[task.id] = "void"
        for task in _met_by(deed, event):
            met.append([task.id, "done"])
            deed.met[task.id] = "done"
            events.append(f"done.{task.kind}")
        if rules := deed.pack.tasks_on(event):
            facts = facts or order_facts(deed.order, deed.outside(), deed.at)
            for rule, share in _called(deed, event, verb, facts, {rule.on for rule in rules}):
                _lay(deed, rule, share, event, start)
    for rule, share, event in called:  # by a fact that this act changed, unless the act itself has laid the like
        if (rule.kind, share.id if share else 0) not in {(laid.kind, laid.share) for laid in deed.laid}:
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
    for task in deed.docket.owed_tasks():
        rule = deed.pack.task(task.rule)
        if rule is None or task.id in deed.met or event not in rule.ends_with:
            continue
        here = task.share_id is None or deed.share is None or task.share_id == deed.share.id
        if here and (rule.whoever or lies_on(task, deed.actor, deed.directory, rule)):
            yield task


def _fallen(deed: Deed[Any], event: str) -> Iterator[Task]:
    """The open tasks of which the event says that what they were owed for stands no more.

    Of an order's own only what becomes of those who answer for it says so: whoever assists has no result to take back.
    """
    about = deed.begun or ([deed.share] if deed.share else [])
    answers = not about or any(share.role != "assist" for share in about)
    for task in deed.docket.owed_tasks():
        rule = deed.pack.task(task.rule)
        if rule is None or task.id in deed.met or event not in rule.falls_with:
            continue
        if answers if task.share_id is None else (not about or task.share_id in {share.id for share in about}):
            yield task


def _called(
    deed: Deed[Any], event: str, verb: Any, order: Mapping[str, Any], on: set[str]
) -> Iterator[tuple[TaskRule, Share | None]]:
    """The rules that the event calls upon, each with what its duty lies on."""
    failed, action = partial(unjudged.tell, deed), verb.action

    def context(share: Share | None) -> Context:
        about = share_facts(share, deed.directory) if share else None
        heard = {
            "name": event,
            "role": deed.actor.role,
            "verb": action,
            "outcome": getattr(deed.payload, "outcome", ""),
        }
        raised_at = getattr(deed.payload, "raised_at", None) if action == TOLD else None
        heard["in_period"] = bool(share and raised_at and periods.within(deed, share, raised_at))
        heard["awaited"] = sum(each.state in NO_RESULT for each in _answering(deed))
        return complete(order=order, share=about, event=heard)

    if action == TOLD:
        on = on & {"members"}
    if "order" in on:
        for rule in duties.laid(deed.pack, event, context(None), on="order", failed=failed):
            yield rule, None
    for place in ("share", "members"):
        if place in on:
            for share in _shares(deed, event, place, verb):
                for rule in duties.laid(deed.pack, event, context(share), on=place, failed=failed):
                    yield rule, share


def _shares(deed: Deed[Any], event: str, place: str, verb: Any) -> list[Share]:
    """The running shares that the event concerns: those begun, the one acted on, that of a clock which was breached; on
    another order of the matter, those that answer for it."""
    if place == "members":
        return _answering(deed) if verb.action == TOLD else []
    made = MADE.fullmatch(event)
    return rung(deed, made[2]) if made and verb.action == RUNG else deed.parts(verb)


def _answering(deed: Deed[Any]) -> list[Share]:
    """The running shares that answer for the order itself."""
    return [share for share in deed.docket.shares(running=True, depth=0) if share.role != "assist"]


def rung(deed: Deed[Any], kind: str = "") -> list[Share]:
    """The running shares of which a limit (of that kind) lapses with this act."""
    clocks = (deed.docket.clocks[pk] for pk in deed.payload.clocks)
    about = {c.share_id or _share_of(deed, c.task_id) for c in clocks if kind in ("", c.kind)}
    return [share for share in deed.docket.shares(running=True) if share.id in about]


def _share_of(deed: Deed[Any], task: int | None) -> int | None:
    found = deed.docket.tasks.get(task or 0)
    return found.share_id if found else None


def _lay(deed: Deed[Any], rule: TaskRule, share: Share | None, event: str, start: list[Any]) -> None:
    """One duty more, unless the same lies there already.  What an act gives to a person with a date of its own is never
    the same as what another act gave him."""
    level = rule.levels[0] if rule.levels else None
    placed = _placed(deed, rule, share, level)
    whose = (placed.share, placed.holder if rule.named else None)
    same = [task for task in deed.docket.owed_tasks() if task.rule == rule.id and task.id not in deed.met]
    there = {(task.share_id or 0, task.holder_id if rule.named else None) for task in same}
    there = set() if rule.named and rule.allow == "given" else there
    there |= {(laid.share, laid.holder if rule.named else None) for laid in deed.laid if laid.rule == rule.id}
    if whose in there:
        return
    deed.laid.append(placed)
    given = getattr(deed.payload, "due", None) if rule.allow == "given" else None
    if rule.after is None:
        start.extend(duty_limits.of_span(deed, rule, 0, event, given))


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
    start.extend(duty_limits.of_span(deed, rule, number, "", None))


def _placed(deed: Deed[Any], rule: TaskRule, share: Share | None, level: Level | None, *, anew: bool = False) -> Laid:
    """The duty of `rule` (of this level of it, if one is named) on the post that has it now; `anew`: it was laid by an
    earlier act, and whom this one names has nothing to do with it."""
    wanted, at = (level.post, level.at) if level else (rule.post, rule.at)
    home = deed.order.home_id
    own = share.unit_id if share else home
    unit = own if at == "unit" else home if at == "centre" else _above(deed, own)
    line = None if anew else _named(deed, rule)
    line = line or (_team(deed, rule, unit) if rule.team else None)
    line = line or _holder(deed, unit, (wanted, *rule.otherwise, *LAST), rule)
    line = line or _holder(deed, home, LAST_AT_CENTRE, rule)
    where, role, person = line or (home, LAST_AT_CENTRE[0], None)
    elsewhere = line is None or (where, role) != (unit, wanted)
    vacant = wanted if not rule.named and elsewhere and not _held(deed, unit, wanted) else ""
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
        reason=_reason(deed) if rule.petition else "",
    )


def _reason(deed: Deed[Any]) -> str:
    """The code of the reason for which a petition is filed, whichever kind it is."""
    return str(getattr(deed.payload, "return_reason", "") or getattr(deed.payload, "petition_reason", ""))


def _above(deed: Deed[Any], unit: int) -> int:
    """The unit above; the centre, where that has no share of the order and could not open it."""
    parent = deed.directory.units[unit].parent
    has_it = any(share.unit_id == parent for share in deed.docket.all_shares.values())
    return parent if parent is not None and has_it else deed.order.home_id


def lies_on(task: Task, actor: Actor, directory: Snapshot, rule: TaskRule | None) -> bool:
    """Whether a task lies on the actor: on his post (of the centre at a sub-centre too), or on him personally; what an
    act laid on a person (`rule.named`) on him alone."""
    if rule is not None and rule.named and task.holder_id is not None:
        return actor.staff == task.holder_id
    central = actor.role in CENTRE and of_centre(directory, actor.unit)
    unit = directory.root.id if central else actor.unit
    by_post = (task.unit_id, task.post_role) == (unit, actor.role)
    return by_post or (actor.staff is not None and actor.staff == task.holder_id)


def may_lie_on(rule: TaskRule, role: str) -> bool:
    """Whether a duty of the rule may come to lie on a post of this role, where other posts are vacant too."""
    named = {rule.post, *rule.otherwise, *(level.post for level in rule.levels)}
    return role in named | {*LAST, *LAST_AT_CENTRE}


def placed_anew(deed: Deed[Any]) -> list[list[Any]]:
    """[task, unit, post, holder, vacant post] of open duties that lie elsewhere now: their holder has gone or is away,
    nobody holds the post any more, the post that was vacant is filled (A13, A31), or they come only now."""
    found = []
    for task in deed.docket.open_tasks():
        rule, share = deed.pack.task(task.rule), deed.docket.all_shares.get(task.share_id or 0)
        if rule is None:
            continue
        unit, role, vacant = task.unit_id, task.post_role, task.vacant
        holder = answering(deed.directory, task, deed.at, rule, recused(deed.order))
        fresh = any(task is came for came in deed.came)
        if holder is None or vacant or fresh:
            level = rule.levels[task.level] if task.level < len(rule.levels) else None
            laid = _placed(deed, rule, share, level, anew=True)
            if holder is None or fresh or not laid.vacant:
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


def _named(deed: Deed[Any], rule: TaskRule) -> tuple[int, str, int] | None:
    """(unit, role, person) of whom the act names; None where the rule does not go by it, or he has gone since."""
    person = deed.directory.staff.get(getattr(deed.payload, "person", 0)) if rule.named else None
    if person is None or not person.active or not person.unit or person.id in recused(deed.order):
        return None
    return person.unit, rule.post, person.id


def _team(deed: Deed[Any], rule: TaskRule, unit: int) -> tuple[int, str, int] | None:
    """(unit, role, person) of whoever is on duty in the rapid team of the unit that serves the order's area (C28)."""
    post = teams.team(deed.directory, unit, rule.post, deed.order.area_id, deed.at)
    person = deed.directory.holder(post, deed.at) if post is not None else None
    return (unit, rule.post, person) if person is not None else None


def _holder(deed: Deed[Any], unit: int, roles: tuple[str, ...], rule: TaskRule) -> tuple[int, str, int] | None:
    """(unit, role, person) of the first of these posts of the unit that somebody holds who may do it: whoever answers
    for the post, else who comes next where he must not."""
    barred = recused(deed.order) | (handlers(deed, unit) if rule.not_handler else frozenset())
    for role in roles:
        for post in deed.directory.posts_at(unit, role):
            able = deed.directory.in_turn(post.id, deed.at)
            for person in able if able[:1] and able[0] in barred else able[:1]:
                if person not in barred and not deed.directory.away(person, deed.at):
                    return unit, role, person
    return None


def _held(deed: Deed[Any], unit: int, role: str) -> bool:
    """Whether anybody holds that post of the unit, whether he may do it or not."""
    posts = deed.directory.posts_at(unit, role)
    return any(deed.directory.holder(post.id, deed.at) is not None for post in posts)


def handlers(deed: Deed[Any], unit: int) -> frozenset[int]:
    """Who has handled the order in that unit, in any round: who answers for a share of it, and who did what handling
    is made of, whoever has it now.  Asks the tables: not for effects."""
    holding = (share.holder_id for share in deed.docket.all_shares.values() if share.unit_id == unit)
    did = (entry.staff_id for entry in deed.said(*HANDLING) if entry.unit_id == unit and entry.staff_id)
    return frozenset([*holding, *did])
