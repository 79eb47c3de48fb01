"""`lianxin directory …`: centres, and their units, staff, posts and the rest from files and into files."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..database import needs_database
from ..trouble import Trouble

if TYPE_CHECKING:
    from lianxin.directory.models import Centre

KINDS = ("units", "areas", "staff", "posts", "categories", "charges", "shifts")
READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
WRITABLE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group(help="基础资料：建立中心，导入、导出单位、人员、岗位、诉求类别和分工。")
def command() -> None:
    """Each subcommand opens the database by itself."""


def centre_of(code: str) -> Centre:
    """The centre of that code. Raises Trouble where there is none."""
    from lianxin.directory.models import Centre

    centre: Centre | None = Centre.objects.filter(code=code).first()
    if centre is None:
        known = "、".join(Centre.objects.values_list("code", flat=True)) or "无"
        raise Trouble(f"没有编码为“{code}”的中心（现有：{known}）。请先用 lianxin directory create-centre 建立。")
    return centre


@command.command("create-centre", help="建立一个热线中心：CODE 为编码，NAME 为名称。")
@click.argument("code")
@click.argument("name")
@click.option("--body", default="", help="主管机构。")
@click.option("--slogan", default="", help="口号。")
@click.option("--upstream", default="", help="上级平台。")
@click.option("--pack", default="", help="规则包的标识，如 junan-2021。")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="规则包的生效日期；不写即今天。")
@click.option("--categories", type=READABLE, help="诉求类别的 csv 文件。")
@needs_database()
def create_centre(
    code: str, name: str, body: str, slogan: str, upstream: str, pack: str, since: datetime | None, categories: Path
) -> None:
    from django.core.exceptions import ValidationError
    from django.utils import timezone

    from lianxin.directory import founding, trees

    day: date = since.date() if since else timezone.localdate()
    try:
        centre = founding.found(
            code=code,
            name=name,
            body=body,
            slogan=slogan,
            upstream=upstream,
            pack_id=pack,
            effective_from=day,
            categories=trees.read(categories) if categories else (),
        )
    except ValidationError as error:
        raise Trouble("".join(error.messages)) from error
    except trees.TreeError as error:
        raise Trouble(str(error)) from error
    click.echo(f"已建立“{centre.name}”，诉求类别 {centre.categories.count()} 个。")


@command.command("import-categories", help="把 csv 文件（level1,level2,level3）中的诉求类别加入中心 CENTRE。")
@click.argument("centre")
@click.argument("file", type=READABLE)
@needs_database()
def import_categories(centre: str, file: Path) -> None:
    from lianxin.directory import trees

    try:
        planted = trees.plant(centre_of(centre), trees.read(file))
    except trees.TreeError as error:
        raise Trouble(str(error)) from error
    click.echo(f"新增 {planted.created} 个诉求类别，{planted.kept} 个已有。")


@command.command(
    "import",
    help="从表格文件导入；有一处错误就什么都不导入。KIND 为 units、areas、staff、posts、categories、charges、shifts。",
)
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("centre")
@click.argument("file", type=READABLE)
@click.option("--check", is_flag=True, help="只预览，不写入。")
@click.option("--passwords", type=WRITABLE, help="初始密码填“生成”的人员，把生成的密码写到这个 xlsx 文件。")
@needs_database()
def import_sheet(kind: str, centre: str, file: Path, check: bool, passwords: Path | None) -> None:
    from lianxin.directory.sheets import SHEETS, WorkbookError

    sheet = SHEETS[kind](centre_of(centre))
    try:
        with file.open("rb") as stream:
            outcome = sheet.check(stream) if check else sheet.load(stream)
    except WorkbookError as error:
        raise Trouble(f"{file.name}：{error}") from error
    for line in (*outcome.remarks, *map(str, outcome.errors)):
        click.echo(line, err=True)
    if outcome.errors:
        raise Trouble(str(outcome))
    made = sheet.first_passwords()
    if made and not check:
        passwords = passwords or file.with_name(f"{file.stem}-初始密码.xlsx")
        passwords.touch(mode=0o600)
        passwords.write_bytes(made)
        click.echo(f"生成的初始密码已写入 {passwords}，只有这一份；请分发后删除。")
    if check:
        for change in outcome.changes:
            click.echo(f"第 {change.row} 行 {'新增' if change.new else '修改'} {change.what}")
    click.echo(str(outcome))


@command.command(
    "export",
    help="把中心 CENTRE 的资料写入 xlsx 文件。KIND 为 units、areas、staff、posts、categories、charges 或 shifts。",
)
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("centre")
@click.argument("file", type=WRITABLE)
@needs_database()
def export_sheet(kind: str, centre: str, file: Path) -> None:
    from lianxin.directory.sheets import SHEETS

    file.write_bytes(SHEETS[kind](centre_of(centre)).export())
    click.echo(f"已写入 {file}。")
