"""Who answers: the holders of shares, whoever stands in for them, and the owner of the order."""

from __future__ import annotations

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

#: Posts of a unit that answer for an order, copied into each share at dispatch (D22: the chain on the order).
CHAIN = ("clerk", "hotline_deputy", "principal")
#: Whoever signed it off, as a link of the chain besides those of `rules.chain`.
SIGNER = "signer"
#: Who answers in the place of a vacant post, at the centre and in a unit, in this order.
STANDS_IN = ("supervisor", "leader", "dispatcher", "auditor", "callback", "agent", "admin")
UNIT_STANDS_IN = ("principal", "hotline_deputy", "line_deputy", "section_head", "clerk")


def holder(deed: Deed[Any], share: Share) -> list[Any]:
    """[share id, post, person, chain] of a new share: the A holder of the unit's hotline post, B in his absence."""
    post, person = person_at(deed.directory, share.unit_id, "clerk", deed.at)
    line = [share.id, post, person, _chain(deed, share)]
    first = deed.directory.posts[post].holder_a
    # Where A is away it comes back to him; where he has left, nobody stands in for him.
    if first is None or first == person or not deed.directory.serves(first, share.unit_id):
        return line
    return [*line, first]


def _chain(deed: Deed[Any], share: Share) -> list[list[Any]]:
    """By the posts of the unit; whom its head has named besides stays."""
    by_post = [
        [role, line.id, deed.directory.holder(line.id, deed.at)]
        for role in CHAIN
        for line in deed.directory.posts_at(share.unit_id, role)
    ]
    return by_post + [line for line in share.chain or () if line[0] not in CHAIN]


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
    if absent is not None and directory.serves(absent, share.unit_id) and not directory.off(absent, post.id, at):
        return absent, None
    other = directory.instead(holder, post.id, at)
    if other is None or not directory.off(holder, post.id, at) or directory.away(other, at):
        return None
    return other, absent or holder


def _in_his_place(deed: Deed[Any], share: Share) -> tuple[int, int] | None:
    """(post, person) for a share whose holder is gone; None where his unit has nobody at all."""
    post = share.holder_post_id
    if post in deed.directory.posts and (person := deed.directory.holder(post, deed.at)) is not None:
        return post, person
    return standing_in(deed.directory, share.unit_id, "clerk", deed.at)


def set_holders(deed: Deed[Any], holders: list[list[Any]]) -> None:
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


def _holding(deed: Deed[Any]) -> tuple[list[Any], str] | None:
    """The owner where a duty holds the order: the first laid of those that are open and whose rule says so."""
    for task in deed.docket.open_tasks():
        rule = deed.pack.task(task.rule)
        if rule is not None and rule.holds and task.id not in deed.met:
            person = answering(deed.directory, task, deed.at, rule)
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


def answering(directory: Snapshot, task: Task | Any, at: datetime, rule: TaskRule | None) -> int | None:
    """Who answers for a task now: whom it was handed to personally, while he serves there; else who holds its post, B
    while A is away; nobody where it is vacant.  What `rule` lays on a person, not on whoever has the post, stays his
    while he serves there and is not away."""
    own: int | None = task.holder_id
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
    return next((person for post in posts if (person := directory.holder(post.id, at)) is not None), None)
