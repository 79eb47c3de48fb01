"""A rule book with many duties, for a tree that knows duties: forty rules over twelve events.

Three of them lay a task at each registration and five at each dispatch."""

from __future__ import annotations

from collections.abc import Iterator

PACK = "bench-duties"
#: What a tree can count afterwards.
AT_REGISTRATION, AT_DISPATCH = 3, 5
_HEAD = f'''[pack]
id = "{PACK}"
title = "测速规则"
version = "1"
effective = 2020-01-02
extends = "junan-2021"
'''
_ROW = """
[[task]]
id = "{pack}:t{n}"
title = "第 {n} 项"
origin = "测速"
kind = "bench{n}"
on = "{on}"
from = "{event}"
when = "{when}"
post = "{post}"
at = "{at}"
allow = "5 workdays"
"""
_NEVER = "order.urges >= 90 && order.category[0] == '无' && order.urgency == 'urgent'"
_ALWAYS = "order.urges < 90 && order.urgency != ''"
#: Event: how many of its rules lay nothing, how many lay a task each time.
_RULES = {
    "register": (4, AT_REGISTRATION),
    "dispatch": (5, AT_DISPATCH),
    "sign": (4, 0),
    "contact": (3, 0),
    "reply": (3, 0),
    "audit": (2, 0),
    "pass": (2, 0),
    "send_back": (2, 0),
    "callback": (2, 0),
    "return_decided": (2, 0),
    "extension_decided": (2, 0),
    "matter_joined": (1, 0),
}
_OF_ORDER = ("register", "pass", "callback", "matter_joined")


def text() -> str:
    """The pack."""
    rows = [
        _ROW.format(pack=PACK, n=letters(n), on=on, event=event, when=when, post=post, at=at)
        for n, (event, when, on, post, at) in enumerate(_rules())
    ]
    assert len(rows) == 40
    return _HEAD + "".join(rows)


def letters(n: int) -> str:
    """A name without digits, which ids of rows do not end with."""
    return chr(97 + n // 26) + chr(97 + n % 26)


def _rules() -> Iterator[tuple[str, str, str, str, str]]:
    for event, (idle, busy) in _RULES.items():
        of_order = event in _OF_ORDER
        where = ("order", "dispatcher", "centre") if of_order else ("share", "clerk", "unit")
        for when in [_NEVER] * idle + [_ALWAYS] * busy:
            yield (event, when, *where)
