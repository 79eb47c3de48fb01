"""`lianxin demo`: loads the demo's centres, while the site is up; cut off, it goes on where it stopped.

`--history` loads, after them, the two years before their weeks.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ..database import needs_database

if TYPE_CHECKING:
    from lianxin.directory.models import Centre, DemoLoading

_LOCK = 0x6C7864


@click.command(
    help="载入演示数据：莒南县热线中心（2021年第43周前后和今日）、周村区热线中心（近三周）和济南市热线中心（按目录派单的一个月），以及各条规则的场景。"
    "已载入的不重复载入。"
)
@click.option("--wait", is_flag=True, help="等到全部载入（即使由另一进程载入）再返回。")
@click.option(
    "--history",
    is_flag=True,
    help="另载入周村区热线中心此前24个月的历史（约1.1万件），用于同比、连续季度和历年比较。约需几分钟。",
)
@click.option(
    "--scale", type=click.FloatRange(0, 10, min_open=True), help="历史的规模，按每日件数的倍数计，可以是小数；默认1。"
)
@click.option("--scenes", is_flag=True, help="列出各条规则的场景：原文说什么，在哪一件，现在轮到谁。不载入。")
@needs_database(migrated=True)
def command(wait: bool, history: bool, scale: float | None, scenes: bool) -> None:
    """Play unless it has been played; another process that is playing is left alone, or waited for."""
    if scenes:
        _tell_scenes()
        return
    if scale is not None and not history:
        raise click.UsageError("--scale 只与 --history 一起使用。")
    if history:
        _refuse_another(scale)
    # Whoever loads the weeks now may know nothing of the history: it comes after them.
    with _alone(patient=history) as mine:
        if mine:
            _play()
            if history:
                _play_history(scale)
            return
    click.echo("演示数据正由另一进程载入。")
    while wait and not _done():
        time.sleep(1)
    if wait:
        _greet()


@contextmanager
def _alone(*, patient: bool) -> Iterator[bool]:
    """Only one process plays: an advisory lock for as long as the connection lives, waited for if `patient`."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        row = cursor.fetchone()
        mine = bool(row and row[0])
        if patient and not mine:
            click.echo("演示数据正由另一进程载入，载入以后再补历史。")
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            mine = True
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _play() -> None:
    from django.utils import timezone

    from ..simulation import show

    failed = [sentence for code in show.CODES for sentence in _play_centre(code)]
    show.seal(timezone.now())
    _greet()
    for sentence in failed:
        click.echo(f"没有演完的场景：{sentence}")


def _play_centre(code: str) -> list[str]:
    """One centre; returns what of its scenes could not be played."""
    from django.utils import timezone

    from lianxin.directory.models import DemoLoading

    from ..simulation import show
    from ..simulation.accounts import PASSWORD

    centre = _centre(code) or show.raise_curtain(PASSWORD, code)
    loading, _ = DemoLoading.objects.get_or_create(centre=centre, defaults={"planned_for": timezone.now()})
    if loading.done:
        return []
    failed = show.play(centre, loading.planned_for, lambda part, done, total: _progress(loading, part, done, total))
    loading.done = True
    loading.save()
    return list(failed)


def _refuse_another(scale: float | None) -> None:
    """There is one history: what was begun at one scale is not gone on with at another.  Raises ClickException."""
    loading = _of_the_history()
    known = loading.history_scale if loading else None
    if known is not None and scale not in (None, known):
        begun = "载入" if loading and loading.history_done else "开始载入"
        sentence = f"历史数据已按 --scale {known:g} {begun}，不能再按 --scale {scale:g} 载入"
        raise click.ClickException(f"{sentence}；要改变规模，请在新的数据目录中重新载入演示数据。")


def _play_history(scale: float | None) -> None:
    """The two years before; once, at the scale at which it was begun."""
    from django.utils import timezone

    from ..simulation import history, show

    _refuse_another(scale)
    loading = _of_the_history()
    assert loading is not None, "the demo has been played"
    if loading.history_done:
        click.echo("此前24个月的历史已载入，不重复载入。")
        return
    loading.history_scale = loading.history_scale or scale or 1
    loading.save()
    name = f"{loading.centre.name}此前24个月"
    many = history.play(
        loading.centre,
        loading.planned_for,
        loading.history_scale,
        lambda done, total: _progress(loading, name, done, total),
    )
    show.seal(timezone.now())
    loading.history_done = True
    loading.save()
    click.echo(f"此前24个月的历史已载入：{loading.centre.name}，{many}件。")


def _of_the_history() -> DemoLoading | None:
    """The loading of the centre that has a history."""
    from lianxin.directory.models import DemoLoading

    from ..simulation.past import shape

    return DemoLoading.objects.select_related("centre").filter(centre__code=shape()["centre"]).first()


def _progress(loading: DemoLoading, part: str, done: int, total: int) -> None:
    """On the screen, and for the pages: at most once a second."""
    if done == total or time.monotonic() - _progress.last > 1:  # type: ignore[attr-defined]
        _progress.last = time.monotonic()  # type: ignore[attr-defined]
        click.echo(f"{part}：{done}/{total}")
        loading.part, loading.step, loading.steps = part, done, total
        loading.save()


_progress.last = 0.0  # type: ignore[attr-defined]


def _centre(code: str) -> Centre | None:
    from lianxin.directory.models import Centre

    return Centre.objects.filter(code=code).first()


def _done() -> bool:
    from lianxin.directory.models import DemoLoading

    from ..simulation.show import CODES

    return DemoLoading.objects.filter(centre__code__in=CODES, done=True).count() == len(CODES)


def _greet() -> None:
    from ..simulation.accounts import ACCOUNTS, PASSWORD

    click.echo(f"演示数据已载入。口令都是 {PASSWORD}，用户名：")
    for code, accounts in ACCOUNTS.items():
        if centre := _centre(code):
            click.echo(f"  {centre.name}")
            for username, title in accounts:
                click.echo(f"    {username:<20}{title}")
    click.echo("各条规则的场景在哪一件：lianxin demo --scenes，或打开 /demo/")


def _tell_scenes() -> None:
    from django.utils import timezone

    from ..simulation.scenes import programme
    from ..simulation.show import CODES

    for centre in filter(None, map(_centre, CODES)):
        click.echo(centre.name)
        for played in programme.played(centre, timezone.now()):
            click.echo(f"  {played.scene.row}  {played.scene.title}")
            for root in played.begun:
                click.echo(f"       {root.number:<16}{f'现由 {root.person} 办理' if root.person else '已结束'}")
            for person, address in played.places:
                click.echo(f"       {person} 打开 {address}")
            if not played.fits:
                click.echo(f"       {programme.CHANGED}")
