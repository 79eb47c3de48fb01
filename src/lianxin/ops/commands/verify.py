"""`lianxin verify`: proves the book, or names what differs."""

import click

from ..database import needs_database
from ..trouble import Trouble


@click.command(help="核对总账：重放每件工单的账目，与数据表、封签、日志逐项比较。有出入时逐行列出，退出码为 1。")
@click.option("--centre", metavar="CODE", help="只核对这个中心的工单。")
@needs_database()
def command(centre: str | None) -> None:
    from lianxin.directory.models import Centre
    from lianxin.orders.models import Order
    from lianxin.orders.verify import verify

    place = None
    if centre is not None:
        place = Centre.objects.filter(code=centre).values_list("pk", flat=True).first()
        if place is None:
            raise Trouble(f"没有代码为 {centre} 的中心。")
    different = 0
    for difference in verify(centre=place):
        different += 1
        click.echo(str(difference))
    orders = Order.objects.filter(centre=place) if place else Order.objects.all()
    if different:
        click.echo(f"共核对 {orders.count()} 件工单，发现 {different} 处不符。")
        raise SystemExit(1)
    click.echo(f"共核对 {orders.count()} 件工单，账目、数据表、封签、日志全部相符。")
