"""`lianxin policy`: check a policy pack, explain one. For the person who writes or answers for the rules."""

from pathlib import Path

import click

from lianxin.rules import policy
from lianxin.rules.policy_explain import explain as explain_lines
from lianxin.rules.policy_explain import replacements


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
    for line in replacements(pack):
        click.echo(line)
    if kept := _adopted(pack):
        click.echo(f"{file}：版本 {pack.version} 已被采用，而内容与采用时不同：请提高 version。{kept}", err=True)
        raise SystemExit(1)
    off = sum(not row.acts for row in pack.own)
    click.echo(f"{file}：没有错误。《{pack.title}》共 {len(pack.own)} 项规则，{off} 项尚未启用。")


@command.command(help="用中文逐条解释规则包 PACK（标识，如 junan-2021，或文件名）。")
@click.argument("pack")
def explain(pack: str) -> None:
    """Each rule with its id, original words, and whether it is enforced yet."""
    path = Path(pack)
    try:
        found = policy.load(path) if path.suffix == ".toml" else policy.find(pack)
    except policy.PolicyError as error:
        raise SystemExit(_complain(error)) from None
    for line in explain_lines(found):
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
