"""HTML tables, which web systems offer as .xls, and MHTML, Excel's single web page."""

from __future__ import annotations

import codecs
import email
import email.policy
import io
import re
from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

from .events import Event, FileError, SheetStart
from .grid import Grid

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_SHEET_NAME = re.compile(r"<x:Name>([^<]*)</x:Name>", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-height-source:userset;height:0", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_BREAKS = frozenset({"br", "p", "div", "li", "tr"})


def read(file: IO[bytes], name: str) -> Iterator[Event]:
    """Each table of the page as a sheet.  Raises FileError for a page without one."""
    head = file.read(1 << 16)
    encoding = _encoding(file)
    yield from _page(file, encoding, _SHEET_NAME.findall(head.decode(encoding, "replace")), name)


def read_mhtml(data: bytes, name: str) -> Iterator[Event]:
    """The tables of the pages that lie in the file."""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    pages = [part for part in message.walk() if part.get_content_type() == "text/html"]
    bodies = [body for part in pages if isinstance(body := part.get_payload(decode=True), bytes)]
    names = [found for body in bodies for found in _SHEET_NAME.findall(_decoded(body)[: 1 << 18])]
    tables = [body for body in bodies if re.search(rb"<table", body, re.IGNORECASE)]
    if not tables:
        raise FileError("网页里没有表格，请用 Excel 打开后另存为 .xlsx 再导入")
    for number, body in enumerate(tables):
        file = io.BytesIO(body)
        yield from _page(file, _encoding(file), names[number : number + 1] or names, name)


def _page(file: IO[bytes], encoding: str, names: list[str], name: str) -> Iterator[Event]:
    file.seek(0)
    parsed = etree.iterparse(
        file,
        events=("start", "end"),
        html=True,
        recover=True,
        encoding=encoding,
        no_network=True,
        huge_tree=True,
    )
    grids: list[Grid] = []
    count = 0
    for happened, element in parsed:
        if not isinstance(element.tag, str):
            continue
        if element.tag == "table":
            if happened == "start":
                grids.append(Grid())
                if len(grids) == 1:
                    yield SheetStart(names[count] if count < len(names) else f"{name} 表 {count + 1}")
                    count += 1
            elif grids:
                grids.pop()
        # A table within a table's cell is part of that cell.
        elif element.tag == "tr" and happened == "end" and len(grids) == 1:
            yield from _row(element, grids[0])
            _forget(element)
    if not count:
        raise FileError("网页里没有表格：也许登录已经过期，下载到的是登录页；请重新导出")


def _row(element: Any, grid: Grid) -> Iterator[Event]:
    grid.begin(hidden=bool(_HIDDEN.search(element.get("style", ""))))
    for cell in element:
        if cell.tag in ("td", "th"):
            grid.put(_value(cell), across=_count(cell, "colspan"), down=_count(cell, "rowspan"), skips=True)
    yield from grid.end()


def _value(cell: Any) -> str | None:
    text = _text(cell)
    lines = [line.strip(" ") for line in text.split("\n")]
    return "\n".join(lines).strip("\n") or None


def _text(element: Any) -> str:
    parts = [_BLANKS.sub(" ", element.text or "")]
    for child in element:
        if not isinstance(child.tag, str) or child.tag in ("script", "style"):
            pass
        else:
            inner = _text(child)
            parts.append(("\n" if child.tag == "br" or (parts[-1].strip() and child.tag in _BREAKS) else "") + inner)
        parts.append(_BLANKS.sub(" ", child.tail or ""))
    return "".join(parts).replace("\xa0", " ")


def _count(cell: Any, name: str) -> int:
    said = cell.get(name, "1").strip()
    return int(said) if said.isdigit() and len(said) < 7 else 1


def _encoding(file: IO[bytes]) -> str:
    file.seek(0)
    head = file.read(1 << 14)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if head[:3] == b"\xef\xbb\xbf":
        return "utf-8"
    # What is right UTF-8 is UTF-8, whatever the page says of itself; pure ASCII is either.
    if _is_utf8(file):
        return "utf-8"
    match = _CHARSET.search(head)
    said = match[1].decode("ascii").lower() if match else ""
    return "gb18030" if said in ("", "utf-8", "gb2312", "gbk", "gb18030", "x-gbk") else said


def _is_utf8(file: IO[bytes]) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(1 << 16):
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(data: bytes) -> str:
    return data.decode(_encoding(io.BytesIO(data)), "replace")


def _forget(element: Any) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
