"""`lianxin policy`: check, explain, compare and adopt a policy pack. For whoever writes or answers for the rules."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lianxin.ops.serving import all_served
from lianxin.rules import policy
from lianxin.rules.policy_explain import WORDS_ONLY, given_way
from lianxin.rules.policy_explain import explain as explain_lines
from lianxin.rules.policy_table import table
from lianxin.rules.serving import held

from ..database import needs_database, running
from ..trouble import Trouble

if TYPE_CHECKING:
    from lianxin.directory.models import Staff


@click.group(name="policy", help="规则包：检查、解释、比较、采用。")
def command() -> None:
    """The group that `lianxin` picks up."""
    # Kinds of proceedings say themselves what they can do, and packs may name that (`rules.known`).
    all_served()


@command.command(help="检查规则包文件 FILE，逐条指出错误。")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Exit code 1 and one sentence a fault where the pack cannot be used."""
    try:
        pack = policy.load(file)
    except policy.PolicyError as error:
        raise SystemExit(_complain(error)) from None
    for line in (*given_way(pack), "适用的时限（每种情形由哪一条规则定）", *table(pack), ""):
        click.echo(line)
    if kept := _adopted(pack):
        click.echo(f"{file}：版本 {pack.version} 已被采用，而内容与采用时不同：请提高 version。{kept}", err=True)
        raise SystemExit(1)
    by_code = all_served()
    off = [row for row in dict.fromkeys(row.row for row in pack.own) if row not in held(pack, by_code)]
    listed = f"，{len(off)} 条{WORDS_ONLY}：{'、'.join(off)}" if off else ""
    click.echo(f"{file}：没有错误。《{pack.title}》共 {len({row.row for row in pack.own})} 条规则{listed}。")


@command.command(help="用中文逐条解释规则包 PACK（文件名，标识如 junan-2021，或已采用的 标识@版本）。")
@click.argument("pack")
def explain(pack: str) -> None:
    """Each rule with its id, original words, and whether it is in force."""
    found = _named(pack)
    for line in (*explain_lines(found, all_served()), "适用的时限（每种情形由哪一条规则定）", *table(found)):
        click.echo(line)


@command.command(help="比较两个规则包 A 和 B：文件名、标识，或已采用的 标识@版本。")
@click.argument("a")
@click.argument("b")
def diff(a: str, b: str) -> None:
    """Which limits, settings and rows differ."""
    from lianxin.rules.policy_sections import in_lines, of_difference

    for line in in_lines(of_difference(_named(a), _named(b))):
        click.echo(line)


@command.command(name="list", help="列出一个中心采用过的规则包。")
@click.option("--centre", "code", required=True, metavar="编码", help="中心编码")
@needs_database()
def list_(code: str) -> None:
    """From when, which version, its digest, who adopted it, how many running orders stand under it."""
    from django.utils import timezone

    from lianxin.directory import adoption, snapshot

    from .directory import centre_of

    centre = centre_of(code)
    directory = snapshot.of(centre.pk)
    standing, today = adoption.BOOK[0].running(centre), timezone.localdate()
    for version in centre.policies.select_related("adopted_by"):
        state = adoption.state_of(version, directory.policies, today)
        by = version.adopted_by.name if version.adopted_by else "命令行"
        click.echo(
            f"{version.effective_from:%Y-%m-%d} 起　{version.pack}　{state}　"
            f"摘要 {directory.packs[version.pack][:12]}　在办 {standing.get(version.pack, 0)} 件　"
            f"{by} {timezone.localtime(version.adopted_at):%Y-%m-%d %H:%M} 采用"
        )
    if directory.pack_id(timezone.now()) is None:
        click.echo("今天没有施行的规则包。")


@command.command(help="采用规则包 PACK（文件名，标识，或已采用过的 标识@版本）：先说明影响，确认后存入数据库。")
@click.argument("pack")
@click.option("--centre", "code", required=True, metavar="编码", help="中心编码")
@click.option("--from", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="生效日期")
@click.option("--by", metavar="用户名", help="采用人，记入日志；不写即记为命令行")
@click.option("--yes", is_flag=True, help="不询问，直接采用（用于脚本）")
@needs_database()
def adopt(pack: str, code: str, day: datetime, by: str | None, yes: bool) -> None:
    """Nothing is done before it is confirmed."""
    from django.core.exceptions import ValidationError
    from django.utils import timezone

    from lianxin.directory import adoption
    from lianxin.directory.adoption_words import of_plan
    from lianxin.rules.policy_sections import in_lines

    from .directory import centre_of

    centre = centre_of(code)
    person = _person(centre.pk, by) if by else None
    found = adoption.plan(centre, _named(pack), day.date(), timezone.now())
    for line in in_lines(of_plan(found)):
        click.echo(line)
    if found.refusal:
        raise Trouble("没有采用，什么都没有改变。")
    if not yes and not click.confirm(f"自 {found.day:%Y-%m-%d} 起采用 {found.name}？"):
        click.echo("没有采用，什么都没有改变。")
        return
    try:
        adoption.adopt(found, timezone.now(), person)
    except ValidationError as error:
        raise Trouble("".join(error.messages)) from error
    click.echo(f"已采用：{centre.name}自 {found.day:%Y-%m-%d} 起施行 {found.name}。此后改动文件不再影响它。")


def _person(centre: int, username: str) -> Staff:
    from lianxin.directory.models import Staff

    found: Staff | None = Staff.objects.filter(centre=centre, username=username, is_active=True).first()
    if found is None:
        raise Trouble(f"本中心没有用户名为“{username}”的在职人员，请核对 --by。")
    return found


def _named(name: str) -> policy.Pack:
    """A file by its name, an adopted pack by id@version, else the draft of that id."""
    path = Path(name)
    try:
        if path.suffix == ".toml":
            return policy.load(path)
        return _kept(name) if "@" in name else policy.find(name)
    except policy.PolicyError as error:
        raise SystemExit(_complain(error)) from None


def _kept(name: str) -> policy.Pack:
    import django

    with running():
        django.setup()
        from lianxin.directory import adopted

        return adopted.find(name)


def _adopted(pack: policy.Pack) -> str:
    """What is to be said of a pack of which another text was adopted under the same version; "" where none was.

    Without a database (on the desk of whoever writes a pack) nothing is known of it.
    """
    import django
    from django.db import DatabaseError, connection

    try:
        django.setup()
        from lianxin.directory.models import AdoptedPack

        connection.ensure_connection()
        kept = AdoptedPack.objects.filter(pack_id=pack.id, version=pack.version).first()
    except (DatabaseError, RuntimeError):
        return ""
    return "工单仍按采用时的存档办理。" if kept and kept.digest != pack.digest else ""


def _complain(error: policy.PolicyError) -> int:
    for problem in error.problems:
        click.echo(str(problem), err=True)
    click.echo(f"共 {len(error.problems)} 处错误，规则包没有载入。", err=True)
    return 1
