"""Says which units' queues changed, for pages that are open.  Only that; the page fetches its own fragment."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

CHANNEL = "lianxin_news"


def statement(units: Collection[int]) -> tuple[str, list[Any]] | None:
    """NOTIFY each unit's number, delivered at commit.  No rows, no content: nothing to leak."""
    if not units:
        return None
    return "SELECT pg_notify(%s, u::text) FROM unnest(%s::bigint[]) u", [CHANNEL, sorted(units)]
