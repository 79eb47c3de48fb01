"""Page and styles of a .docx in the layout of GB/T 9704-2012; section numbers are those of the standard.

Each look of the table below becomes a named style of the file, so that an office can go on editing with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import nsdecls, qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from . import fonts
from .fonts import Face
from .ooxml import element, put

RED = RGBColor(0xD7, 0x00, 0x0F)
SIZE_2, SIZE_3, SIZE_4, SIZE_CELL = 22.0, 16.0, 14.0, 12.0
CHARACTERS = 28
TEXT_WIDTH = Mm(156)
#: The grid of 22 lines on 225 mm and 28 characters on 156 mm (5.2.1, 5.2.3), in twips: the height of a line (exactly
#: 29 pt would be 0.2 pt too much for the twenty-second) and what is taken off between characters of size 3.
#: The characters are set closer rather than snapped to a grid of characters: where a reader takes the grid literally,
#: a letter of 16 pt does not fit its cell of 15.8 pt and takes two.
LINE = int(225 / 25.4 * 72 * 20 / 22)
CLOSER = int((156 / 25.4 * 72 / CHARACTERS - SIZE_3) * 20) - 1
LEFT, CENTRE, RIGHT, BOTH = (
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)


@dataclass(frozen=True, slots=True)
class Look:
    """One paragraph style: `indent` of the first line in characters, `before` and `after` in lines, `line` in twips
    (None: as high as its letters), `outline` the level in the file's outline."""

    face: Face
    size: float = SIZE_3
    align: WD_ALIGN_PARAGRAPH = BOTH
    indent: float = 0
    before: float = 0
    after: float = 0
    line: int | None = LINE
    keep_next: bool = False
    outline: int | None = None
    red: bool = False


STYLES: dict[str, Look] = {
    "公文正文": Look(fonts.BODY, indent=2),
    "公文顶格": Look(fonts.BODY, align=LEFT),
    "公文红头": Look(fonts.TITLE, 54, CENTRE, line=2 * LINE, red=True),
    "公文期号": Look(fonts.BODY, align=CENTRE),
    "公文栏目": Look(fonts.HEI, align=LEFT, keep_next=True, outline=1),
    "公文一级标题": Look(fonts.HEI, indent=2, keep_next=True, outline=2),
    "公文二级标题": Look(fonts.KAI, indent=2, keep_next=True, outline=3),
    "公文标题": Look(fonts.TITLE, SIZE_2, CENTRE, before=0.5, after=0.5, keep_next=True, outline=2),
    "公文附件号": Look(fonts.HEI, align=LEFT, keep_next=True),
    "公文附表标题": Look(fonts.TITLE, SIZE_2, CENTRE, keep_next=True, outline=1),
    "公文附表说明": Look(fonts.KAI, align=CENTRE, after=0.3, keep_next=True),
    "公文表头": Look(fonts.HEI, SIZE_CELL, CENTRE, line=320),
    "公文表格": Look(fonts.BODY, SIZE_CELL, CENTRE, line=320),
    "公文备注": Look(fonts.BODY, SIZE_CELL, before=0.3, line=400),
    "公文版记": Look(fonts.BODY, SIZE_4, line=480),
    "公文页码": Look(fonts.SONG, SIZE_4, RIGHT, line=None),
}


def prepare(document: Document) -> None:
    """Page, grid, page numbers, styles and substitute faces of an empty document."""
    _set_page(document)
    _set_base(document)
    for name, look in STYLES.items():
        _add_style(document, name, look)
    _set_footers(document)
    _set_font_table(document)


def indent(paragraph: Paragraph, size: float, **characters: float) -> None:
    """Indents of a paragraph (left, right, hanging) in characters of `size`.

    Written as lengths: readers differ in what size of character the format's own character units mean.
    """
    lengths = {name: round(count * size * 20) for name, count in characters.items()}
    put(paragraph._p.get_or_add_pPr(), "ind", **lengths)


def _set_page(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    # 7.5: the dash of the page number stands 7 mm under the text; its line is 5 mm high.
    section.footer_distance = Length(Mm(35) - Mm(7) - Mm(2.5))
    section.header_distance = Mm(15)
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    properties.append(element("docGrid", type="lines", linePitch=LINE))


def _set_base(document: Document) -> None:
    normal = document.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)
    _set_face(normal, fonts.BODY, SIZE_3)
    put(normal.element.get_or_add_pPr(), "spacing", before=0, after=0)


def _add_style(document: Document, name: str, look: Look) -> None:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    style.base_style = document.styles["Normal"]
    style.quick_style = True
    _set_face(style, look.face, look.size)
    if look.red:
        style.font.color.rgb = RED
    style.paragraph_format.alignment = look.align
    style.paragraph_format.keep_with_next = look.keep_next
    properties = style.element.get_or_add_pPr()
    # No automatic space between Han and digits or letters, and the grid alone decides where a page ends.  Some readers
    # do not take these from the style below, so each style states them.
    for off in ("widowControl", "autoSpaceDE", "autoSpaceDN"):
        put(properties, off, val=0)
    exact: dict[str, object] = {} if look.line is None else {"line": look.line, "lineRule": "exact"}
    put(properties, "spacing", before=round(look.before * LINE), after=round(look.after * LINE), **exact)
    if look.line != LINE or look.size != SIZE_3:
        put(properties, "snapToGrid", val=0)
    if look.indent:
        put(
            properties,
            "ind",
            firstLineChars=round(look.indent * 100),
            firstLine=round(look.indent * look.size * 20),
        )
    if look.outline is not None:
        put(properties, "outlineLvl", val=look.outline - 1)


def _set_face(style: ParagraphStyle, face: Face, size: float) -> None:
    style.font.size = Pt(size)
    style.font.bold = False
    properties = style.element.get_or_add_rPr()
    # Digits in the same face as Han characters: there they are half a character wide and keep the grid.
    names = dict.fromkeys(("ascii", "hAnsi", "eastAsia", "cs"), face.office)
    put(properties, "rFonts", hint="eastAsia", **names)
    put(properties, "spacing", val=CLOSER if size == SIZE_3 else 0)
    put(properties, "lang", val="en-US", eastAsia="zh-CN")


def _set_footers(document: Document) -> None:
    """7.5: odd pages are numbered at the right, even pages at the left, one character in."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    for footer, align, edge in ((section.footer, RIGHT, "right"), (section.even_page_footer, LEFT, "left")):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.style = document.styles["公文页码"]
        paragraph.alignment = align
        indent(paragraph, SIZE_4, **{edge: 1})
        paragraph.add_run("— ")
        number = element("t")
        number.text = "1"
        paragraph._p.append(element("fldSimple", element("r", number), instr=" PAGE "))
        paragraph.add_run(" —")


def _set_font_table(document: Document) -> None:
    """Say for each face what may take its place, so that an office without it shows a letter of the same kind."""
    rows = "".join(
        f'<w:font w:name="{face.office}"><w:altName w:val="{",".join(face.others)}"/>'
        f'<w:panose1 w:val="{face.panose}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{"roman" if face.kind == "serif" else "swiss"}"/><w:pitch w:val="auto"/></w:font>'
        for face in fonts.FACES.values()
    )
    xml = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts {nsdecls("w")}>{rows}</w:fonts>'
    # python-docx offers no other way to the content of a part that it does not model.
    document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)._blob = xml.encode()


def red_head(letters: int) -> tuple[float | None, int]:
    """How a name of so many letters fits one line above the red rule: its size in points (None: that of the style),
    and the gap between its letters in twentieths of a point."""
    full, room = STYLES["公文红头"].size, TEXT_WIDTH.pt
    size = min(full, room / letters) if letters else full
    gap = min(20.0, (room - letters * size) / max(letters - 1, 1))
    return (None if size == full else size // 0.5 * 0.5), max(int(gap * 20), 0)
