"""`lianxin policy`: check a policy pack, explain one. For the person who writes or answers for the rules."""

from pathlib import Path

import click

from lianxin.ops.serving import all_served
from lianxin.rules import policy
from lianxin.rules.policy_explain import WORDS_ONLY, given_way
from lianxin.rules.policy_explain import explain as explain_lines
from lianxin.rules.policy_table import table
from lianxin.rules.serving import held


@click.group(name="policy", help="规则包：检查、解释。")
def command() -> None:
    """The group that `lianxin` picks up."""


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


@command.command(help="用中文逐条解释规则包 PACK（标识，如 junan-2021，或文件名）。")
@click.argument("pack")
def explain(pack: str) -> None:
    """Each rule with its id, original words, and whether it is in force."""
    path = Path(pack)
    try:
        found = policy.load(path) if path.suffix == ".toml" else policy.find(pack)
    except policy.PolicyError as error:
        raise SystemExit(_complain(error)) from None
    for line in (*explain_lines(found, all_served()), "适用的时限（每种情形由哪一条规则定）", *table(found)):
        click.echo(line)


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
