"""`lianxin seal`: seals now what was written; the worker does it every minute."""

import click

from ..database import needs_database


@click.command(help="封签：把尚未封签的账目立即封签，并打印摘要。平时由后台每分钟自动完成。")
@needs_database()
def command() -> None:
    from django.utils import timezone

    from lianxin.ledger import seals
    from lianxin.ledger.models import Seal
    from lianxin.ops import roots

    made = seals.seal(timezone.now()) or Seal.objects.order_by("-number").first()
    click.echo(roots.text(made) if made else "还没有账目可以封签。")
