"""The queues of a pack (``[[queue]]``): what waits for which posts, in which order, and what its rows offer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, InstanceOf, field_validator
from pydantic import model_validator as model_check

from lianxin.rules import lifecycle
from lianxin.rules.context import ROLES
from lianxin.rules.policy_rows import ListRow, Text
from lianxin.rules.policy_tasks import DOERS
from lianxin.rules.queue_conditions import QueueCondition, Term
from lianxin.rules.queue_terms import BASES, COLUMNS, COMPUTED, PARTS, Base

#: The posts that may have queues: those that see orders.
POSTS = DOERS
#: What is done about one duty alone: that its own row offers it, its rule says.
_ABOUT_TASKS = ("task.", "petition.")
#: Verbs of people that a row may offer: on an order that is there.
VERBS = {
    row.action: row
    for row in lifecycle.TABLE
    if row.states and row.posts - lifecycle.SYSTEM and not row.action.startswith(_ABOUT_TASKS)
}
EMPTY = "新的工单到达时会自动出现在这里。"


def _condition(text: Any) -> QueueCondition:
    if not isinstance(text, str):
        raise ValueError("一条条件（加引号）")
    return QueueCondition.parse(text)


class QueueRule(ListRow):
    """One queue: of what (``base``), for which ``posts`` and at which place among theirs, ``when`` a thing is in it.

    ``worked``: people work through it, each row offers what comes next; all other queues are there to be looked at, and
    stand in the badge only if ``counted``.  ``verbs`` are offered before what would come next by itself.
    """

    table: ClassVar[str] = "queue"

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,15}$")] = Field(description="队列代码，写在网址里")
    base: Base = Field(description="列的是工单、承办件、待办还是专办事项")
    posts: dict[str, int] = Field(min_length=1, description="哪些岗位有这一队列，各排第几")
    when: Annotated[InstanceOf[QueueCondition], BeforeValidator(_condition)] = Field(description="列入的条件")
    worked: bool = Field(False, description="是否逐件办理")
    counted: bool = Field(False, description="不逐件办理的，是否计入待办数")
    first: str = Field("", description="先于时限按什么时间排")
    empty: Text = Field(EMPTY, description="没有工单时的提示")
    verbs: tuple[str, ...] = Field((), description="每行先提供的操作")
    needs: Literal["", "duties", "proceedings"] = Field("", description="有了什么才出现")

    @field_validator("posts")
    @classmethod
    def _posts(cls, value: dict[str, int]) -> dict[str, int]:
        if strange := [post for post in value if post not in POSTS]:
            known = "、".join(f"{post}（{title}）" for post, title in POSTS.items())
            raise ValueError(f"经手工单的岗位（{known}），没有“{strange[0]}”")
        if any(not 1 <= place <= 999 for place in value.values()):
            raise ValueError("每个岗位写一个 1 至 999 的次序，小的在前")
        return value

    @field_validator("verbs")
    @classmethod
    def _verbs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if strange := [verb for verb in value if verb not in VERBS]:
            raise ValueError(f"由人办理的动作（{'、'.join(sorted(VERBS))}），没有“{strange[0]}”")
        return value

    @model_check(mode="after")
    def _holds_together(self) -> QueueRule:
        for fault in self._faults():
            raise ValueError(fault)
        return self

    def _faults(self) -> Iterator[str]:
        parts, base = PARTS[self.base], f'base = "{self.base}"'
        if strange := sorted(self.when.parts - set(parts)):
            yield f"{base} 的队列可用的字段（{'、'.join(f'{part}.…' for part in parts)}），不能用 {strange[0]}."
        for name in self.when.computed:
            known = COMPUTED[name]
            if not set(known.bases) & set(parts):
                yield f"{'、'.join(BASES[b] for b in known.bases)}的队列才有的判断，{base} 不能用 {name}()"
        times = [name for name, column in COLUMNS[self.base].items() if column.sort == "time" and name != "due"]
        if self.first and (self.first not in times or self.base == "proceeding"):
            yield f"first 为 {BASES[self.base]} 的时间（{'、'.join(times)}）；专办事项只按时限排列"
        units = [ROLES[post] for post in self.posts if post in lifecycle.OUTSIDE]
        if units and Term("order", "caller_flags") in {getattr(leaf, "term", None) for leaf in self.when.leaves}:
            yield f"只列给中心岗位的队列才可以用 order.caller_flags：{'、'.join(units)}不一定可以知道诉求人"
        if self.worked and self.base == "proceeding":
            yield "专办事项的队列不写 worked（一步一步由其种类规定），要计入待办数的写 counted"
        if self.worked and self.counted:
            yield "worked 和 counted 只写一个：逐件办理的本来就计入待办数"
        yield from self._wrong_verbs()

    def _wrong_verbs(self) -> Iterator[str]:
        for verb in self.verbs:
            row = VERBS[verb]
            if self.base == "proceeding":
                yield "专办事项的队列不写 verbs：下一步由其种类规定"
            elif row.shares and self.base == "order":
                yield f'关于承办件的动作（{verb}）只在 base = "share" 或 "task" 的队列中提供'
            elif not row.posts & self.posts.keys():
                able = "、".join(ROLES[post] for post in sorted(row.posts - lifecycle.SYSTEM))
                yield f"所列岗位中至少一个能做的动作，{verb}（{row.title}）由{able}做"


def of_post(rules: Iterable[QueueRule], post: str) -> list[QueueRule]:
    """The queues of a post, in its order; of two at one place the pack's own stands first."""
    return sorted((rule for rule in rules if post in rule.posts), key=lambda rule: rule.posts[post])


def faults(rules: tuple[QueueRule, ...]) -> Iterator[tuple[str, str, str]]:
    """(id, field, what was expected) of what is wrong between the queues of a pack: no post has two of one code."""
    told = set()
    for post, title in POSTS.items():
        first: dict[str, QueueRule] = {}
        for rule in (rule for rule in rules if post in rule.posts):
            # The pack's own rows come first: one of them is told, not the base's.
            own = first.setdefault(rule.code, rule)
            if own is not rule and (own.id, rule.id) not in told:
                told.add((own.id, rule.id))
                yield own.id, "code", f"在{title}的各队列中不重复的代码，“{rule.code}”与 {rule.id} 相同"
