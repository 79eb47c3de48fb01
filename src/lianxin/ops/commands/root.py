"""`lianxin root`: a day's root, to be printed and kept outside the database."""

from datetime import datetime, timedelta

import click

from ..database import needs_database
from ..trouble import Trouble


@click.command(help="打印某一天的封签摘要（默认为昨天），供打印、登报或交第三方保存；核对时用 lianxin verify --root。")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="哪一天，默认为昨天。")
@click.option("--send", is_flag=True, help="发往 LIANXIN_ROOT_MAIL 所列的邮箱。")
@needs_database()
def command(day: datetime | None, send: bool) -> None:
    from django.utils import timezone

    from lianxin.ledger import moments, seals
    from lianxin.ops import roots
    from lianxin.rules.worktime import SHANGHAI

    now = timezone.now()
    today = now.astimezone(SHANGHAI).date()
    wanted = day.date() if day else today - timedelta(days=1)
    if wanted >= today:
        raise Trouble(f"{wanted} 还没有过完，次日零点后才有当日的封签。要立即封签请运行 lianxin seal。")
    try:
        seals.close_days(now)
    except moments.StillWriting as error:
        raise Trouble("还有当日开始的事务没有结束，请稍后再试。") from error
    found = seals.root_of(wanted)
    if found is None:
        raise Trouble(f"{wanted} 没有单独的封签，请改用之后的一天。")
    click.echo(roots.text(found))
    if send and not roots.send(found):
        raise Trouble("没有发出：请检查 LIANXIN_ROOT_MAIL 和 LIANXIN_SMTP_* 设置。")
