"""Checks across the duties of a pack: kinds that rules name must be there, a gate must be able to open, and one lapse
must not lead to another for ever."""

from __future__ import annotations

from collections.abc import Iterator

from lianxin.rules import lifecycle
from lianxin.rules.context import MADE
from lianxin.rules.pack import Pack
from lianxin.rules.policy_rows import ClockRule
from lianxin.rules.policy_tasks import PETITIONS, TaskRule

#: (id of the rule, its field, what was expected there)
Fault = tuple[str, str, str]


def faults(pack: Pack) -> Iterator[Fault]:
    """What is wrong with the duties of a `policy.Pack` and with what names them."""
    tasks = {rule.kind for rule in pack.tasks}
    limits = {rule.kind for rule in pack.clocks} | {rule.kind for rule in pack.tasks if rule.allow or rule.levels}
    every: list[ClockRule | TaskRule] = [*pack.clocks, *pack.tasks]
    for rule in every:
        more = rule.ends_with if isinstance(rule, TaskRule) else rule.until
        for event in (*rule.start_on, *more):
            made = MADE.fullmatch(event)
            known = (tasks if made[1] == "done" else limits) if made else ()
            if made and made[2] not in known:
                expected = f"{made[1]}. 之后是已有的种类（{'、'.join(sorted(known)) or '无'}），没有“{made[2]}”"
                yield rule.id, "from" if event in rule.start_on else "until", expected
    for task in pack.tasks:
        yield from _can_open(task)
        yield from _can_end(task, pack)
    for event, kind in PETITIONS.items():
        if not any(rule.kind == kind and event in rule.start_on and rule.when is None for rule in pack.tasks):
            expected = f'一条由 {event} 产生、没有 when 的 [[task]]（kind = "{kind}"）：否则这种申请没有人审定'
            yield "[[task]]", "from", expected
    yield from _endless(pack)


def _can_open(rule: TaskRule) -> Iterator[Fault]:
    """A gate that bars whatever could meet it stays shut for ever."""
    if not rule.before or not rule.ends_with:
        return
    meeting = {row.action for row in lifecycle.TABLE if row.event in rule.ends_with}
    if meeting and meeting <= set(rule.before):
        yield rule.id, "before", f"至少留一个能办结它的动作（{'、'.join(sorted(meeting))}），现在全被拦下"


def _can_end(rule: TaskRule, pack: Pack) -> Iterator[Fault]:
    """Somebody must be able to end it: a petition whoever decides its kind, any other the post on which it lies."""

    def takers(row: lifecycle.Transition) -> frozenset[str]:
        return pack.posts.takers(row.action, row.posts)

    if rule.levels and rule.kind not in PETITIONS.values():
        yield rule.id, "levels", f"只有申请（{'、'.join(PETITIONS.values())}）才逐级审签，别的待办没有人审定"
    if rule.kind in PETITIONS.values():
        deciding = takers(lifecycle.find(f"{rule.kind}.decided")) & lifecycle.CENTRE
        if rule.post not in deciding or rule.at != "centre":
            yield rule.id, "post", f'能审定这种申请的中心岗位（{"、".join(sorted(deciding))}，at = "centre"）'
        if rule.on != "share":
            yield rule.id, "on", "申请挂在承办件上（share）"
    elif rule.ends_with and not rule.whoever:
        able = {post for row in lifecycle.TABLE if row.event in rule.ends_with for post in takers(row)}
        if rule.post not in able:
            yield rule.id, "ends_with", f"该岗位自己能做的动作；这些动作由{'、'.join(sorted(able)) or '无'}做"


def _endless(pack: Pack) -> Iterator[Fault]:
    """A lapse that lays a duty whose lapse lays … the first again."""
    after = {
        rule.kind: {made[2] for event in rule.start_on if (made := MADE.fullmatch(event)) and made[1] == "breach"}
        for rule in pack.tasks
        if rule.allow or rule.levels
    }
    for kind in after:
        seen, open_ = set[str](), set(after[kind])
        while open_:
            one = open_.pop()
            seen.add(one)
            open_ |= after.get(one, set()) - seen
        if kind in seen:
            rule = next(rule for rule in pack.tasks if rule.kind == kind)
            yield rule.id, "from", "逾期引出的待办最终有个终点；现在逾期又引回它自己"
