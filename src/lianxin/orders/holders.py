"""Who answers: the holders of shares, whoever stands in for them, and the owner of the order."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from lianxin.directory import teams
from lianxin.directory.roles import Role
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Task
from lianxin.rules.policy_tasks import TaskRule

from .deed import Deed
from .models import Share
from .nodes import node_of
from .recusal import recused

#: Posts of a unit that answer for an order, copied into each share at dispatch (D22: the chain on the order).
CHAIN = ("clerk", "hotline_deputy", "principal")
#: Whoever signed it off, as a link of the chain besides those of `rules.chain`.
SIGNER = "signer"
#: Who answers in the place of a vacant post, at the centre and in a unit, in this order.
STANDS_IN = ("supervisor", "leader", "dispatcher", "auditor", "callback", "agent", "admin")
UNIT_STANDS_IN = ("principal", "hotline_deputy", "line_deputy", "section_head", "clerk")


def holder(deed: Deed[Any], share: Share) -> list[Any]:
    """[share id, post, person, chain] of a new share: the A holder of the unit's hotline post, B in his absence."""
    but = recused(deed.order)
    try:
        post, person = person_at(deed.directory, share.unit_id, "clerk", deed.at, but=but)
    except Refused:
        found = standing_in(deed.directory, share.unit_id, "clerk", deed.at, but=but) if but else None
        if found is None:
            raise
        post, person = found
    line = [share.id, post, person, _chain(deed, share)]
    first = deed.directory.posts[post].holder_a
    # Where A is away it comes back to him; where he has left, nobody stands in for him.
    if first is None or first == person or first in but or not deed.directory.serves(first, share.unit_id):
        return line
    return [*line, first]


def _chain(deed: Deed[Any], share: Share) -> list[list[Any]]:
    """By the posts of the unit; whom its head has named besides stays."""
    by_post = [
        [role, line.id, answers(deed.directory, line.id, deed.at, recused(deed.order))]
        for role in CHAIN
        for line in deed.directory.posts_at(share.unit_id, role)
    ]
    return by_post + [line for line in share.chain or () if line[0] not in CHAIN]


def successors(deed: Deed[Any]) -> list[list[Any]]:
    """The same for running shares whose holder has left the unit: whoever holds his post now, else who stands in.  A
    share goes to B while A is away, and back (A31)."""
    found, but = [], recused(deed.order)
    for share in deed.docket.shares(running=True):
        if share.holder_id is None:
            continue
        if share.holder_id in but or not deed.directory.serves(share.holder_id, share.unit_id):
            line = _in_his_place(deed, share)
            # Where nobody but him is left in the unit, somebody above it has it until it goes elsewhere.
            if line is not None and line != (share.holder_post_id, share.holder_id):
                found.append([share.id, *line, _chain(deed, share)])
        elif (change := relief(deed.directory, share, deed.at, but)) is not None:
            person, absent = change
            line_of = [share.id, share.holder_post_id, person, _chain(deed, share)]
            found.append([*line_of, absent] if absent is not None else line_of)
    return found


def relief(
    directory: Snapshot, share: Share | Any, at: datetime, but: Collection[int] = ()
) -> tuple[int, int | None] | None:
    """(who answers now, for whom he stands in) where the holder of a share has gone away, or whoever he stood in for
    is back (A31); None where it stays with him.  Whoever was given it personally, or signed it, keeps it meanwhile.
    None of `but` comes to answer."""
    post, holder = directory.posts.get(share.holder_post_id), share.holder_id
    if post is None:
        return None
    # Held by another than who was put in his place, it was given on since.
    absent: int | None = share.stand_in[1] if share.stand_in and share.stand_in[0] == holder else None
    absent = absent if absent not in but else None
    if absent is not None and directory.serves(absent, share.unit_id) and not directory.off(absent, post.id, at):
        return absent, None
    other = directory.instead(holder, post.id, at)
    other = answers(directory, post.id, at, but) if other in but else other
    if other in (None, holder) or not directory.off(holder, post.id, at) or directory.away(other, at):
        return None
    return other, absent or holder


def _in_his_place(deed: Deed[Any], share: Share) -> tuple[int, int] | None:
    """(post, person) for a share whose holder is gone; None where his unit has nobody at all.  Of one who must not have
    it (C64) the units above are asked too, the centre last."""
    post, but, directory = share.holder_post_id, recused(deed.order), deed.directory
    if post in directory.posts and (person := answers(directory, post, deed.at, but)) is not None:
        return post, person
    found = standing_in(directory, share.unit_id, "clerk", deed.at, but=but)
    return found or (_above(directory, share.unit_id, deed.at, but) if but else None)


def _above(directory: Snapshot, unit: int, at: datetime, but: Collection[int]) -> tuple[int, int] | None:
    """(post, person) of the nearest who can answer in the units above, and is none of `but`."""
    found = (standing_in(directory, line.id, "", at, but=but) for line in directory.above(unit))
    return next((line for line in found if line is not None), None)


def set_holders(deed: Deed[Any], holders: list[list[Any]]) -> None:
    for share_id, post, person, chain, *absent in holders:
        share = deed.docket.all_shares[share_id]
        share.holder_post_id, share.holder_id, share.chain = post, person, chain
        share.stand_in = [person, *absent] if absent else []
        deed.docket.touch(share)


def answers(directory: Snapshot, post: int, at: datetime, but: Collection[int] = ()) -> int | None:
    """Who answers for a post at `at`; where that is one of `but`, another of its own people who is there."""
    first = directory.holder(post, at)
    if first is None or first not in but:
        return first
    line = directory.posts[post]
    own = dict.fromkeys([line.holder_a, line.holder_b, *sorted(filter(None, directory.members(post)))])
    fit = (person for person in own if person and person not in but and directory.staff[person].active)
    return next((person for person in fit if not directory.away(person, at)), None)


def person_at(directory: Snapshot, unit: int, role: str, at: datetime, *, but: Collection[int] = ()) -> tuple[int, int]:
    """(post id, staff id) of whoever answers for `role` in `unit` at `at`, and is none of `but`.  Raises `Refused` if
    nobody does."""
    for post in directory.posts_at(unit, role):
        person = answers(directory, post.id, at, but)
        if person is not None:
            return post.id, person
    name = directory.units[unit].name
    if but:
        raise Refused(f"{name}除被投诉的人员外没有在岗的{Role(role).label}，请改派其他单位，或请管理员先设置A角、B角")
    raise Refused(f"{name}还没有在岗的{Role(role).label}，请管理员先在“岗位”里设置A角、B角")


def standing_in(
    directory: Snapshot, unit: int, role: str, at: datetime, *, but: Collection[int | None] = ()
) -> tuple[int, int] | None:
    """(post, person) of whoever answers where the post of `role` is vacant: the next who can, in the same unit, and
    is none of `but`."""
    for other in STANDS_IN if unit == directory.root.id else UNIT_STANDS_IN:
        for post in directory.posts_at(unit, other):
            person = answers(directory, post.id, at, [one for one in but if one])
            if other != role and person is not None:
                return post.id, person
    return None


def next_holder(
    directory: Snapshot, share: Share, at: datetime, *, but: int | None, barred: Collection[int] = ()
) -> tuple[int, int] | None:
    """(post, person) of whoever takes a share over from the person `but`: of the same post, else who stands in; none of
    `barred`."""
    person = directory.holder(share.holder_post_id, at)
    if person is not None and person != but and person not in barred:
        return share.holder_post_id, person
    return standing_in(directory, share.unit_id, "", at, but=[but, *barred])


def owner(deed: Deed[Any]) -> tuple[list[Any] | None, str]:
    """([node, unit, post, person], the role that should answer and is vacant); None where the order has ended."""
    node = node_of(deed.docket, unit_audit=deed.pack.reply.unit_audit)
    if node is None:
        return None, ""
    if (held := _holding(deed)) is not None:
        return held
    if node.share is not None:
        share = node.share
        return [node.name, share.unit_id, share.holder_post_id, share.holder_id], ""
    unit, but = node.of_unit or deed.directory.root.id, recused(deed.order)
    try:
        return [node.name, unit, *person_at(deed.directory, unit, node.role, deed.at, but=but)], ""
    except Refused:
        line = standing_in(deed.directory, unit, node.role, deed.at, but=but)
        if line is None and but:
            line = _above(deed.directory, unit, deed.at, but) or anybody(deed.directory, but)
        if line is not None:
            return [node.name, unit, *line], node.role
        order = deed.order
        if (order.node, order.owner_unit_id) != (node.name, unit):
            raise
        # Nobody at all was put in the place of whoever left: it stays with him, and clocks ring all the same.
        return [node.name, unit, order.owner_post_id, order.owner_person_id], node.role


def anybody(directory: Snapshot, but: Collection[int]) -> tuple[int, int] | None:
    """(post, person) of whoever holds a post of the centre and is none of `but`, there or not: an order that complains
    of whoever is left has an owner all the same."""
    for role in STANDS_IN:
        for post in directory.posts_at(directory.root.id, role):
            for person in (post.holder_a, post.holder_b):
                if person and person not in but and directory.staff[person].active:
                    return post.id, person
    return None


def _holding(deed: Deed[Any]) -> tuple[list[Any], str] | None:
    """The owner where a duty holds the order: the first laid of those that are open and whose rule says so."""
    for task in deed.docket.open_tasks():
        rule = deed.pack.task(task.rule)
        if rule is not None and rule.holds and task.id not in deed.met:
            person = answering(deed.directory, task, deed.at, rule, recused(deed.order))
            return _owner_of(deed, task.unit_id, task.post_role, person)
    for laid in deed.laid:
        if laid.holds:
            return _owner_of(deed, laid.unit, laid.role, laid.holder)
    return None


def _owner_of(deed: Deed[Any], unit: int, role: str, person: int | None) -> tuple[list[Any], str] | None:
    """The duty itself says where its post is vacant, not the order: it lies where it lies until it is met."""
    posts = deed.directory.posts_at(unit, role)
    if person is None or not posts:
        return None
    mine = next((p for p in posts if person in deed.directory.members(p.id)), posts[0])
    return ["task", unit, mine.id, person], ""


def answering(
    directory: Snapshot, task: Task | Any, at: datetime, rule: TaskRule | None, but: Collection[int] = ()
) -> int | None:
    """Who answers for a task now: whom it was handed to personally, while he serves there; else who holds its post, B
    while A is away; nobody where it is vacant.  What `rule` lays on a person, not on whoever has the post, stays his
    while he serves there and is not away.  None of `but` does."""
    own: int | None = task.holder_id if task.holder_id not in but else None
    here = own is not None and directory.serves(own, task.unit_id)
    if own is not None and here and rule is not None and rule.personal and not directory.away(own, at):
        return own
    if rule is not None and rule.team and own is not None:
        team = teams.team_of(directory, task.unit_id, task.post_role, own, at)
        if team is not None and (person := directory.holder(team, at)) is not None:
            return person
    posts = directory.posts_at(task.unit_id, task.post_role)
    of_post = frozenset[int | None]().union(*(directory.members(post.id) for post in posts))
    if here and own not in of_post:
        return own
    return next((person for post in posts if (person := answers(directory, post.id, at, but)) is not None), None)
