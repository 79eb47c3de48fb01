"""What a file really is, whatever it is called, and the reader that fits it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import IO

from . import delimited, markup, old_xls, opendocument, second_reader, spreadsheetml, xlsx
from .events import Event, FileError, Restart
from .limits import Limits

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_AS_XLSX = "请用 Excel 打开后另存为 .xlsx 再导入"
#: The beginning of files that are no tables.
_NO_TABLE = {
    b"%PDF": "这是 PDF 文件，不是表格；请向对方要 Excel 表格（.xlsx）",
    b"Rar!": "这是压缩文件（rar），请解压后再导入里面的表格",
    b"7z\xbc\xaf": "这是压缩文件（7z），请解压后再导入里面的表格",
    b"\x1f\x8b": "这是压缩文件（gz），请解压后再导入里面的表格",
    b"\x89PNG": "这是图片，不是表格；请向对方要 Excel 表格（.xlsx）",
    b"\xff\xd8\xff": "这是图片，不是表格；请向对方要 Excel 表格（.xlsx）",
    b"SQLite format": "这是数据库文件，不是表格；请导出为 .xlsx 再导入",
    b"{\\rtf": "这是文档，不是表格；请把表格复制到 Excel，存为 .xlsx 再导入",
}


def read(file: IO[bytes], name: str, limits: Limits) -> Iterator[Event]:
    """The events of the file.  Raises FileError, or whatever a reader raises for a damaged file."""
    head = file.read(1 << 12)
    file.seek(0)
    if not head:
        raise FileError("文件是空的")
    if head.startswith(_ZIP) or head[:2] == b"PK":
        yield from _zipped(file, limits)
    elif head.startswith(_OLE) or head[:2] == b"\x09\x08":
        yield from _old_office(file, limits)
    else:
        for mark, sentence in _NO_TABLE.items():
            if head.startswith(mark):
                raise FileError(sentence)
        yield from _text(file, head, name)


def _zipped(file: IO[bytes], limits: Limits) -> Iterator[Event]:
    try:
        with zipfile.ZipFile(file) as parts:
            sizes = {info.filename.replace("\\", "/").lower(): info.file_size for info in parts.infolist()}
            is_locked = any(info.flag_bits & 1 for info in parts.infolist())
    # Besides BadZipFile a damaged directory raises whatever its bytes happen to ask for.
    except Exception as error:
        raise FileError("文件不完整，请重新下载或另存后再导入") from error
    if sum(sizes.values()) > limits.unpacked:
        raise FileError("文件太大（展开后超过限度），请分成几份导入")
    if is_locked:
        raise FileError("文件加了密码，请去掉密码后再导入")
    if any(part.endswith("workbook.bin") for part in sizes):
        raise FileError("这是 Excel 二进制工作簿（.xlsb），不能导入；" + _AS_XLSX)
    file.seek(0)
    if any(part.endswith("workbook.xml") for part in sizes):
        yield from _excel(file)
    elif "content.xml" in sizes:
        yield from opendocument.read(file)
    elif "word/document.xml" in sizes:
        raise FileError("这是 Word 文档，不是表格；请把表格复制到 Excel，存为 .xlsx 再导入")
    elif inside := [part for part in sizes if part.endswith((".xlsx", ".xls", ".csv", ".et", ".ods"))]:
        raise FileError(f"这是压缩文件，里面有 {len(inside)} 个表格；请解压后再导入其中的表格")
    else:
        raise FileError(f"文件里没有表格；{_AS_XLSX}")


def _excel(file: IO[bytes]) -> Iterator[Event]:
    try:
        yield from xlsx.read(file)
    except FileError:
        raise
    # What our reader cannot take apart is tried by calamine, which forgives other things.
    except Exception as error:
        yield Restart()
        file.seek(0)
        try:
            yield from second_reader.read(file.read())
        except Exception:
            raise error from None


def _old_office(file: IO[bytes], limits: Limits) -> Iterator[Event]:
    data = file.read()
    if "EncryptedPackage".encode("utf-16-le") in data or b"\x2f\x00\x36\x00" in data[: 1 << 14]:
        data = _opened(data)
        if data.startswith(_ZIP):
            yield from _zipped(io.BytesIO(data), limits)
            return
    if "WordDocument".encode("utf-16-le") in data and "Workbook".encode("utf-16-le") not in data:
        raise FileError("这是 Word 文档，不是表格；请把表格复制到 Excel，存为 .xlsx 再导入")
    yield from old_xls.read(data)


def _opened(data: bytes) -> bytes:
    """The file without the password that Excel itself tries first: such files open without asking."""
    import msoffcrypto

    out = io.BytesIO()
    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(data))
        if not office.is_encrypted():
            return data
        office.load_key(password="VelvetSweatshop")
        office.decrypt(out)
    # A password of its own, or a way of locking that the library does not know: the user's way is the same.
    except Exception as error:
        raise FileError("文件加了密码，请用 Excel 打开、去掉密码后再导入") from error
    return out.getvalue()


def _text(file: IO[bytes], head: bytes, name: str) -> Iterator[Event]:
    shown = head.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").lstrip().lower()
    if shown.startswith((b"mime-version:", b"from:", b"content-type: multipart")) or b"\nmime-version:" in shown[:500]:
        yield from markup.read_mhtml(file.read(), name)
    elif shown.startswith(b"<") and b"urn:schemas-microsoft-com:office:spreadsheet" in shown and b"<html" not in shown:
        yield from spreadsheetml.read(file)
    elif shown.startswith(b"<") and b"urn:oasis:names:tc:opendocument" in shown:
        yield from opendocument.read_flat(file)
    elif shown.startswith(b"<"):
        yield from markup.read(file, name)
    elif shown.startswith((b"{", b"[{")):
        raise FileError("这是 JSON 文件，不是表格；请导出为 .xlsx 或 csv 再导入")
    else:
        if _is_binary(head):
            raise FileError("文件无法读取：不是表格；请使用 Excel 工作簿（.xlsx、.xls）、ods 或 csv 文件")
        yield from delimited.read(file, name)


def _is_binary(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return False
    odd, even = head[1::2].count(0), head[0::2].count(0)
    # Two bytes a sign: of a table in UTF-16 every other byte of digits and commas is zero, and only those.
    is_wide = (odd > len(head) // 16) != (even > len(head) // 16)
    controls = sum(byte < 32 and byte not in (0, 9, 10, 11, 12, 13, 26, 27) for byte in head)
    return (0 in head and not is_wide) or controls > len(head) // 50
