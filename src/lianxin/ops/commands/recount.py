"""`lianxin recount`: the days off have changed; which running clocks that moves, and moving them."""

from __future__ import annotations

import click

from ..database import needs_database


@click.command(
    help="放假安排有变后，列出因此应调整的正在计时的时限。加 --apply 逐件调整并记入经过，依据记为“放假安排变化”。"
)
@click.option("--centre", "code", metavar="代码", help="只看这一个中心")
@click.option("--apply", "applied", is_flag=True, help="执行调整")
@needs_database()
def command(code: str | None, applied: bool) -> None:
    from django.utils import timezone

    from lianxin.directory.models import Centre
    from lianxin.orders import recounting
    from lianxin.rules.worktime import show_due

    centres = list(Centre.objects.filter(code=code) if code else Centre.objects.order_by("code"))
    if code and not centres:
        raise click.ClickException(f"没有代码为“{code}”的中心")
    for centre in centres:
        lines = list(recounting.moved(centre.pk))
        count = len(lines)
        for line in lines:
            click.echo(f"{centre.code}  {line.number}  {line.rule}  {show_due(line.due)} → {show_due(line.new_due)}")
        if not count:
            click.echo(f"{centre.code}：正在计时的时限都与现行放假安排相符。")
        elif applied:
            click.echo(
                f"{centre.code}：{count} 个时限，已调整 {recounting.recount(lines, centre.pk, timezone.now())} 件工单。"
            )
        else:
            click.echo(f"{centre.code}：{count} 个时限应调整。以上只是预览，加 --apply 执行。")
