"""The kinds of fields that payloads are made of.  Title and widget serve the forms of the desk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, Field

from .acts import Private
from .numbers import upstream

#: A shorter reason says nothing, wherever one must be given.
SHORTEST_REASON = 5


def says_why(text: str) -> bool:
    """Whether a reason that only some cases ask for is one."""
    return len(text.strip()) >= SHORTEST_REASON


def widget(kind: str, **more: Any) -> dict[str, Any]:
    """`json_schema_extra` that tells a form how to ask for a field."""
    return {"widget": kind, **more}


def _of_our_time(value: datetime) -> datetime:
    """Refuse what is a slip of the pen, and what calendars and database could not reckon with.

    In UTC, as the database gives it back: the ledger says the same of an order that was just read and of one in hand.
    """
    if not datetime(2000, 1, 1, tzinfo=UTC) <= value < datetime(2100, 1, 1, tzinfo=UTC):
        raise ValueError("时间应在 2000 年至 2099 年之间")
    return value.astimezone(UTC)


#: An instant that a person or another platform names.
Instant = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
#: The number that an upper platform gave an order, in the one form in which it is kept.
UpstreamNumber = Annotated[str, Field(max_length=64), AfterValidator(upstream)]
#: A tag; how many an order may have is said where it is used.
Tag = Annotated[str, Field(min_length=1, max_length=32)]
#: A reason or remark in the person's own words: may name people, so it is private.
Words = Annotated[str, Private, Field(max_length=4000, json_schema_extra=widget("textarea"))]
#: What was done or said, which must be told.
Account = Annotated[str, Private, Field(min_length=2, max_length=4000, json_schema_extra=widget("textarea"))]
#: A reason that must be given.
Reason = Annotated[
    str,
    Private,
    Field(title="理由", min_length=SHORTEST_REASON, max_length=4000, json_schema_extra=widget("textarea")),
]
#: The answer that the caller is given.
Told = Annotated[
    str, Private, Field(title="告知诉求人的内容", min_length=2, max_length=4000, json_schema_extra=widget("textarea"))
]
UnitId = Annotated[int, Field(title="承办单位", json_schema_extra=widget("unit"))]
CategoryId = Annotated[int, Field(title="分类", json_schema_extra=widget("category"))]
AreaId = Annotated[int, Field(title="区域", json_schema_extra=widget("area"))]
StaffId = Annotated[int, Field(title="经办人", json_schema_extra=widget("colleague"))]
