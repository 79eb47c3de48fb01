"""What a form asks: the fields of a payload, from its JSON schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lianxin.ledger.acts import Payload

_HAN = re.compile(r"[一-鿿]")
#: The ledger fills these in; a form names the share in its address.
_FILLED_IN = frozenset({"share", "of_unit"})
_PLAIN_TITLES = {"note": "说明"}
_JUDGED = frozenset({"verdict", "choice", "layer", "return_reason", "sight_reason", "sight"}) | {
    "caller_flag",
    "caller_flag_here",
    "label",
    "label_here",
    "trigger",
    "petition_kind",
    "petition_reason",
    "raising",
    "report_reason",
    "inspection_type",
    "inspection_record",
    "drawn",
}


#: The widget of what nobody is asked and everybody reads.
TOLD = "told"


@dataclass(frozen=True, slots=True)
class Item:
    """One field of a payload as a form asks it."""

    name: str
    title: str
    kind: str
    schema: Mapping[str, Any]
    required: bool

    @property
    def default(self) -> Any:
        return self.schema.get("default")

    @property
    def judged(self) -> bool:
        """Whether a person must judge it: then the payload's default, which serves importers, is no answer."""
        return self.kind in _JUDGED and (self.required or self.default is not None)

    @property
    def unanswered(self) -> str:
        """What is said where nothing was chosen.  A verdict is named by both its answers: its title may be one."""
        if self.kind == "verdict":
            return f"请选择“{self.schema['yes']}”或“{self.schema['no']}”"
        return f"请选择：{self.title}"


def items(model: type[Payload]) -> tuple[Item, ...]:
    """What to ask for a payload, in the order of its fields."""
    return tuple(item for item in told(model) if item.kind != TOLD)


@lru_cache
def told(model: type[Payload]) -> tuple[Item, ...]:
    """What a payload says to people: what was asked, and what the ledger fills in for them to read."""
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    found = (_item(name, outer, name in required) for name, outer in schema.get("properties", {}).items())
    return tuple(item for item in found if item is not None)


def _item(name: str, outer: Mapping[str, Any], required: bool) -> Item | None:
    inner: Mapping[str, Any] = next((kind for kind in outer.get("anyOf", ()) if kind.get("type") != "null"), {})
    merged = {**inner, **{key: value for key, value in outer.items() if key != "anyOf"}}
    # pydantic makes an English title out of the name where none was given.
    titles = (outer.get("title", ""), inner.get("title", ""), _PLAIN_TITLES.get(name, ""))
    title = next((text for text in titles if _HAN.search(text)), name)
    kind = merged.get("widget") or _kind(merged)
    if kind == "none" or (name in _FILLED_IN and "widget" not in merged):
        return None
    return Item(name, title, kind, merged, required)


def _kind(schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "date-time":
        return "moment"
    return {"integer": "number", "boolean": "flag"}.get(schema.get("type", ""), "line")
