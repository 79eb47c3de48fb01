"""Who takes an action and who sees an order by a pack: the sections `[posts]` and `[sight]`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lianxin.rules.policy_rows import NameCode, Part, Text


class LentTo(Part):
    """A post of one unit, by the unit's code, that takes an action beside the posts that take it everywhere."""

    post: NameCode
    unit: Text


class PostRule(Part):
    """Who takes an action here: ``only`` these of the posts that take it anyway; ``also`` posts of single units, on
    the orders that they see."""

    action: Text
    only: tuple[NameCode, ...] | None = None
    also: tuple[LentTo, ...] = ()


class Posts(Part):
    in_pairs: bool = Field(False, description="每个岗位同时设A角和B角")
    # Not in the packs that were adopted before there were such rules.
    actions: tuple[PostRule, ...] = Field((), description="岗位权限")

    def rule(self, action: str) -> PostRule | None:
        """What is said of an action; None where nothing is."""
        return next((rule for rule in self.actions if rule.action == action), None)

    def takers(self, action: str, posts: frozenset[str]) -> frozenset[str]:
        """Which of ``posts``, who take the action by the table of states, take it here.  The system always does."""
        rule = self.rule(action)
        if rule is None or rule.only is None:
            return posts
        return posts & {*rule.only, "system"}

    def lent(self, action: str) -> frozenset[tuple[str, str]]:
        """(post, code of its unit) to whom the action is given besides."""
        rule = self.rule(action)
        return frozenset((found.post, found.unit) for found in rule.also) if rule else frozenset()


class SightReason(Part):
    """Why an order is shown to somebody, how much of it he then sees, and whether he may be given the caller."""

    code: NameCode
    title: Text
    what: Literal["progress", "text", "files"]
    caller: bool = False


class Sights(Part):
    # Not in the packs that were adopted before there were any: under those nothing is shown to others.
    reasons: tuple[SightReason, ...] = Field((), description="开放查看的事由")

    def reason(self, code: str) -> SightReason | None:
        """The reason of that code; None where the pack has none."""
        return next((found for found in self.reasons if found.code == code), None)

    def title(self, code: str) -> str:
        """What a reason is called; the code itself where the pack has none of it."""
        found = self.reason(code)
        return found.title if found else code
