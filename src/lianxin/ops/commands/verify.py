"""`lianxin verify`: proves the book, or names what differs."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import proving
from ..database import needs_database
from ..trouble import Trouble

if TYPE_CHECKING:
    from lianxin.ledger.verify import Span


@click.command(
    help="核对总账：重放每件工单的账目，与数据表、封签、写入凭证、编号、日志、资料、已发布文书逐项比较。"
    "有出入时逐行列出，退出码为 1。"
)
@click.option("--centre", metavar="CODE", help="只核对这个中心的工单。")
@click.option("--root", metavar="R", default="", help="打印或寄出过的封签摘要，至少 12 位。")
@click.option("--since", metavar="N", type=int, help="只核对第 N 号封签以后有变动的工单。")
@click.option("--processes", metavar="N", type=click.IntRange(1, 64), default=os.cpu_count() or 1, show_default=True)
@click.option("--resume", is_flag=True, help="接着上次中断的地方核对。")
@needs_database()
def command(centre: str | None, root: str, since: int | None, processes: int, resume: bool) -> None:
    from django.db import connection

    from lianxin.ledger.accepting import accepted
    from lianxin.ledger.verify import verify_rest

    place = _place(centre)
    if root and len(root.replace(" ", "")) < 12:
        raise Trouble("封签摘要至少给出前 12 位。")
    kept = proving.note_of(connection)
    scope = {"since": since, "centre": centre, "root": root.replace(" ", "").lower()}
    begun = _cut_off(kept, scope) if resume else proving.Progress(scope)
    progress = begun
    for last, found in proving.prove(_spans(since, begun.last), place, processes):
        for difference in found:
            click.echo(str(difference))
        # Only now: what was not told must be found again.
        progress = progress.note(kept, last, len(found))
    different = progress.different
    for difference in verify_rest(place, root):
        different += 1
        click.echo(str(difference))
    kept.unlink(missing_ok=True)
    for sentence in accepted(place):
        click.echo(sentence)
    _conclude(place, since, different, begun.different)


def _cut_off(kept: Path, scope: dict[str, Any]) -> proving.Progress:
    """The proof that goes on.  Raises Trouble where it was one of something else."""
    found = proving.cut_off(kept)
    if found is None:
        click.echo("没有中断过的核对，从头核对。")
        return proving.Progress(scope)
    if found.scope != scope:
        given = [f"--{name} {value}" for name, value in found.scope.items() if value not in (None, "")]
        before = f"带参数 {' '.join(given)}" if given else "不带范围参数"
        raise Trouble(
            f"上次中断的核对{before}，这次的范围不同，不能接着核对。请用同样的参数，或去掉 --resume 从头核对。"
        )
    return found


def _place(centre: str | None) -> int | None:
    from lianxin.directory.models import Centre

    if centre is None:
        return None
    place: int | None = Centre.objects.filter(code=centre).values_list("pk", flat=True).first()
    if place is None:
        raise Trouble(f"没有代码为 {centre} 的中心。")
    return place


def _spans(since: int | None, after: int) -> "Iterator[Span]":
    from lianxin.ledger import verify

    return verify.spans(after) if since is None else verify.changed_since(since, after)


def _conclude(place: int | None, since: int | None, different: int, before: int) -> None:
    from lianxin.ledger.models import roots

    where = {"centre": place} if place else {}
    counts = ((model._meta.verbose_name, model._base_manager.filter(**where).count()) for model in roots())
    all_of_them = "、".join(f"{count} 件{title}" for title, count in counts if count)
    about = f"第 {since} 号封签以后有变动的工单、专办事项" if since is not None else (all_of_them or "0 件工单")
    if different:
        told = f"（其中 {before} 处在上次中断前已经列出）" if before else ""
        click.echo(f"共核对 {about}，发现 {different} 处不符{told}。")
        raise SystemExit(1)
    click.echo(f"共核对 {about}，账目、数据表、封签、日志全部相符。")
