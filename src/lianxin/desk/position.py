"""Where somebody is, as a form asks it: the telephone says it (position.js), or it is typed, which proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from lianxin.rules.datums import DATUMS
from lianxin.rules.policy_arrival import Arrival

PARTS = ("longitude", "latitude", "accuracy", "datum", "taken_at")
#: (part, its title, how far from zero it may lie, an example)
_DEGREES: tuple[tuple[str, str, int, str], ...] = (
    ("longitude", "经度", 180, "117.120000"),
    ("latitude", "纬度", 90, "36.651200"),
)
#: Seven digits are a centimetre.
_DIGITS = Decimal("0.0000001")
#: What a telephone says of its error is believed up to here, in metres.
_WIDEST = 1_000_000


class PositionInput(forms.Widget):
    """The parts of a position, an input each, and the button by which the telephone fills them in."""

    template_name = "desk/widgets/position.html"
    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        return {part: str(data.get(f"{name}_{part}", "")).strip() for part in PARTS}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(f"{name}_{part}" in data for part in PARTS)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        said = value if isinstance(value, Mapping) else {}
        made = self.build_attrs(self.attrs, attrs)
        parts = {part: said.get(part) or "" for part in PARTS}
        more = {"parts": parts, "datums": list(DATUMS.items()), "chosen": parts["datum"] or "wgs84"}
        return {"widget": {"name": name, "id": made.get("id", name), "attrs": made, **more}}


class Located(forms.Field):
    """A position; nothing where neither longitude nor latitude was said."""

    def __init__(self, rule: Arrival, **more: Any) -> None:
        datums = "、".join(DATUMS[datum] for datum in rule.datums)
        told = f"手机定位按 {datums}核对，误差不超过 {rule.accuracy} 米、在工单所在区域的范围内才能证实到场。"
        super().__init__(widget=PositionInput(), help_text=told, **more)

    def clean(self, value: Any) -> dict[str, Any] | None:
        said: Mapping[str, str] = value or {}
        if not any(said.get(part) for part, *_ in _DEGREES):
            return None
        found: dict[str, Any] = {
            part: _degrees(said.get(part, ""), title, most, example) for part, title, most, example in _DEGREES
        }
        found["datum"] = _datum(said.get("datum", ""))
        if accuracy := said.get("accuracy", ""):
            found["accuracy"] = _metres(accuracy)
        if (taken_at := _moment(said.get("taken_at", ""))) is not None:
            found["taken_at"] = taken_at
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return any((data or {}).get(part) for part in PARTS if part != "datum")


def _degrees(text: str, title: str, most: int, example: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > most:
        raise ValidationError(f"{title}应为 -{most} 至 {most} 之间的度数，如 {example}")
    return found.quantize(_DIGITS)


def _metres(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_WIDEST)) and int(text) <= _WIDEST):
        raise ValidationError("误差应为整数，单位是米")
    return int(text)


def _datum(text: str) -> str:
    if text and text not in DATUMS:
        raise ValidationError("请从列出的坐标系中选择")
    return text or "wgs84"


def _moment(text: str) -> datetime | None:
    """When the device found it; None for whatever no device writes."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None and 2000 <= found.year < 2100 else None
