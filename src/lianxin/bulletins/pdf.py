"""A bulletin as PDF, set by typst in the layout of GB/T 9704 (templates/bulletins/bulletin.typ).

Text reaches the template as data, never as markup, so that no character in it needs escaping.  The time stamp in the
file is the day of issue: the same bulletin gives the same bytes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path

import typst

from . import fonts
from .document import Bulletin, as_data

TEMPLATE = Path(__file__).parent / "templates" / "bulletins" / "bulletin.typ"


def render(bulletin: Bulletin) -> bytes:
    """The PDF file (PDF 1.7, tagged, faces embedded)."""
    data = as_data(bulletin)
    data["faces"] = fonts.for_typst()
    made = typst.compile(
        str(TEMPLATE),
        format="pdf",
        font_paths=[str(folder) for folder in fonts.folders()],
        ignore_system_fonts=True,
        sys_inputs={"bulletin": json.dumps(data, ensure_ascii=False)},
        timestamp=datetime.combine(bulletin.day, time(), UTC),
    )
    assert isinstance(made, bytes), "typst returns one file for the format pdf"
    return made
