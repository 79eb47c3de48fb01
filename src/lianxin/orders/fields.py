"""The kinds of fields that payloads are made of.  Title and widget serve the forms of the desk."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from .acts import Private


def widget(kind: str, **more: Any) -> dict[str, Any]:
    """`json_schema_extra` that tells a form how to ask for a field."""
    return {"widget": kind, **more}


#: A reason or remark in the person's own words: may name people, so it is private.
Words = Annotated[str, Private, Field(max_length=4000, json_schema_extra=widget("textarea"))]
#: A reason that must be given.
Reason = Annotated[
    str, Private, Field(title="理由", min_length=5, max_length=4000, json_schema_extra=widget("textarea"))
]
#: The answer that the caller is given.
Told = Annotated[
    str, Private, Field(title="告知诉求人的内容", min_length=2, max_length=4000, json_schema_extra=widget("textarea"))
]
UnitId = Annotated[int, Field(title="承办单位", json_schema_extra=widget("unit"))]
CategoryId = Annotated[int, Field(title="分类", json_schema_extra=widget("category"))]
AreaId = Annotated[int, Field(title="区域", json_schema_extra=widget("area"))]
StaffId = Annotated[int, Field(title="经办人", json_schema_extra=widget("colleague"))]
