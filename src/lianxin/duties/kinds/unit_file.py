"""Unit file (履职台账): what a unit owes in a year because it comes round, and what proves that it was done.

One a unit and year, opened and closed by the book itself; what grows all year begins anew each year.
"""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import UnitId, widget
from lianxin.proceedings.abouts import Title
from lianxin.proceedings.kinds import Kind, State, Step
from lianxin.proceedings.register import add
from lianxin.rules.lifecycle import SYSTEM


class Opening(Payload):
    """Of which unit and year (`2026`)."""

    title: Title
    unit: UnitId = Field(title="单位")
    period: str = Field(title="年度", json_schema_extra=widget("none"))


class Closing(Payload):
    """Nothing but that the year is over and nothing is open any more."""


add(
    Kind(
        code="unit_file",
        title="履职台账",
        unit_title="单位",
        raised_to=("supervisor",),
        states={"kept": State("记录中", "clerk", at="unit", idle=True), "closed": State("已归档")},
        steps=(
            Step("opened", "建立台账", Opening, SYSTEM, to="kept", by_itself=True),
            Step("closed", "归档", Closing, SYSTEM, ("kept",), "closed", by_itself=True),
        ),
    )
)
