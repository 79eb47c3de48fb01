"""Who takes an action, who sees an order, what a caller is marked with: `[posts]`, `[sight]`, `[caller]`;
and what a unit must have: posts and people (`[units] staffing`), documents of its own (`[units] documents`)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo
from pydantic import model_validator as model_check

from lianxin.rules import known, lifecycle
from lianxin.rules.context import ROLES
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
    # Nor of whom an order complains: under those nobody is named, whoever was named before sees it no more for that.
    recused_by: tuple[NameCode, ...] = Field((), description="由哪些岗位登记被投诉对象")
    recusal_lifted_by: tuple[NameCode, ...] = Field((), description="由哪些岗位撤销登记的被投诉对象")

    @model_check(mode="after")
    def _by_posts(self) -> Sights:
        able = lifecycle.find("order.recused").posts - lifecycle.SYSTEM
        for place, posts in (("recused_by", self.recused_by), ("recusal_lifted_by", self.recusal_lifted_by)):
            if strange := [post for post in posts if post not in able]:
                titles = "、".join(f"{post}（{ROLES[post]}）" for post in sorted(able))
                raise ValueError(f"{place} 中能做这个动作的岗位（{titles}），没有“{strange[0]}”")
        return self

    def reason(self, code: str) -> SightReason | None:
        """The reason of that code; None where the pack has none."""
        return next((found for found in self.reasons if found.code == code), None)

    def title(self, code: str) -> str:
        """What a reason is called; the code itself where the pack has none of it."""
        found = self.reason(code)
        return found.title if found else code


class CallerFlag(Part):
    """What a caller may be marked with (诉求人标记)."""

    code: NameCode
    title: Text


class Callers(Part):
    # Not in the packs that were adopted before there were any: under those nobody is marked.
    flags: tuple[CallerFlag, ...] = Field((), description="诉求人标记")

    def flag(self, code: str) -> CallerFlag | None:
        """The flag of that code; None where the pack has none."""
        return next((found for found in self.flags if found.code == code), None)

    def title(self, code: str) -> str:
        """What a flag is called; the code itself where the pack has none of it."""
        found = self.flag(code)
        return found.title if found else code


class Staffing(Part):
    """What each handling unit must have: the ``posts`` in office, and so many persons who work for the hotline alone,
    these only in units of the types ``among``, where any are named."""

    posts: tuple[NameCode, ...] = Field((), description="必设的岗位")
    full_time: int = Field(0, ge=0, le=1000, description="专职人员最少几名")
    among: tuple[NameCode, ...] = Field((), description="须有专职人员的单位类型，不写即各类单位")


def _kind(value: Any, info: ValidationInfo) -> Any:
    """A kind of proceedings that there is.  Of a pack that was adopted nothing more is asked."""
    here = sorted({action.partition(".")[0] for action in known.actions()})
    if not isinstance(value, str) or (not (info.context or {}).get("adopted") and value not in here):
        raise ValueError(f"已有的专办事项（{'、'.join(here) or '无'}），没有“{value}”")
    return value


class UnitDocument(Part):
    """A kind of proceedings of which each handling unit must have one in force; only units of the types ``among``,
    where any are named."""

    kind: Annotated[str, BeforeValidator(_kind)] = Field(description="专办事项的种类")
    title: Text = Field(description="名称")
    among: tuple[NameCode, ...] = Field((), description="须有的单位类型，不写即各类单位")

    def asked_of(self, unit_type: str) -> bool:
        """Whether units of that type must have one."""
        return unit_type in self.among or not self.among
