"""Checks of who takes an action by a pack: actions and posts that there are, and nothing that nobody could do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lianxin.rules import lifecycle
from lianxin.rules.context import ROLES
from lianxin.rules.lifecycle import OUTSIDE, SYSTEM, Transition
from lianxin.rules.pack import Pack
from lianxin.rules.policy_who import PostRule

#: (id of the rule, its field, what was expected there)
Fault = tuple[str, str, str]
#: Whose post does these is said where the duty is laid.
_OF_DUTIES = frozenset({"task.done", "task.handed_on", "petition.endorsed"})
#: What shows or changes the caller or the words themselves, or gives rights on: no pack gives it away.
NEVER_LENT = frozenset(
    {
        "caller.unmasked",
        "caller.flagged",
        "caller.unflagged",
        "order.caller_corrected",
        "order.words_corrected",
        "order.registered",
        "order.shown",
        "order.hidden",
        *_OF_DUTIES,
    }
)


def faults(pack: Pack) -> Iterator[Fault]:
    """What is wrong with `[posts] actions` of a pack."""
    times = Counter(rule.action for rule in pack.posts.actions)
    for action, number in times.items():
        if number > 1:
            yield _said(f"每个动作写一项，“{action}”有 {number} 项")
    rows = {row.action: row for row in lifecycle.TABLE}
    for rule in pack.posts.actions:
        if (row := rows.get(rule.action)) is None:
            yield _said(f"已有的动作（{'、'.join(sorted(rows))}），没有“{rule.action}”")
        elif not row.posts - SYSTEM:
            yield _said(f"由人办理的动作，“{row.action}”（{row.title}）由系统自动完成")
        else:
            yield from _narrowed(rule, row)
            yield from _lent(rule, row)


def _narrowed(rule: PostRule, row: Transition) -> Iterator[Fault]:
    if rule.only is None:
        return
    people = row.posts - SYSTEM
    listed = "、".join(sorted(people))
    if row.action in _OF_DUTIES:
        yield _said(f"不写“{row.action}”的 only：待办落在哪个岗位，由交办它的规则写明")
    elif strange := [post for post in rule.only if post not in people]:
        known = "已有的岗位，" if strange[0] not in ROLES else ""
        yield _said(f"“{row.action}”（{row.title}）的 only 从原有岗位（{listed}）中选，{known}不能是“{strange[0]}”")
    elif not rule.only:
        yield _said(f"“{row.action}”（{row.title}）的 only 至少留一个岗位（{listed}），否则没有人能办")


def _lent(rule: PostRule, row: Transition) -> Iterator[Fault]:
    if rule.also and row.action in NEVER_LENT:
        yield _said(f"可以交给其他单位岗位的动作，不能是“{row.action}”（{row.title}）")
    for lent in rule.also:
        if lent.post not in OUTSIDE:
            listed = "、".join(sorted(OUTSIDE))
            yield _said(f"“{row.action}”的 also 写单位的岗位（{listed}），不能是“{lent.post}”")


def _said(expected: str) -> Fault:
    return "[posts]", "actions", expected
