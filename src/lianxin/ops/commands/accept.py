"""`lianxin accept`: a row of the directory that `verify` names is right as it stands: somebody has looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..database import needs_database
from ..trouble import Trouble
from .directory import centre_of

if TYPE_CHECKING:
    from lianxin.ledger.accepting import Doubtful


@click.command(
    help="认可 verify 指出的一行资料（ROW 如 post:12）：先列出现在和原来的内容；核对无误后，再加 --by、--reason"
    " 和列出的 --mark 执行，记入日志。每次只认可一行。"
)
@click.argument("row")
@click.option("--centre", "code", required=True, metavar="代码", help="中心代码")
@click.option("--by", metavar="用户名", help="核对的人：本中心的系统管理员或超级管理员，不能是本人的资料")
@click.option("--reason", metavar="理由", help="谁核对过，为什么这样是对的")
@click.option("--mark", metavar="标记", help="列出时给出的标记：所认可的就是所看到的")
@needs_database()
def command(row: str, code: str, by: str | None, reason: str | None, mark: str | None) -> None:
    from django.utils import timezone

    from lianxin.directory.models import Staff
    from lianxin.ledger import accepting
    from lianxin.ledger.acts import Refused

    table, _, number = row.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Trouble("请写明哪一行，如 post:12；verify 列出的每一行后面都有。")
    centre = centre_of(code)
    try:
        if mark is None:
            _show(accepting.doubtful(centre, table, int(number)))
            return
        person = Staff.objects.filter(username=by or "").first()
        if person is None:
            raise Trouble("请用 --by 写明核对的人的用户名。")
        accepting.accept(centre, table, int(number), mark, by=person, reason=reason or "", at=timezone.now())
    except Refused as refused:
        raise Trouble(f"{refused}。") from refused
    click.echo("已认可并记入日志；lianxin verify 会一直列出这次认可。")


def _show(found: Doubtful) -> None:
    click.echo(f"{found.name}（{found.table}:{found.id}）")
    for title, value in found.columns:
        click.echo(f"  {title}：{value}")
    for title, value in found.before:
        click.echo(f"  原来的{title}：{value}")
    click.echo(f"{found.said}。")
    click.echo(f"核对无误后认可：加 --by 用户名 --reason 理由 --mark {found.mark}")
