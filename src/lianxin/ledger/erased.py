"""What is left of an entry's private part when its time is over."""

from __future__ import annotations

from typing import Any

#: Stands where words stood; long enough for every verb's payload, so that a replay can read it.
GONE = "（原文已删除）"


def hollow(body: dict[str, Any]) -> dict[str, Any]:
    """`body` with every word taken out: texts are `GONE`, the caller is nobody.  What is hollow stays as it is."""
    return {name: None if name == "caller" else _blank(value) for name, value in body.items()}


def _blank(value: Any) -> Any:
    if isinstance(value, list):
        return [_blank(item) for item in value]
    return GONE if isinstance(value, str) else value
