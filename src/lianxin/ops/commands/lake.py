"""`lianxin lake write | check | list`: the book's rows without personal data, as Parquet files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from ..database import needs_database

if TYPE_CHECKING:
    from lianxin.lake.check import Difference
    from lianxin.lake.store import Store

_TO = click.option(
    "--to",
    "address",
    metavar="位置",
    help="数据湖所在的文件夹，或 s3://桶/路径。不写的取环境变量 LIANXIN_LAKE，再没有的取数据目录下的 lake。",
)


@click.group(help="数据湖：把账目中不含个人信息的行写成 Parquet 文件，供历年统计、比对使用。")
def command() -> None:
    pass


@command.command(help="把此前未写入的账目写入数据湖；第一次，或者加 --full，写入全部。")
@_TO
@click.option("--full", is_flag=True, help="全部重写")
@needs_database()
def write(address: str | None, full: bool) -> None:
    from lianxin.lake import write as writing
    from lianxin.lake.manifest import Broken
    from lianxin.rules.worktime import show_instant

    try:
        made = writing.write(_store(address), full=full)
    except Broken as error:
        raise click.ClickException(str(error)) from error
    new = [file for file in made.files if file.write == made.number]
    rows, size = sum(file.rows for file in new), sum(file.bytes for file in new)
    click.echo(f"已写入 {rows} 行，{len(new)} 个文件，{size / 2**20:.1f} MB；数据截至 {show_instant(made.until)}。")


@command.command(help="把数据湖与账目逐表、逐中心、逐月核对，列出每一处不同；名录在写入以后改过的，也会列出。")
@_TO
@needs_database()
def check(address: str | None) -> None:
    from lianxin.lake import check as checking
    from lianxin.lake.manifest import Broken
    from lianxin.rules.worktime import show_instant

    try:
        found = checking.check(_store(address))
    except (LookupError, Broken) as error:
        raise click.ClickException(str(error.args[0])) from error
    until, codes = show_instant(found.manifest.until), _codes()
    for line in (*found.broken, *(_said(difference, codes) for difference in found.differences)):
        click.echo(line)
    if found.broken or found.differences:
        raise click.ClickException(f"有 {len(found.broken) + len(found.differences)} 处不同；数据截至 {until}。")
    click.echo(f"账目 {found.book} 行，数据湖 {found.lake} 行，逐行相同；数据截至 {until}，此后有改动的工单不在其内。")


@command.command("list", help="列出数据湖现有的数据：逐表、逐中心的月份、行数和大小。")
@_TO
@needs_database()
def show(address: str | None) -> None:
    from lianxin.lake import manifest as manifests
    from lianxin.rules.worktime import show_instant

    store = _store(address)
    try:
        found = manifests.current(store)
    except manifests.Broken as error:
        raise click.ClickException(str(error)) from error
    if found is None:
        raise click.ClickException("数据湖里还没有数据，请先写入（lianxin lake write）")
    click.echo(f"清单 {found.number}，写于 {show_instant(found.made_at)}，数据截至 {show_instant(found.until)}。")
    codes = _codes()
    by_table: dict[tuple[str, str], list[manifests.File]] = {}
    for file in found.files:
        by_table.setdefault((file.part.table, file.part.centre), []).append(file)
    for (table, centre), files in sorted(by_table.items()):
        months = sorted({file.part.month.removeprefix("m-") for file in files if file.part.month})
        span = f"{months[0]} 至 {months[-1]}" if months else "名录"
        rows, size = sum(file.rows for file in files), sum(file.bytes for file in files)
        whose = codes.get(centre, centre) or "各中心"
        click.echo(f"{table:28} {whose:10} {span:20} {rows:>12} 行 {len(files):>5} 个文件 {size / 2**20:>9.1f} MB")


def _store(address: str | None) -> Store:
    from lianxin.lake.store import Store

    from ..places import LAKE

    try:
        return Store.at(address or LAKE)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _codes() -> dict[str, str]:
    """The codes of the centres by what their files lie under."""
    from lianxin.directory.models import Centre

    return {f"c-{pk}": code for pk, code in Centre.objects.values_list("pk", "code")}


def _said(difference: Difference, codes: Mapping[str, str]) -> str:
    whose = codes.get(difference.centre, difference.centre)
    where = f"{whose} {difference.month.removeprefix('m-')}".strip() or "名录"
    rows = "、".join(f"{pk}（{what}）" for pk, what in difference.rows)
    return f"{difference.table}，{where}：账目 {difference.book} 行，数据湖 {difference.lake} 行；{rows}"
