"""A bulletin as one self-contained page: the same sheet on the screen and, by the browser, on paper.

The two templates may be used apart: `page.html` is the whole page and carries its style in itself, `_sheets.html` the
sheets alone, for a page that brings its own frame and links `static/bulletins/bulletin.css`; both take `context`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from .document import Bulletin, as_data, title_lines

#: How the sheets look, on the screen and on paper.
STYLE = Path(__file__).parent / "static" / "bulletins" / "bulletin.css"
#: From the key of a figure to the address of the list of orders behind it; None where there is none to show.
Link = Callable[[str], str | None]


def render(bulletin: Bulletin, link: Link | None = None) -> str:
    """The whole page.  With `link`, each number that has a list behind it leads there."""
    style = STYLE.read_text("utf-8")
    return render_to_string("bulletins/page.html", context(bulletin, link) | {"style": style})


def context(bulletin: Bulletin, link: Link | None = None) -> dict[str, Any]:
    """What the templates need: `bulletin`, and its `sheets` (blocks by sheet of paper)."""
    blocks = [_prepared(as_data(block), link) for block in bulletin.blocks]
    sheet_of = accumulate(int(bool(block.get("page_break_before"))) for block in blocks)
    sheets: dict[int, list[dict[str, Any]]] = {0: []}
    for sheet, block in zip(sheet_of, blocks, strict=True):
        sheets.setdefault(sheet, []).append(block)
    return {"bulletin": bulletin, "sheets": list(sheets.values())}


def _prepared(data: Any, link: Link | None) -> Any:
    """`data` with what only a page needs: an address for each number, titles in lines, columns in percent."""
    if isinstance(data, list):
        return [_prepared(item, link) for item in data]
    if not isinstance(data, dict):
        return data
    made = {name: _prepared(value, link) for name, value in data.items()}
    if made.get("figure") and link is not None:
        made["href"] = link(made["figure"])
    for name in ("title", "caption"):
        if made.get("kind") in ("article", "table") and name in made:
            made["heading"] = title_lines(made[name])
    if "columns" in made:
        total = sum(column["share"] for column in made["columns"])
        for column in made["columns"]:
            column["percent"] = f"{100 * column['share'] / total:.2f}"
    return made
