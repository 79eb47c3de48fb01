"""`lianxin import`: an upper platform's orders, or the history of another system, from a file into the book."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..database import needs_database
from ..trouble import Trouble
from .directory import centre_of

if TYPE_CHECKING:
    from lianxin.directory.models import Centre
    from lianxin.exchange.maps import Map
    from lianxin.exchange.report import Report

OUT = click.Path(dir_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"])
#: More complaints than anyone reads in a terminal; --errors has them all.
TOLD = 20


@click.command(
    help="按映射导入工单 FILE（xlsx、xls、ods、csv、网页表格等）：上级平台的工单和回访，或其他系统的历史工单。"
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "map_name", help="映射：文件名，或 policies/maps 中的名称，如 city。")
@click.option("--centre", "code", help="热线中心的编码，如 junan。")
@click.option("--draft", is_flag=True, help="为这个陌生的文件起草一份映射，说明没有看懂的列；什么都不写入。")
@click.option("--out", type=OUT, help="把起草的映射写到这个 toml 文件；不写即显示出来。")
@click.option("--preview", "only_preview", is_flag=True, help="只预览，什么都不写入。")
@click.option("--errors", type=OUT, help="把有误的行写到这个 xlsx 文件，改正后可以再导入。")
@click.option("--replies", type=OUT, help="把已审核通过的答复写到这个 xlsx 文件，供回传上级平台。")
@click.option("--since", type=DAY, help="回传的答复自何时起；不写即昨日零时。")
@click.option("--until", type=DAY, help="回传的答复到何时止；不写即现在。")
@needs_database()
def command(
    file: Path,
    map_name: str | None,
    code: str | None,
    draft: bool,
    out: Path | None,
    only_preview: bool,
    errors: Path | None,
    replies: Path | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Bad rows are told and make the exit code 1; good ones are imported all the same."""
    from lianxin.exchange import faults
    from lianxin.exchange.maps import MapError, find

    if draft:
        _draft(file, out)
        return
    if not map_name or not code:
        raise Trouble("请写明 --map（映射）和 --centre（中心编码）；没有映射可先用 --draft 起草一份。")
    centre = centre_of(code)
    try:
        mapping = find(map_name)
        report = _import(file, mapping, centre, only_preview)
        if errors:
            faults.write(errors, report)
        if replies and not only_preview:
            _write_replies(replies, mapping, centre, since, until)
    except MapError as error:
        raise Trouble("\n".join(error.problems)) from error
    except OSError as error:
        raise Trouble(f"写不了文件 {error.filename}：请核对文件夹和权限，或先关闭打开着的文件。") from error
    if report.faults:
        raise SystemExit(1)


def _draft(file: Path, out: Path | None) -> None:
    """A proposal; what it says on standard error is what a person must look at."""
    from lianxin.exchange import drafts
    from lianxin.exchange.files import FileError, Source

    try:
        proposal = drafts.propose(Source.open(file, _reading))
    except FileError as error:
        raise Trouble(f"{file.name}：{error}") from error
    for line in proposal.remarks:
        click.echo(line, err=True)
    if out:
        out.write_text(proposal.toml, "utf-8")
        click.echo(f"已起草映射 {out}：请核对后用 --map {out} --preview 预览。")
    else:
        click.echo(proposal.toml)


def _import(file: Path, mapping: Map, centre: Centre, only_preview: bool) -> Report:
    from django.utils import timezone

    from lianxin.exchange import imports
    from lianxin.exchange.files import FileError, Source

    try:
        source = Source.open(file, _reading)
        now = timezone.now()
        if only_preview:
            report = imports.preview(source, mapping, centre, now, _progress)
            _show(report)
        else:
            report = imports.run(source, mapping, centre, now, _progress)
    except FileError as error:
        raise Trouble(f"{file.name}：{error}") from error
    for line in report.heads_up:
        click.echo(line)
    _tell("注意", [str(note) for note in report.notes])
    _tell("有误", [str(fault) for fault in report.faults])
    click.echo(str(report))
    return report


def _write_replies(path: Path, mapping: Map, centre: Centre, since: datetime | None, until: datetime | None) -> None:
    from django.utils import timezone

    from lianxin.exchange import replies

    now = timezone.localtime()
    first = (
        timezone.make_aware(since)
        if since
        else (now - timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    )
    last = timezone.make_aware(until) if until else now
    count = replies.write(path, centre, first, last, mapping.replies)
    click.echo(f"已把 {first:%Y-%m-%d %H:%M} 至 {last:%Y-%m-%d %H:%M} 的 {count} 条答复写入 {path}")


def _reading(rows: int) -> None:
    if rows % 10_000 == 0:
        click.echo(f"已读取 {rows} 行", err=True)


def _progress(done: int, total: int) -> None:
    if total > done or total > 1000:
        click.echo(f"已处理 {done} / {total} 件", err=True)


def _show(report: Report) -> None:
    for row in report.shown:
        click.echo("，".join(f"{title} {word}" for title, word in row.items() if word))


def _tell(kind: str, lines: list[str]) -> None:
    for line in lines[:TOLD]:
        click.echo(f"{kind}：{line}", err=True)
    if len(lines) > TOLD:
        click.echo(f"{kind}：另有 {len(lines) - TOLD} 处，用 --errors 写出全部有误的行。", err=True)
