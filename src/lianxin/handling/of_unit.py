"""What the kinds of proceedings of a unit's own have in common: who leads it, and that it is about that unit alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from lianxin.ledger.deed import require
from lianxin.ledger.fields import widget
from lianxin.proceedings.deed import Deed
from lianxin.rules.lifecycle.states import UNIT_LEADS, posts

#: Who works in a unit for the hotline.
STAFF = UNIT_LEADS | posts("clerk")
#: A field that the ledger fills in and nobody is asked.
FILLED: Any = widget("none")
#: The unit: whoever opens one opens it for his own.
OWN_UNIT: Any = Field(None, title="单位", json_schema_extra=FILLED)
OWN_TITLE: Any = Field("", json_schema_extra=FILLED)


def own(deed: Deed[Any], title: str) -> dict[str, Any]:
    """The actor's unit, and a title that begins with its name."""
    unit = deed.directory.units[deed.actor.unit or deed.directory.root.id]
    return {"unit": unit.id, "title": f"{unit.short_name or unit.name}{title}"}


def require_own_staff(deed: Deed[Any], field: str, people: Iterable[int], unit: int | None) -> None:
    """Refuse people who do not work for that unit."""
    strange = [person for person in people if not deed.directory.serves(person, unit or 0)]
    names = "、".join(deed.directory.staff[person].name for person in strange if person in deed.directory.staff)
    require(not strange, field, f"只能填写本单位在岗的人员：{names or '有的人员不在名册'}")
