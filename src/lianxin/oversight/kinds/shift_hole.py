"""Hole in a roster (班次空档): a time of a roster in force in which nobody is on duty any more, told to the duty lead
of that unit, where it has none the centre's supervisor.

Source: C24 (全年365天、全天24小时的不间断服务), C27 (24小时值班制).  A roster comes into force without a hole
(`directory.rosters`); what leave, a person who has gone or a withdrawn shift tears open later begins here by itself
(`oversight.shift_holes`), is due before the hole begins, and ends by itself once somebody has the shift.
"""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import Instant, widget
from lianxin.proceedings.abouts import Text, Title
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.proceedings.system import Nothing
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle import SYSTEM
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

serves("C24")

#: Where duty leads' rosters may be.
WHO = posts("supervisor", "leader", "dispatcher", "clerk", "principal", "hotline_deputy")


class Found(Payload):
    """Of which roster, from when to when; filled in by the book itself."""

    title: Title
    text: Text = Field(title="空档")
    roster: int = Field(json_schema_extra=widget("none"))
    begins_at: Instant = Field(title="自")
    ends_at: Instant = Field(title="至")
    due: Instant = Field(title="补班时限")
    #: the duty lead's post, and where it stands outside the centre its unit
    level: str = Field("", json_schema_extra=widget("none"))
    unit: int | None = Field(None, json_schema_extra=widget("none"))


add(
    Kind(
        code="shift_hole",
        title="班次空档",
        unit_title="值班单位",
        due_title="补班时限",
        level_title="值班长",
        raised_to=("leader",),
        listed=("begins_at", "ends_at"),
        states={
            "open": State("待补班", "supervisor", at="unit", by_level=True),
            "filled": State("已补班"),
            "passed": State("空档已过"),
        },
        steps=(
            Step("found", "发现空档", Found, SYSTEM, to="open", by_itself=True, tells=True, reminds=True),
            Step("noted", "说明安排", Reasoned, WHO, ("open",), icon="edit"),
            Step("filled", "空档已补", Nothing, SYSTEM, ("open",), "filled", meets=True, by_itself=True, tells=True),
            Step("passed", "空档已过", Nothing, SYSTEM, ("open",), "passed", by_itself=True),
        ),
    )
)
