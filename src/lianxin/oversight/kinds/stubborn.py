"""Stubborn matter (屡办不成事项): what was handled again and again, or handed about, and what is done so that it ends.

Source: E05 (屡办不成 诉求事项办理机制).  A rule of the pack proposes it, a person lists it; each listed matter needs
cause, measures and a date before it may leave the list (查因分析).
"""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Told, Words
from lianxin.proceedings.abouts import Due, OfOrders, Text, Title
from lianxin.proceedings.deed import Deed
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.proposals import Proposal
from lianxin.proceedings.register import add
from lianxin.proceedings.usual import Reasoned
from lianxin.rules.lifecycle import SYSTEM
from lianxin.rules.lifecycle.states import posts
from lianxin.rules.serving import serves

serves("E05")

WHO = posts("supervisor", "leader")


class Listing(OfOrders):
    """What somebody lists without a rule."""

    title: Title
    text: Text = Field(title="列入理由")


class Confirming(Payload):
    """That it is listed."""

    note: Words = Field("", title="意见")


class Study(Payload):
    """Why it fails, what is done, and by when it must be done (查因分析)."""

    cause: Told = Field(title="查因分析")
    measures: Told = Field(title="化解措施")
    due: Due = Field(title="化解时限")


class Leaving(Payload):
    """How it ended."""

    result: Told = Field(title="化解情况")


def _has_orders(deed: Deed[Listing]) -> None:
    require(deed.payload.orders, "numbers", "请填写屡办不成的工单")


add(
    Kind(
        code="stubborn",
        title="屡办不成事项",
        due_title="化解时限",
        raised_to=("leader",),
        states={
            "proposed": State("待确认", "supervisor"),
            "listed": State("待查因", "supervisor"),
            "studied": State("化解中", "supervisor"),
            "settled": State("已销号"),
            "dismissed": State("不列入"),
        },
        steps=(
            Step("proposed", "由规则提出", Proposal, SYSTEM, to="proposed", by_itself=True),
            Step("opened", "列入屡办不成", Listing, WHO, to="listed", check=_has_orders, icon="alert-triangle"),
            Step("confirmed", "确认列入", Confirming, WHO, ("proposed",), "listed", icon="check"),
            Step("dismissed", "不列入", Reasoned, WHO, ("proposed",), "dismissed", icon="ban"),
            Step("studied", "查因分析", Study, WHO, ("listed", "studied"), "studied", icon="search"),
            Step("settled", "化解销号", Leaving, WHO, ("studied",), "settled", meets=True, icon="clipboard-check"),
        ),
    )
)
