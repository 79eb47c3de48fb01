"""What both trees work on: one centre with 300 units and their people, years of orders, and work that waits.

Made from the same sheets by each tree's own `lianxin` command.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import xlsxwriter

from . import duties
from .trees import HERE, Site

CENTRE, PASSWORD = "bench", "bench-only-2026"
AGENT, DISPATCHER, ANALYST, AUDITOR, CALLER = "agent", "dispatcher", "analyst", "auditor", "callback"
CLERK, DEPUTY = "clerk001", "deputy001"
CATEGORY = ("城乡建设", "城市建设和市政管理", "冬季采暖")
TEXT = (
    "来电人反映：柳岸花园小区 3 号楼 2 单元自 11 月 15 日供暖以来室内温度一直偏低，客厅白天只有 14 至 15℃，夜间更低，"
    "家中有老人和婴儿。11 月 17 日曾联系物业，物业答复为管道老化，至今没有人上门检修。请求热力公司尽快派人检测。"
)
REPLY = (
    "经热力公司工作人员当日上门检测，室温 15.2℃，系楼内支管淤堵所致；已清洗支管并更换阀门，"
    "次日复测 19.6℃。已电话告知来电人。"
)
HEADINGS = ("编号", "来件时间", "标题", "内容", "一级", "二级", "三级", "来电人", "电话")
HISTORY = ("单位", "派单时间", "答复", "答复时间", "回访时间", "过程", "结果", "解决")
MAP = """
[map]
title = "测速"
mode = "{mode}"
[columns]
upstream_number = "编号"
received_at = "来件时间"
title = "标题"
text = "内容"
category = ["一级", "二级", "三级"]
caller = "来电人"
phone = "电话"
{columns}
[defaults]
channel = "upper"
source = "city"
cls = "help"
told = "市级平台受理时已告知诉求人：由承办单位办理并答复。"
[dispatch]
basis = "duty_list"
"""
OF_HISTORY = """units = "单位"
dispatched_at = "派单时间"
reply = "答复"
replied_at = "答复时间"
[columns.callback]
at = "回访时间"
process_grade = "过程"
result_grade = "结果"
solved = "解决"
"""


@dataclass(frozen=True)
class Sizes:
    """How much of each: `history` closed orders, `waiting` for the dispatcher, `dispatched` to units, and so on."""

    units: int = 300
    history: int = 30_000
    waiting: int = 2_000
    dispatched: int = 2_000
    preview: int = 100_000
    #: closed orders that are made up later, by the line that asks for them (`kept`)
    kept: int = 1_000_000

    def laid(self) -> dict[str, int]:
        """Of all that, what is laid at the beginning."""
        return {name: size for name, size in asdict(self).items() if name != "kept"}


def lay(site: Site, sizes: Sizes) -> None:
    """Fill an empty installation; one that was filled before with the same sizes is taken as it stands."""
    files = site.tree.var / "bench"
    done = files / "done.json"
    site.kept["sizes"] = sizes
    if done.exists():
        if json.loads(done.read_text()) != sizes.laid():
            raise click.ClickException(f"{site.tree.var} holds data of other sizes; remove it or take those.")
        return
    files.mkdir(parents=True, exist_ok=True)
    click.echo(f"filling {site.tree.name} …", err=True)
    run = site.tree.run
    tree = str(HERE / "policies/categories/default.csv")
    run("directory", "create-centre", CENTRE, "测速市热线中心", "--pack", "junan-2021", "--since", "2020-01-01",
        "--categories", tree)  # fmt: skip
    if "adopt" in run("policy", "--help"):
        # Only what came since can be asked to keep duties: it does so much more with every act.
        (files / f"{duties.PACK}.toml").write_text(duties.text())
        run("policy", "adopt", str(files / f"{duties.PACK}.toml"), "--centre", CENTRE, "--from", "2020-01-02", "--yes")
    for kind, headings, rows in _people(sizes):
        sheet(files / f"{kind}.xlsx", headings, rows)
        run("directory", "import", kind, CENTRE, str(files / f"{kind}.xlsx"))
    now = datetime.now().astimezone()
    for name, headings, rows, mode, columns in _orders(sizes, now):
        sheet(files / f"{name}.xlsx", headings, rows)
        (files / f"{name}.toml").write_text(MAP.format(mode=mode, columns=columns))
        run("import", str(files / f"{name}.xlsx"), "--map", str(files / f"{name}.toml"), "--centre", CENTRE)
    done.write_text(json.dumps(sizes.laid()))


def sheet(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """An xlsx file of texts."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page = book.add_worksheet("工单")
        page.write_row(0, 0, headings)
        for number, row in enumerate(rows, 1):
            page.write_row(number, 0, row)


def _people(sizes: Sizes) -> Iterator[tuple[str, Sequence[str], list[tuple[str, ...]]]]:
    units = [f"u{n:03d}" for n in range(1, sizes.units + 1)]
    kinds = ("镇街", "部门单位")
    # What the group of the others is called, a pack says otherwise than the program did before there were such packs.
    groups = ("镇街", "")
    yield (
        "units",
        ("编码", "名称", "类型", "排名组"),
        [(code, f"单位{code[1:]}", kinds[n % 2], groups[n % 2]) for n, code in enumerate(units)],
    )
    names = ("admin", AGENT, DISPATCHER, ANALYST, AUDITOR, CALLER, "supervisor")
    centre = [(name, name, "", PASSWORD) for name in names]
    clerks = [(f"{role}{code[1:]}", f"职员{role}{code[1:]}", code, PASSWORD)
              for code in units for role in ("clerk", "deputy")]  # fmt: skip
    yield "staff", ("用户名", "姓名", "单位编码", "初始密码"), [*centre, *clerks]
    titles = (("坐席", AGENT), ("派单员", DISPATCHER), ("分析员", ANALYST), ("审核员", AUDITOR),
              ("督办员", "supervisor"), ("系统管理员", "admin"), ("回访员", CALLER))  # fmt: skip
    # Each post has two holders, as the rule book asks: in the centre the administrator stands in, and for him an agent.
    posts = [("centre", title, name, "admin" if name != "admin" else AGENT) for title, name in titles]
    pairs = (("经办人", "clerk", "deputy"), ("分管热线负责人", "deputy", "clerk"))
    posts += [(code, title, f"{a}{code[1:]}", f"{b}{code[1:]}") for code in units for title, a, b in pairs]
    yield "posts", ("单位编码", "角色", "A角用户名", "B角用户名"), posts


def _orders(sizes: Sizes, now: datetime) -> Iterator[tuple[str, Sequence[str], Iterator[tuple[str, ...]], str, str]]:
    yield "history", (*HEADINGS, *HISTORY), _history(sizes, now), "history", OF_HISTORY
    waiting = (_row("W", n, now - timedelta(minutes=1)) for n in range(sizes.waiting))
    yield "waiting", HEADINGS, waiting, "daily", ""
    # Every other one is the first unit's: its clerk has enough to sign for.
    given = (
        (*_row("D", n, now - timedelta(minutes=1)), "u001" if n % 2 else f"u{1 + n % sizes.units:03d}")
        for n in range(sizes.dispatched)
    )
    yield "dispatched", (*HEADINGS, "单位"), given, "daily", 'units = "单位"'


def _row(kind: str, n: int, at: datetime) -> tuple[str, ...]:
    phone = f"139{n:08d}"
    return (f"{kind}{n:08d}", _time(at), f"柳岸花园 3 号楼供暖温度不达标，第 {n} 户", TEXT, *CATEGORY, "刘素芬", phone)


def _history(sizes: Sizes, now: datetime) -> Iterator[tuple[str, ...]]:
    """Evenly over the half year before last week's end, so that each figure of a week has its thousands."""
    first, last = now - timedelta(days=180), now - timedelta(days=4)
    for n in range(sizes.history):
        at = first + (last - first) * n / sizes.history
        ended = at + timedelta(hours=30)
        called = n % 10 < 3
        grades = (_time(ended + timedelta(hours=5)), "满意", "满意" if n % 9 else "不满意", "是" if n % 9 else "否")
        yield (
            *_row("H", n, at), f"u{1 + n % sizes.units:03d}", _time(at + timedelta(minutes=20)), REPLY, _time(ended),
            *(grades if called else ("", "", "", "")),
        )  # fmt: skip


def preview_file(site: Site) -> tuple[Path, Path]:
    """The sheet of `lianxin import --preview` and its map."""
    files, sizes = site.tree.var / "bench", site.kept["sizes"]
    assert isinstance(sizes, Sizes)
    path, mapping = files / f"preview-{sizes.preview}.xlsx", files / "preview.toml"
    if not path.exists():
        now = datetime.now().astimezone()
        sheet(path, HEADINGS, (_row("P", n, now - timedelta(minutes=1)) for n in range(sizes.preview)))
        mapping.write_text(MAP.format(mode="daily", columns=""))
    return path, mapping


def intake_file(path: Path, turn: int, rows: int) -> None:
    """A sheet of so many orders that the centre does not have yet."""
    now = datetime.now().astimezone()
    sheet(path, HEADINGS, (_row(f"I{turn}", n, now - timedelta(minutes=1)) for n in range(rows)))


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
