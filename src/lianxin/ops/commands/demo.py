"""`lianxin demo`: loads the demo centre, while the site is up; cut off, it goes on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ..database import needs_database

if TYPE_CHECKING:
    from lianxin.directory.models import Centre, DemoLoading

PASSWORD = "lianxin-demo"
ACCOUNTS = [
    ("agent1", "坐席"),
    ("dispatcher1", "派单员"),
    ("auditor", "审核员"),
    ("callback1", "回访员"),
    ("supervisor", "督办员"),
    ("analyst", "分析员"),
    ("leader", "中心领导"),
    ("admin", "管理员（另可进入 /admin/）"),
    ("shizilu-jb", "十字路街道经办人"),
    ("shizilu-fg", "十字路街道分管热线负责人"),
    ("dadian-jb", "大店镇经办人"),
    ("dadian-fg", "大店镇分管热线负责人"),
    ("dadian-qt", "大店镇其他分管负责人"),
    ("dadian-zy", "大店镇主要负责人"),
    ("qianjie-jb", "大店镇前街村经办人"),
    ("zhujian-jb", "住建局经办人"),
]
_LOCK = 0x6C7864


@click.command(help="载入演示数据：莒南县热线中心 2021 年第 43 周前后和今日的工作。已载入的不重复载入。")
@click.option("--wait", is_flag=True, help="等到全部载入（即使由另一进程载入）再返回。")
@needs_database(migrated=True)
def command(wait: bool) -> None:
    """Play unless it has been played; another process that is playing is left alone, or waited for."""
    with _alone() as mine:
        if mine:
            _play()
            return
    click.echo("演示数据正由另一进程载入。")
    while wait and not _done():
        time.sleep(1)
    if wait:
        _greet()


@contextmanager
def _alone() -> Iterator[bool]:
    """Only one process plays: an advisory lock for as long as the connection lives."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        row = cursor.fetchone()
        mine = bool(row and row[0])
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _play() -> None:
    from django.utils import timezone

    from lianxin.directory.models import DemoLoading

    from ..simulation import show

    centre = _centre() or show.raise_curtain(PASSWORD)
    loading, _ = DemoLoading.objects.get_or_create(centre=centre, defaults={"planned_for": timezone.now()})
    if not loading.done:
        show.play(centre, loading.planned_for, lambda part, done, total: _progress(loading, part, done, total))
        show.seal(timezone.now())
        loading.done = True
        loading.save()
    _greet()


def _progress(loading: DemoLoading, part: str, done: int, total: int) -> None:
    """On the screen, and for the pages: at most once a second."""
    if done == total or time.monotonic() - _progress.last > 1:  # type: ignore[attr-defined]
        _progress.last = time.monotonic()  # type: ignore[attr-defined]
        click.echo(f"{part}：{done}/{total}")
        loading.part, loading.step, loading.steps = part, done, total
        loading.save()


_progress.last = 0.0  # type: ignore[attr-defined]


def _centre() -> Centre | None:
    from lianxin.directory.models import Centre

    from ..simulation.show import CODE

    return Centre.objects.filter(code=CODE).first()


def _done() -> bool:
    from lianxin.directory.models import DemoLoading

    return DemoLoading.objects.filter(centre=_centre(), done=True).exists()


def _greet() -> None:
    click.echo(f"演示数据已载入。口令都是 {PASSWORD}，用户名：")
    for username, title in ACCOUNTS:
        click.echo(f"  {username:<14}{title}")
