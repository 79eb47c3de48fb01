"""`lianxin seal`: seals a day of the book by hand; the worker does it every night."""

from datetime import datetime, timedelta

import click

from ..database import needs_database
from ..trouble import Trouble


@click.command(help="封签：为截至某日 24 时的全部账目计算总摘要并记入封签链。平时由后台每天零点后自动完成。")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="封到哪一天，默认为昨天。")
@needs_database()
def command(day: datetime | None) -> None:
    from django.utils import timezone

    from lianxin.orders import moments, seals
    from lianxin.rules.worktime import SHANGHAI

    now = timezone.now()
    wanted = day.date() if day else now.astimezone(SHANGHAI).date() - timedelta(days=1)
    if wanted > now.astimezone(SHANGHAI).date():
        raise Trouble(f"{wanted} 还没有到，不能封签。")
    try:
        seal = seals.seal_day(wanted, now=now)
    except moments.StillWriting as error:
        raise Trouble("还有当日开始的事务没有结束，请稍后再试。") from error
    if seal is None:
        click.echo(f"{wanted} 已经封签。")
        return
    click.echo(f"{wanted} 封签：{seal.entries} 笔账目，摘要 {bytes(seal.digest).hex()}")
