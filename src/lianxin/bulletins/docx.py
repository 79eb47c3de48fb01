"""A bulletin as .docx in the layout of GB/T 9704 (page and styles: `docx_layout`).

The file carries no moment of writing, only the day of issue: the same bulletin gives the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import datetime, time
from io import BytesIO
from typing import Any

import docx
from docx.document import Document
from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.shared import Length, Pt
from docx.table import Table as DocxTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph as DocxParagraph

from . import docx_layout as layout
from .document import (
    AnnexList,
    Article,
    Bulletin,
    Distribution,
    Paragraph,
    Run,
    SectionTitle,
    Signature,
    SubTitle,
    Table,
    title_lines,
    width,
)
from .ooxml import element, put

ROW_HEIGHT = Pt(23)
#: The first moment that a zip archive can name; every entry carries it.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def render(bulletin: Bulletin) -> bytes:
    """The .docx file."""
    document = docx.Document()
    layout.prepare(document)
    _describe(document, bulletin)
    _red_head(document, bulletin)
    for block in bulletin.blocks:
        _WRITERS[type(block)](document, block)
    out = BytesIO()
    document.save(out)
    return _without_clock(out.getvalue())


def _describe(document: Document, bulletin: Bulletin) -> None:
    about = document.core_properties
    about.title, about.author, about.last_modified_by = bulletin.name, bulletin.issuer, bulletin.issuer
    about.created = about.modified = datetime.combine(bulletin.day, time())
    about.comments, about.language, about.revision = "", "zh-CN", 1


def _without_clock(file: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(file)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(zipfile.ZipInfo(entry.filename, ZIP_EPOCH), old.read(entry), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _add(document: Document, text: str, style: str) -> DocxParagraph:
    return document.add_paragraph(text, document.styles[style])


# --- text ------------------------------------------------------------------------------------


def _red_head(document: Document, bulletin: Bulletin) -> None:
    head = _add(document, "", "公文红头")
    size, gap = layout.red_head(len(bulletin.title))
    # Spread letters; the last one without, or the line would stand left of the middle.
    spread, last = head.add_run(bulletin.title[:-1]), head.add_run(bulletin.title[-1:])
    put(spread._r.get_or_add_rPr(), "spacing", val=gap)
    if size is not None:
        spread.font.size = last.font.size = Pt(size)
    _add(document, bulletin.number, "公文期号")
    line = _add(document, f"{bulletin.issuer}\t{bulletin.day_text}", "公文顶格")
    line.paragraph_format.tab_stops.add_tab_stop(layout.TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
    line.paragraph_format.space_after = Pt(layout.LINE / 20 * 0.7)
    rule = element("bottom", val="single", sz=12, space=4, color=layout.RED)
    put(line._p.get_or_add_pPr(), "pBdr", rule)


def _section(document: Document, block: SectionTitle) -> None:
    _add(document, block.text, "公文栏目")


def _subtitle(document: Document, block: SubTitle) -> None:
    _add(document, block.text, "公文一级标题" if block.level == 1 else "公文二级标题")


def _paragraph(document: Document, block: Paragraph) -> None:
    paragraph = _add(document, "", "公文正文")
    for text, strong in _merged(block.runs):
        paragraph.add_run(text).bold = strong or None


def _merged(runs: tuple[Run, ...]) -> list[tuple[str, bool]]:
    """Neighbours of one look as one run: a file in which every number is cut out is a pain to edit by hand."""
    merged: list[tuple[str, bool]] = []
    for run in runs:
        if merged and merged[-1][1] == run.strong:
            merged[-1] = (merged[-1][0] + run.text, run.strong)
        else:
            merged.append((run.text, run.strong))
    return merged


def _article(document: Document, block: Article) -> None:
    _title(document, block.title, "公文标题")
    for part in block.body:
        _WRITERS[type(part)](document, part)


def _title(document: Document, title: str, style: str) -> None:
    paragraph = _add(document, "", style)
    for number, line in enumerate(title_lines(title)):
        run = paragraph.add_run()
        if number:
            run.add_break()
        run.add_text(line)


def _annexes(document: Document, block: AnnexList) -> None:
    _add(document, "", "公文正文")
    for item in block.items:
        _add(document, item, "公文正文")


def _signature(document: Document, block: Signature) -> None:
    """7.3.5.3: the issuer two characters in from the right, the day two characters in from the issuer's first."""
    _add(document, "", "公文正文").paragraph_format.keep_with_next = True
    start = max(layout.CHARACTERS - 2 - width(block.body), 0)
    for text, left in ((block.body, start), (block.day, start + 2)):
        paragraph = _add(document, text, "公文顶格")
        layout.indent(paragraph, layout.SIZE_3, left=left)
        paragraph.paragraph_format.keep_with_next = text == block.body
    paragraph.paragraph_format.space_after = Pt(layout.LINE / 20)


# --- tables ----------------------------------------------------------------------------------


def _distribution(document: Document, block: Distribution) -> None:
    """版记: a floating table at the foot of its page, rules of 0.35 mm outside and 0.25 mm between (7.4)."""
    table = document.add_table(rows=2, cols=1)
    _set_widths(table, [1])
    place = {"horzAnchor": "margin", "tblpXSpec": "center", "vertAnchor": "margin", "tblpYSpec": "bottom"}
    put(table._tbl.tblPr, "tblpPr", **place)
    upper, lower = table.cell(0, 0), table.cell(1, 0)
    for number, (label, recipients) in enumerate(block.entries):
        paragraph = upper.paragraphs[0] if number == 0 else upper.add_paragraph()
        paragraph.style = document.styles["公文版记"]
        paragraph.add_run(f"{label}：{recipients}")
        layout.indent(paragraph, layout.SIZE_4, left=3, right=1, hanging=2)
    _set_rules(upper, top=8, bottom=6)
    paragraph = lower.paragraphs[0]
    paragraph.style = document.styles["公文版记"]
    paragraph.add_run(f"{block.printer}\t{block.printed}")
    layout.indent(paragraph, layout.SIZE_4, left=1)
    edge = Length(layout.TEXT_WIDTH - Pt(layout.SIZE_4))
    paragraph.paragraph_format.tab_stops.add_tab_stop(edge, WD_TAB_ALIGNMENT.RIGHT)
    _set_rules(lower, top=6, bottom=8)
    # A floating table belongs to the line after it; were that the next annex, it would move to its page.
    _add(document, "", "公文版记")


def _table(document: Document, block: Table) -> None:
    label = _add(document, block.label, "公文附件号")
    label.paragraph_format.page_break_before = block.page_break_before
    _title(document, block.caption, "公文附表标题")
    _add(document, block.remark, "公文附表说明")
    table = document.add_table(rows=0, cols=len(block.columns), style="Table Grid")
    _row(document, table, [column.title for column in block.columns], "公文表头")
    put(table.rows[0]._tr.get_or_add_trPr(), "tblHeader")
    for row in block.rows:
        _row(document, table, [cell.text for cell in row], "公文表格")
    _set_widths(table, [column.share for column in block.columns])
    for cell in table.rows[-1].cells:
        # The note never stands alone on the next page.
        cell.paragraphs[0].paragraph_format.keep_with_next = True
    _add(document, block.note, "公文备注")


def _row(document: Document, table: DocxTable, texts: list[str], style: str) -> None:
    row = table.add_row()  # type: ignore[no-untyped-call]
    row.height, row.height_rule = ROW_HEIGHT, WD_ROW_HEIGHT_RULE.AT_LEAST
    put(row._tr.get_or_add_trPr(), "cantSplit")
    for cell, text in zip(row.cells, texts, strict=True):
        put(cell._tc.get_or_add_tcPr(), "vAlign", val="center")
        cell.paragraphs[0].style = document.styles[style]
        cell.paragraphs[0].add_run(text)


def _set_widths(table: DocxTable, shares: list[int]) -> None:
    """Fixed widths over the whole text area: no reader may size columns by their contents."""
    properties = table._tbl.tblPr
    put(properties, "tblW", w=round(layout.TEXT_WIDTH.twips), type="dxa")
    put(properties, "tblLayout", type="fixed")
    margins = (element(side, w=w, type="dxa") for side, w in (("top", 40), ("left", 80), ("bottom", 40), ("right", 80)))
    put(properties, "tblCellMar", *margins)
    put(properties, "jc", val="center")
    for column, share in zip(table.columns, shares, strict=True):
        column.width = Length(layout.TEXT_WIDTH * share // sum(shares))
        for cell in column.cells:
            cell.width = column.width


def _set_rules(cell: _Cell, **eighths: int) -> None:
    """Rules of a cell, in eighths of a point."""
    rules = (element(side, val="single", sz=size, space=0, color="000000") for side, size in eighths.items())
    put(cell._tc.get_or_add_tcPr(), "tcBorders", *rules)


_WRITERS: dict[type, Callable[[Document, Any], None]] = {
    SectionTitle: _section,
    SubTitle: _subtitle,
    Paragraph: _paragraph,
    Article: _article,
    AnnexList: _annexes,
    Signature: _signature,
    Distribution: _distribution,
    Table: _table,
}
