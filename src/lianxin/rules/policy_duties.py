"""Checks across the duties of a pack: kinds that rules name must be there, a gate must be able to open, and one lapse
must not lead to another for ever."""

from __future__ import annotations

from collections.abc import Iterator

from lianxin.rules import lifecycle
from lianxin.rules.conditions import Condition
from lianxin.rules.context import FIELDS, MADE
from lianxin.rules.pack import Pack
from lianxin.rules.policy_petitions import PROMISE
from lianxin.rules.policy_rounds import WatchRule
from lianxin.rules.policy_rows import ClockRule
from lianxin.rules.policy_tasks import PETITIONS, PartOf, TaskRule

#: (id of the rule, its field, what was expected there)
Fault = tuple[str, str, str]
#: Where the kinds of an event are named, if not by whatever makes it.
_PLACES = {"filed": "[[petition_kind]] 中", "decided": "[[petition_kind]] 中", "labelled": "[[label]] 中"}
#: What only duties are told of the event that calls on them.
_TOLD_DUTIES = frozenset({("event", "in_period"), ("event", "awaited")})


def faults(pack: Pack) -> Iterator[Fault]:
    """What is wrong with the duties of a `policy.Pack` and with what names them."""
    tasks = {rule.kind for rule in pack.tasks}
    named = {rule.code for rule in pack.petitions}
    layers = {layer.code for layer in pack.callback.layers}
    limits = {rule.kind for rule in pack.clocks} | {rule.kind for rule in pack.tasks if rule.allow or rule.levels}
    there: dict[str, set[str]] = {"done": tasks, "noted": tasks, "breach": limits, "graded": layers}
    there |= {"labelled": {*pack.labels}, "filed": named, "decided": named}
    every: list[ClockRule | TaskRule | WatchRule] = [*pack.clocks, *pack.tasks, *pack.watches]
    for rule in every:
        if not isinstance(rule, TaskRule):
            yield from _asks_of_duties(rule.id, rule.when)
        more = (*rule.ends_with, *rule.falls_with) if isinstance(rule, TaskRule) else getattr(rule, "until", ())
        for event in (*rule.start_on, *more):
            made = MADE.fullmatch(event)
            known = there[made[1]] if made else ()
            if made and made[2] not in known:
                listed, place = "、".join(sorted(known)) or "无", _PLACES.get(made[1], "")
                expected = f"{made[1]}. 之后是{place}已有的种类（{listed}），没有“{made[2]}”"
                yield rule.id, "from" if event in rule.start_on else "until", expected
    for task in pack.tasks:
        yield from _can_open(task)
        yield from _can_end(task, pack)
        yield from _part_of(task, pack)
    for event, kind in {**PETITIONS, **{f"filed.{kind}": kind for kind in sorted(named)}}.items():
        if not any(rule.kind == kind and event in rule.start_on and rule.when is None for rule in pack.tasks):
            expected = f'一条由 {event} 产生、没有 when 的 [[task]]（kind = "{kind}"）：否则这种申请没有人审定'
            yield "[[task]]", "from", expected
    yield from _kinds(pack)
    yield from _raised(pack)
    yield from _endless(pack)


def _asks_of_duties(rule: str, when: Condition | None) -> Iterator[Fault]:
    """What only a duty is told of its event would be none of it, always, to a limit or a watch."""
    if when is None:
        return
    for part, name in sorted(_TOLD_DUTIES & when.reads):
        if f"{part}.{name}" in when.text:
            yield rule, "when", f"{part}.{name}（{FIELDS[part][name].title}）只能写在待办（[[task]]）的条件里"


def _kinds(pack: Pack) -> Iterator[Fault]:
    """Kinds and reasons of petitions that cannot be told apart."""
    seen, titles = set[str](), set[str]()
    for rule in pack.petitions:
        for code in (rule.code, *(reason.code for reason in rule.reasons)):
            if code in seen:
                yield (
                    rule.id,
                    "code" if code == rule.code else "reasons",
                    f"各种申请及其理由的代码互不相同，“{code}”重复",
                )
            seen.add(code)
        for title in (reason.title for reason in rule.reasons):
            if title in titles:
                yield rule.id, "reasons", f"不重复的名称，“{title}”出现两次"
            titles.add(title)


def _raised(pack: Pack) -> Iterator[Fault]:
    """What is raised is there, and by one rule."""
    known = [*PETITIONS.values(), *(rule.code for rule in pack.petitions), PROMISE]
    for place, rule in enumerate(pack.raisings):
        if rule.petition not in known:
            yield rule.id, "petition", f"{'、'.join(known)} 之一，没有“{rule.petition}”"
        if rule.petition in {earlier.petition for earlier in pack.raisings[:place]}:
            yield rule.id, "petition", f"每种申请一条，“{rule.petition}”重复"


def _can_open(rule: TaskRule) -> Iterator[Fault]:
    """A gate that bars whatever could meet it stays shut for ever."""
    if not rule.before or not rule.ends_with:
        return
    meeting = {row.action for row in lifecycle.TABLE if row.makes & {*rule.ends_with}}
    if meeting and meeting <= set(rule.before):
        yield rule.id, "before", f"至少留一个能办结它的动作（{'、'.join(sorted(meeting))}），现在全被拦下"


def _can_end(rule: TaskRule, pack: Pack) -> Iterator[Fault]:
    """Somebody must be able to end it: a petition whoever decides its kind, any other the post on which it lies."""

    def takers(row: lifecycle.Transition) -> frozenset[str]:
        return pack.posts.takers(row.action, row.posts)

    asked = [*PETITIONS.values(), *(kind.code for kind in pack.petitions)]
    if rule.levels and rule.kind not in asked:
        yield rule.id, "levels", f"只有申请（{'、'.join(asked)}）才逐级审签，别的待办没有人审定"
    if rule.kind in asked:
        verb = f"{rule.kind}.decided" if rule.kind in PETITIONS.values() else "petition.decided"
        deciding = takers(lifecycle.find(verb)) & lifecycle.CENTRE
        if rule.post not in deciding or rule.at != "centre":
            yield rule.id, "post", f'能审定这种申请的中心岗位（{"、".join(sorted(deciding))}，at = "centre"）'
        if rule.on != "share":
            yield rule.id, "on", "申请挂在承办件上（share）"
    elif rule.ends_with and not rule.whoever:
        able = {post for row in lifecycle.TABLE if row.makes & {*rule.ends_with} for post in takers(row)}
        if rule.post not in able:
            yield rule.id, "ends_with", f"该岗位自己能做的动作；这些动作由{'、'.join(sorted(able)) or '无'}做"


def _part_of(rule: TaskRule, pack: Pack) -> Iterator[Fault]:
    """A part of a limit that never runs beside it would be no limit at all, nor ever pass."""
    if not isinstance(rule.allow, PartOf) and rule.least is not None:
        yield rule.id, "least", "只写在按某个时限的百分之几计算（如“50% of handle”）的待办上"
    on = "order" if rule.on == "order" else "share"
    there = sorted({clock.kind for clock in pack.clocks if clock.on == on})
    for field, part in (("allow", rule.allow), ("after", rule.after)):
        if isinstance(part, PartOf) and part.kind not in there:
            what = "工单" if on == "order" else "承办件"
            yield rule.id, field, f"挂在{what}上的时限（{'、'.join(there)}）的百分之几，没有“{part.kind}”"


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
