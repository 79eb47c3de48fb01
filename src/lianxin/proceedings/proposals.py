"""What a rule proposes (``[[watch]]``): the first step of a kind that a person then confirms or dismisses."""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import widget

from .abouts import Title


class Proposal(Payload):
    """By which rule, about which orders, and what was found: filled in by the book itself."""

    rule: str = Field(title="规则")
    title: Title
    found: str = Field(title="依据")
    orders: tuple[int, ...] = Field(json_schema_extra=widget("none"))
    numbers: tuple[str, ...] = Field(title="涉及工单")
