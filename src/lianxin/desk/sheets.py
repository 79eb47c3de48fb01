"""A list as a sheet."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote

import xlsxwriter
from django.http import HttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: So many go into one sheet.
MOST_ROWS = 20_000


def answer(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], at: datetime) -> HttpResponse:
    """The rows as an xlsx file to be saved.  All cells are text: a title that begins with “=” stays a title."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(title)
        head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(headings) - 1, 18)
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, head)
        number = 0
        for number, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell)
        sheet.autofilter(0, 0, number, len(headings) - 1)
    return file(title, out.getvalue(), at)


def file(title: str, body: bytes, at: datetime) -> HttpResponse:
    """An xlsx file to be saved."""
    disposition = f"attachment; filename*=UTF-8''{quote(title)}-{at:%Y%m%d}.xlsx"
    return HttpResponse(body, content_type=XLSX, headers={"Content-Disposition": disposition})
