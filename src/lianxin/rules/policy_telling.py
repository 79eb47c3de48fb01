"""Which events are worth a message outside the desk (``[telling]``), and which of them no quiet hour holds back."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo

from lianxin.rules import known, lifecycle
from lianxin.rules.policy_rows import Part

#: Every action that tells anybody at all.
EVERY = "*"
#: What the clocks of proceedings do: steps of no kind.
_RINGS = {"proceeding.warned": "专办事项到期预警", "proceeding.breached": "专办事项逾期"}
_NAMED = re.compile(r"[a-z][a-z_]{1,23}\.([a-z][a-z_]{1,23}|\*)")


def _told(value: Any, info: ValidationInfo) -> Any:
    """An action, all of one beginning (``share.*``), or all.  Of a pack that was adopted nothing more is asked."""
    if value == EVERY:
        return value
    if not isinstance(value, str) or not _NAMED.fullmatch(value):
        raise ValueError("“share.sent_back”一类的动作，“share.*”（这一类的全部动作），或“*”（全部）")
    here = {row.action for row in lifecycle.TABLE} | known.actions().keys() | _RINGS.keys()
    known_here = value in here or any(_covers(value, action) for action in here)
    if not known_here and not (info.context or {}).get("adopted"):
        raise ValueError(f"已有的动作（{'、'.join(sorted(here))}），没有“{value}”")
    return value


def _covers(named: str, action: str) -> bool:
    return named in (EVERY, action) or (named.endswith(".*") and action.startswith(named[:-1]))


def title(named: str) -> str:
    """What `events` and `urgent` name, in words; "" for what is no name of actions."""
    titles = {row.action: row.title for row in lifecycle.TABLE} | known.actions() | _RINGS
    found = [title for action, title in titles.items() if _covers(named, action)]
    if named == EVERY or not found or not _NAMED.fullmatch(named):
        return "全部通知" if named == EVERY else ""
    return f"“{found[0]}”等 {len(found)} 种" if len(found) > 1 else found[0]


Told = Annotated[str, BeforeValidator(_told)]


class Telling(Part):
    """What of the notices goes out by the channels of units and people, beside their inbox on the desk."""

    events: tuple[Told, ...] = Field(description="哪些动作的通知发到单位、个人的通知渠道")
    urgent: tuple[Told, ...] = Field(description="其中哪些立即发出，不等汇总，不受免打扰时段限制")
    urgent_orders: tuple[Literal["normal", "urgent"], ...] = Field(description="哪些紧急程度的工单，其通知一律立即发出")

    def tells(self, action: str) -> bool:
        """Whether notices of this action go out at all."""
        return any(_covers(named, action) for named in self.events)

    def presses(self, action: str, urgency: str) -> bool:
        """Whether one about an order of this urgency ("" for what is no order) goes out at once, whatever the hour."""
        return urgency in self.urgent_orders or any(_covers(named, action) for named in self.urgent)
