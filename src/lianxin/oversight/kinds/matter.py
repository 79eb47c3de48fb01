"""Matter (事项): the orders about one thing, however many; the unit of what fails again and again (E05).

It begins by itself when a second order is linked or merged; the orders point to it (`Order.matter`), and no act on one
of them needs its row.
"""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import Told, Words
from lianxin.proceedings.abouts import Due
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.rules.lifecycle import SYSTEM
from lianxin.rules.lifecycle.states import posts


class Beginning(Payload):
    """The numbers of the two orders with which it began."""

    first: str
    second: str


class Study(Payload):
    """Why it fails, what is done, and by when it must be done (查因分析)."""

    cause: Told = Field(title="查因分析")
    measures: Told = Field(title="化解措施")
    due: Due = Field(title="化解时限")


class Closing(Payload):
    """How it was settled."""

    note: Words = Field("", title="化解情况")


class Absorbing(Payload):
    """The matter to which its orders went."""

    into: int


WHO = posts("supervisor", "leader")
OPEN = ("noted", "studied")

add(
    Kind(
        code="matter",
        title="事项",
        due_title="化解时限",
        raised_to=("leader",),
        states={
            "noted": State("已归集", "supervisor", idle=True),
            "studied": State("化解中", "supervisor"),
            "settled": State("已化解"),
            "absorbed": State("已并入其他事项"),
        },
        steps=(
            Step("opened", "归集为同一事项", Beginning, SYSTEM, to="noted", by_itself=True),
            Step("absorbed", "并入其他事项", Absorbing, SYSTEM, OPEN, "absorbed", by_itself=True),
            Step("studied", "查因立项", Study, WHO, OPEN, "studied", icon="search"),
            Step("settled", "化解销号", Closing, WHO, OPEN, "settled", meets=True, icon="clipboard-check"),
        ),
    )
)
