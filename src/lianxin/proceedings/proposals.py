"""What a rule does by itself (``[[watch]]``): it proposes a proceeding, which a person then confirms or dismisses; or
takes a step of one, which is then done."""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import Instant, widget

from .abouts import Title


class Proposal(Payload):
    """By which rule, about which orders, and what was found: filled in by the book itself."""

    rule: str = Field(title="规则")
    title: Title
    found: str = Field(title="依据")
    orders: tuple[int, ...] = Field(json_schema_extra=widget("none"))
    numbers: tuple[str, ...] = Field(title="涉及工单")


class Opening(Proposal):
    """The same of one that is open without a person; of which order, and what happened to it when."""

    order: int = Field(json_schema_extra=widget("none"))
    heard: Instant = Field(json_schema_extra=widget("none"))


class Taken(Payload):
    """By which rule a step is taken, for which order, what was found, and when that happened to the order; `orders` are
    those that it was not about before."""

    rule: str = Field(title="规则")
    found: str = Field(title="依据")
    order: int = Field(json_schema_extra=widget("none"))
    orders: tuple[int, ...] = Field((), json_schema_extra=widget("none"))
    numbers: tuple[str, ...] = Field(title="涉及工单")
    heard: Instant = Field(json_schema_extra=widget("none"))
