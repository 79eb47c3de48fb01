"""A queue's rows as HTML.  Written out here and not by a template: fifty rows were half of the page's cost.

Every value goes through `escape`; the fixed parts are of this file alone.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from .turns import Block, Line

_SPECIAL = re.compile("[&<>\"']").search


def escape(value: str) -> str:
    """As `html.escape`; few of a page's thousand values have anything to escape."""
    return html.escape(value) if _SPECIAL(value) else value


def draw(rows: Iterable[dict[str, Any]], queue: str) -> SafeString:
    """The `<tr>`s of `rows` (`work.Sheet.rows`) of a queue, for its table."""
    return mark_safe("".join(_row(row, queue) for row in rows))


def blocks(found: Iterable[Block]) -> SafeString:
    """The lists of a unit's morning, side by side."""
    return mark_safe("".join(map(_block, found)))


def lines(found: Iterable[Line]) -> SafeString:
    """Orders with whose turn it is, or why they came back."""
    return mark_safe(f'<ul class="lx-turns">{"".join(map(_line, found))}</ul>')


def _block(block: Block) -> str:
    every = f'<a class="lx-hint" href="{block.url}">全部 {block.total} 件</a>' if block.more else ""
    shown = lines(block.lines) if block.lines else f'<p class="lx-hint">{escape(block.empty)}</p>'
    return (
        f'<section class="lx-block" aria-labelledby="block-{block.code}">'
        f'<h2 id="block-{block.code}">{escape(block.title)}<b>{block.total}</b>{every}</h2>{shown}</section>\n'
    )


def _line(line: Line) -> str:
    card, at = (' data-card="red"', f"<b>{escape(line.at)}</b>") if line.late else ("", escape(line.at))
    words = f"{line.what}：{line.words}" if line.words else line.what
    return (
        f'<li{card}><a href="{escape(line.url)}">{escape(line.title)}</a><span class="lx-at">{at}</span>'
        f"<p>{escape(line.number)}　{escape(words)}</p></li>\n"
    )


def _row(row: dict[str, Any], queue: str) -> str:
    at = {name: escape(value) if isinstance(value, str) else value for name, value in row.items()}
    card = f' data-card="{at["card"]}"' if row["chip_class"] else ""
    chip = f'<span class="lx-clock{at["chip_class"]}">{at["chip"]}</span>' if row["chip"] else ""
    urgent = '<b class="lx-chip lx-chip-ink">紧急</b> ' if row["urgent"] else ""
    again = f"　工单已到第 {at['order_round']} 轮" if row["order_round"] else ""
    preview = f' data-preview="{at["url"]}preview/?queue={queue}"'
    # A proceeding has no rounds.
    turn = f'<span class="lx-s">第 {at["round"]} 轮</span>' if row["round"] else ""
    busy = f'<span class="lx-s lx-busy">{at["busy"]}</span>' if row["busy"] else ""
    mine = ""
    if row["mine"]:
        back = f'<button class="lx-link" form="give-back" name="order" value="{at["number"]}">放回</button>'
        # In a line of its own: a long category would push it off the row.
        mine = f'<span class="lx-s"><b>已分给您，{at["mine"]} 前</b>　{back}</span>'
    # On a phone .lx-s stands in the line of what precedes it: no white space before it.
    return (
        f'<tr data-row{card}{preview} id="row-{at["id"]}">'
        f'<td class="lx-c-due">{chip} <span class="lx-s">{at["due"]}</span></td>'
        f'<td class="lx-c-title"><span class="lx-t">{urgent}'
        f'<a class="lx-open" id="open-{at["id"]}" href="{at["url"]}">{at["title"]}</a></span> '
        f'<span class="lx-s">{at["number"]}　{at["category"]}{again}</span>{mine}</td>'
        f'<td class="lx-c-role">{at["role"]}{turn}</td>'
        f'<td class="lx-c-state">{at["progress"]}<span class="lx-s">{at["since"]}</span></td>'
        f'<td class="lx-c-person">{at["person"]}{busy}</td>'
        f'<td class="lx-c-next">{_next(at)}</td></tr>\n'
    )


def _next(at: dict[str, Any]) -> str:
    # No white space after .lx-sr: it would push the word on the button aside.
    words = f'{at["verb"] or "查看"}<span class="lx-sr"> {at["number"]}</span>'
    if at["one_click"]:
        where = f'form="one-click" formaction="{at["url"]}{at["action"]}/" name="share" value="{at["share"]}"'
        return f'<button class="lx-btn" id="do-{at["id"]}" {where} data-undo="{at["verb"]}">{words}</button>'
    quiet = "" if at["verb"] else " lx-btn-quiet"
    return f'<a class="lx-btn{quiet}" id="do-{at["id"]}" href="{at["next_url"]}">{words}</a>'
