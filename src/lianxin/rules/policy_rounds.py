"""What comes round by itself (``[[duty]]``: once a month, of a post of each unit) and what is watched (``[[watch]]``:
what has come so far that somebody should look at it)."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, InstanceOf, ValidationInfo, field_validator
from pydantic import model_validator as model_check

from lianxin.rules import known, lifecycle
from lianxin.rules.conditions import Condition
from lianxin.rules.context import EVENTS, MORE_EVENTS, known_event
from lianxin.rules.periods import Kind
from lianxin.rules.policy_rows import (
    BackwardSpan,
    Code,
    ForwardSpan,
    ListRow,
    NameCode,
    condition,
    condition_of_unit,
)
from lianxin.rules.policy_tasks import PostRole

#: The step of a watch that a person then confirms or dismisses.
PROPOSED = "proposed"
_ACTION = re.compile(r"[a-z][a-z_]{1,23}\.[a-z][a-z_]{1,23}")


def _action(value: Any, info: ValidationInfo) -> Any:
    """An action of an order or of a kind of proceedings.  Of a pack that was adopted nothing more is asked."""
    if not isinstance(value, str) or not _ACTION.fullmatch(value):
        raise ValueError("“callback.led”一类的动作")
    here = {row.action for row in lifecycle.TABLE} | known.actions().keys()
    if not (info.context or {}).get("adopted") and value not in here:
        raise ValueError(f"已有的动作（{'、'.join(sorted(here))}），没有“{value}”")
    return value


Action = Annotated[str, BeforeValidator(_action)]
UnitCondition = Annotated[InstanceOf[Condition], BeforeValidator(condition_of_unit)]


class DutyRule(ListRow):
    """A duty that comes round: in each period ``every`` so many acts ``met_by`` of a post of each unit (``times``), or
    one for each of what the unit has then (``each``: the ``promises`` that it keeps).

    ``among``: the types of units that owe it; left out, every unit that has the post.  ``when`` looks at the unit's
    period (``unit.received``): the duty is laid once it holds.  What was done in the period and recorded later still
    meets it for ``late`` after its end, marked so.  ``levels``: only what is of these levels or types (this meeting,
    not that) proves it.
    """

    table: ClassVar[str] = "duty"

    every: Kind = Field(description="周期")
    post: PostRole = Field(description="责任岗位")
    by: tuple[PostRole, ...] = Field((), description="哪些岗位做了也算")
    among: tuple[NameCode, ...] = Field((), description="哪些类型的单位")
    when: UnitCondition | None = Field(None, description="单位在什么情形下才须履行")
    met_by: tuple[Action, ...] = Field(description="以哪些动作为履行的依据")
    # Not in the packs that were adopted before there was such a thing.
    levels: tuple[NameCode, ...] = Field((), description="只认哪些级别（类型）的专办事项，不写即不论")
    times: int = Field(1, ge=1, le=999, description="每期几次")
    each: Literal["promises"] | None = Field(None, description="逐件履行：单位现有的每一件都要有（promises：承诺件）")
    warn: BackwardSpan | None = Field(None, description="到期前多久预警")
    late: ForwardSpan | None = Field(None, description="期满后多久之内还可以补录")

    @model_check(mode="after")
    def _is_proved(self) -> DutyRule:
        if not self.met_by:
            raise ValueError("至少一个作为依据的动作（met_by）")
        if self.each and self.times > 1:
            raise ValueError("逐件履行（each）的每件一次，不另写 times")
        return self

    @property
    def posts(self) -> tuple[str, ...]:
        """The posts whose acts count."""
        return tuple(dict.fromkeys((self.post, *self.by)))


class WatchRule(ListRow):
    """What proposes a proceeding by itself: after one of the events ``from``, where ``when`` holds of the order as that
    event left it.

    It is about the order, or about all orders of its matter.  A person confirms or dismisses what is proposed.  Another
    ``step`` than that is done without a person: one that opens, or one of the proceeding of that kind about the order.
    """

    table: ClassVar[str] = "watch"

    start_on: tuple[str, ...] = Field(alias="from", min_length=1, description="在什么事件之后")
    when: Annotated[InstanceOf[Condition], BeforeValidator(condition)] = Field(description="什么情形")
    proposes: Code = Field(description="提出哪一种专办事项")
    step: Code = Field(PROPOSED, description="自动走哪一步")

    @field_validator("start_on", mode="before")
    @classmethod
    def _events(cls, value: Any) -> tuple[str, ...]:
        events = value if isinstance(value, tuple) else (value,)
        if any(not isinstance(event, str) or not known_event(event) for event in events):
            raise ValueError(f"{'、'.join(EVENTS)}，或 {MORE_EVENTS}")
        return events

    @model_check(mode="after")
    def _of_order(self, info: ValidationInfo) -> WatchRule:
        if foreign := {part for part, _ in self.when.reads} - {"order", "event"}:
            raise ValueError(f"只看工单（order）和事件（event）的条件，不看 {'、'.join(sorted(foreign))}")
        if ("order", "caller_flags") in self.when.reads:
            raise ValueError("不看 order.caller_flags 的条件：查到的情形写进专办事项，看得到它的人不一定可以知道诉求人")
        if (info.context or {}).get("adopted"):
            return self
        kinds = known.watched()
        if self.proposes not in kinds:
            raise ValueError(f"能由规则提出的专办事项（{'、'.join(sorted(kinds)) or '无'}），没有“{self.proposes}”")
        _, steps = kinds[self.proposes]
        if self.step not in steps:
            raise ValueError(f"能由规则自动走的一步（step：{'、'.join(sorted(steps))}），没有“{self.step}”")
        return self
