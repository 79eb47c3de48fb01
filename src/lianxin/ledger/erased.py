"""What is left of an entry's private part when its time is over."""

from __future__ import annotations

from typing import Any

#: Stands where words stood; long enough for every verb's payload, so that a replay can read it.
GONE = "（原文已删除）"
#: What is no text and tells of a person: who he is, where he was.
_OF_A_PERSON = frozenset({"caller", "position"})


def hollow(body: dict[str, Any]) -> dict[str, Any]:
    """`body` with every word taken out: texts are `GONE`, the caller is nobody, a position nowhere.

    What is hollow stays as it is.
    """
    return {name: None if name in _OF_A_PERSON else _blank(value) for name, value in body.items()}


def _blank(value: Any) -> Any:
    if isinstance(value, list):
        return [_blank(item) for item in value]
    return GONE if isinstance(value, str) else value
