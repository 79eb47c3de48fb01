"""The content model and its three renderers: the same words in all, in the layout of GB/T 9704."""

import re
import sys
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx as python_docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table as DocxTable
from pypdf import PdfReader

from lianxin.bulletins import docx, fonts, html, pdf, typeset
from lianxin.bulletins import docx_layout as layout
from lianxin.bulletins.document import Bulletin, Paragraph, Run, Table, chinese_day, title_lines, width


def bare(text: str) -> str:
    """Text without any white space, as the golden comparison wants it."""
    return re.sub(r"\s+", "", text)


def docx_text(file: bytes) -> str:
    def lines() -> Iterator[str]:
        for block in python_docx.Document(BytesIO(file)).iter_inner_content():
            if isinstance(block, DocxTable):
                yield from (cell.text for row in block.rows for cell in row.cells)
            else:
                yield block.text

    return bare("".join(lines()))


class Words(HTMLParser):
    """The words inside <main>."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = False
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.inside = self.inside or tag == "main"

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "main"

    def handle_data(self, data):
        if self.inside:
            self.words.append(data)


def html_text(page: str) -> str:
    words = Words()
    words.feed(page)
    return bare("".join(words.words))


def pdf_text(file: bytes, bulletin: Bulletin) -> str:
    """The PDF's words without page numbers, and each table's heading once though it is printed on every page."""
    pages = []
    for number, page in enumerate(PdfReader(BytesIO(file)).pages, 1):
        text = bare(page.extract_text())
        assert text.count(f"—{number}—") == 1, "every page is numbered"
        pages.append(text.replace(f"—{number}—", ""))
    for table in (block for block in bulletin.blocks if isinstance(block, Table)):
        heading = "".join(column.title for column in table.columns)
        pages = [text.removeprefix(heading) for text in pages]
    return "".join(pages)


def test_the_three_files_carry_the_same_words(bulletin):
    expected = bare(bulletin.text())
    assert docx_text(docx.render(bulletin)) == expected
    assert html_text(html.render(bulletin)) == expected
    assert pdf_text(pdf.render(bulletin), bulletin) == expected


def test_the_same_bulletin_gives_the_same_bytes(bulletin):
    assert docx.render(bulletin) == docx.render(bulletin)
    assert pdf.render(bulletin) == pdf.render(bulletin)
    assert html.render(bulletin) == html.render(bulletin)


def test_text_is_data_and_never_markup():
    odd = "<b>&amp;</b> #set text(red) $x$ *星* _线_ \\ {{ 1 }} “引”"
    bulletin = Bulletin("热线日报", "第1期", "某中心", date(2026, 1, 2), (Paragraph((Run(odd),)),))
    expected = bare(bulletin.text())
    assert docx_text(docx.render(bulletin)) == expected
    assert html_text(html.render(bulletin)) == expected
    assert pdf_text(pdf.render(bulletin), bulletin) == expected


def test_docx_has_the_official_page(bulletin):
    document = python_docx.Document(BytesIO(docx.render(bulletin)))
    section = document.sections[0]
    sizes = [section.page_width, section.page_height, section.top_margin, section.bottom_margin]
    sizes += [section.left_margin, section.right_margin]
    for size, wanted in zip(sizes, (210, 297, 37, 35, 28, 26), strict=True):
        assert abs(size - Mm(wanted)) < Mm(0.05)
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "lines"
    assert 22 * int(grid.get(qn("w:linePitch"))) <= 225 / 25.4 * 1440 < 23 * int(grid.get(qn("w:linePitch")))
    assert document.settings.odd_and_even_pages_header_footer
    assert section.footer.paragraphs[0].text == "—  —"
    assert section.footer._element.xpath(".//w:fldSimple")
    assert section.even_page_footer._element.xpath(".//w:fldSimple")


@pytest.mark.parametrize(
    ("style", "face", "size"),
    [
        ("公文红头", "方正小标宋简体", 54),
        ("公文栏目", "黑体", 16),
        ("公文一级标题", "黑体", 16),
        ("公文二级标题", "楷体_GB2312", 16),
        ("公文正文", "仿宋_GB2312", 16),
        ("公文标题", "方正小标宋简体", 22),
        ("公文页码", "宋体", 14),
    ],
)
def test_docx_names_the_prescribed_faces_for_han_and_digits(bulletin, style, face, size):
    document = python_docx.Document(BytesIO(docx.render(bulletin)))
    look = document.styles[style]
    named = look.element.rPr.rFonts
    assert {named.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "eastAsia")} == {face}
    assert look.font.size.pt == size
    assert look.element.pPr.find(qn("w:autoSpaceDN")).get(qn("w:val")) == "0"
    assert f'w:name="{face}"' in ZipFile(BytesIO(docx.render(bulletin))).read("word/fontTable.xml").decode()


def test_docx_tables_repeat_their_heading_and_split_no_row(bulletin):
    document = python_docx.Document(BytesIO(docx.render(bulletin)))
    annexes = [table for table in document.tables if len(table.columns) == 6]
    assert [len(table.rows) for table in annexes] == [17, 45]
    for table in annexes:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)


def test_pdf_embeds_its_faces_and_says_what_it_is(bulletin):
    reader = PdfReader(BytesIO(pdf.render(bulletin)))
    assert reader.metadata.title == "热线周报第43期"
    assert reader.metadata.author == "莒南县12345政务服务热线受理中心"
    assert reader.metadata.creation_date.date() == date(2021, 11, 5)
    box = reader.pages[0].mediabox
    assert (round(float(box.width) * 25.4 / 72), round(float(box.height) * 25.4 / 72)) == (210, 297)
    embedded = reader.pages[0]["/Resources"]["/Font"].values()
    assert {font.get_object()["/BaseFont"].split("+")[1].split("-")[0] for font in embedded} == {
        "NotoSerifSC",
        "NotoSansSC",
    }


def test_pdf_takes_a_prescribed_face_where_the_office_has_it(monkeypatch, tmp_path):
    monkeypatch.setenv("LIANXIN_FONTS", str(tmp_path))
    assert fonts.folders()[0] == tmp_path
    wanted, stand_in = fonts.for_typst(), frozenset({"Noto Serif SC"})
    assert typeset.faces(wanted, stand_in)["title"]["families"] == ["Noto Serif SC"]
    found = typeset.faces(wanted, stand_in | {"FZXiaoBiaoSong-B05"})
    assert found["title"] == {"families": ["FZXiaoBiaoSong-B05", "Noto Serif SC"], "embolden": 0.0}


def test_a_number_leads_to_the_orders_behind_it(bulletin):
    page = html.render(bulletin, lambda key: f"/figures/{key}/" if key.startswith("accepted") else None)
    assert '<a class="counted" href="/figures/accepted/">1909</a>' in page
    assert '<a class="counted" href="/figures/accepted.source.city/">1902</a>' in page
    assert "17.40%</a>" not in page
    assert 'class="counted" href' not in html.render(bulletin)


def test_the_page_is_chinese_and_needs_no_other_file(bulletin):
    page = html.render(bulletin)
    assert '<html lang="zh-CN">' in page
    assert "仿宋_GB2312" in page
    assert not re.search(r"<(link|script|img)|url\(|https?:", page)


def test_widths_count_digits_as_half():
    assert width("莒南县12345中心") == 7.5
    assert chinese_day(date(2021, 11, 5)) == "2021年11月5日"


def test_a_long_title_breaks_where_its_author_left_a_space():
    long = "涝坡镇推行“一线工作法” 推动热线诉求就地解决"
    assert title_lines(long) == ("涝坡镇推行“一线工作法”", "推动热线诉求就地解决")
    assert title_lines("热线 周报") == ("热线 周报",)


def test_the_style_sheet_names_the_same_faces_as_the_other_files():
    style = html.STYLE.read_text()
    for role, face in fonts.FACES.items():
        assert f"--face-{role}: {face.css};" in style


def test_a_process_that_makes_pdfs_never_loads_typst(bulletin):
    """FAULTS 52: typst keeps 150 MB for the life of its process."""
    assert pdf.render(bulletin).startswith(b"%PDF-")
    assert "typst" not in sys.modules


def test_what_typst_cannot_set_is_an_error_with_its_words(bulletin, monkeypatch):
    monkeypatch.setattr(pdf, "TEMPLATE", Path("no such template.typ"))
    with pytest.raises(RuntimeError, match="typst"):
        pdf.render(bulletin)


@pytest.mark.parametrize(("letters", "size", "gap"), [(4, None, 400), (6, None, 400), (7, None, 214), (12, 36.5, 0)])
def test_a_long_name_stays_on_one_line_above_the_red_rule(letters: int, size: float | None, gap: int) -> None:
    assert layout.red_head(letters) == (size, gap)
    width = letters * (size or 54) + (letters - 1) * gap / 20
    assert width <= layout.TEXT_WIDTH.pt
