"""`lianxin hand-over`: a unit is closed or a person goes; what they have open goes over in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..database import needs_database

if TYPE_CHECKING:
    from lianxin.directory.snapshot import Snapshot
    from lianxin.dispatch import handover
    from lianxin.ledger.acts import Actor


@click.command(
    help="交接：把一家单位（--unit）或一名人员（--person）手上未办结的承办件一次移交。"
    "不加 --apply 只列出涉及的工单，不做改动。"
)
@click.option("--centre", "code", required=True, metavar="代码", help="中心代码")
@click.option("--unit", metavar="代码", help="移出的单位")
@click.option("--person", metavar="用户名", help="移出的人员")
@click.option("--to", metavar="代码|用户名", help="接手的单位或人员；人员可不填，由其岗位的现任人员接手")
@click.option("--by", metavar="用户名", help="经手人，须担任派单员或督办员（移交单位时必填）")
@click.option("--basis", default="duty_list", show_default=True, metavar="代码", help="改派依据（移交单位时）")
@click.option("--reason", default="机构调整，整体移交", show_default=True, help="理由")
@click.option("--apply", "applied", is_flag=True, help="执行移交")
@needs_database()
def command(
    code: str,
    unit: str | None,
    person: str | None,
    to: str | None,
    by: str | None,
    basis: str,
    reason: str,
    applied: bool,
) -> None:
    from lianxin.directory import snapshot
    from lianxin.directory.models import Centre

    centre = Centre.objects.filter(code=code).first()
    if centre is None:
        raise click.ClickException(f"没有代码为“{code}”的中心")
    if (unit is None) == (person is None):
        raise click.ClickException("请写明 --unit 或 --person 其中之一")
    directory = snapshot.of(centre.pk)
    if unit is not None:
        _unit(directory, (unit, to or ""), basis, reason, by if applied else None)
        if applied and by is None:
            raise click.ClickException("请用 --by 写明经手人，须是现任派单员或督办员")
    else:
        _person(directory, person or "", to, applied)


def _unit(directory: Snapshot, units: tuple[str, str], basis: str, reason: str, by: str | None) -> None:
    """Show what goes from the one unit to the other, and take the steps if there is somebody who takes them."""
    from lianxin.dispatch import handover

    old, new = (directory.unit_by_code.get(code) for code in units)
    if old is None or new is None:
        raise click.ClickException("没有这个单位代码，请核对 --unit 和 --to")
    plan = handover.of_unit(directory, old.id, new.id, basis=basis, reason=reason)
    _show(directory, plan, old.name)
    if by is None:
        click.echo("以上只是预览，加 --apply 执行。")
        return
    _take(plan, _actor(directory, by))


def _show(directory: Snapshot, plan: handover.Plan, name: str) -> None:
    from lianxin.dispatch.handover import outcome_of
    from lianxin.rules.lifecycle import SHARE_TITLES

    for step in plan.steps:
        click.echo(f"{step.number}  {SHARE_TITLES[step.state]}  {outcome_of(directory, step)}")
    click.echo(
        f"{name}共有 {len(plan.steps)} 件未办结的承办件，其上有待审定的申请 {plan.petitions} 项、待答复的询问"
        f" {plan.questions} 项、约定回访 {plan.booked} 件。"
    )
    if plan.by_post:
        click.echo(f"另有 {plan.by_post} 件工单由其岗位负责，岗位换人后自动移交。")


def _take(plan: handover.Plan, actor: Actor) -> None:
    from django.utils import timezone

    from lianxin.dispatch import handover

    outcome = handover.take(plan, actor, timezone.now())
    refused = [(step, step.why) for step in plan.steps if step.why] + list(outcome.refused)
    for step, problem in refused:
        click.echo(f"{step.number}  没有移交：{problem}", err=True)
    click.echo(f"已移交 {outcome.orders} 件工单。")
    if refused:
        raise click.ClickException(f"{len(refused)} 件没有移交，原因见上。")


def _actor(directory: Snapshot, username: str) -> Actor:
    """That person at the post that lets him reassign."""
    from django.utils import timezone

    from lianxin.ledger.acts import Actor
    from lianxin.rules import lifecycle

    staff = next((line for line in directory.staff.values() if line.username == username), None)
    held = directory.held_by(staff.id, timezone.now()) if staff else ()
    post = next((post for post in held if post.role in lifecycle.find("share.reassigned").posts), None)
    if staff is None or post is None:
        raise click.ClickException("请用 --by 写明经手人，须是现任派单员或督办员")
    return Actor(post.role, directory.centre_id, staff.id, post.id, post.unit)


def _person(directory: Snapshot, person: str, to: str | None, applied: bool) -> None:
    """Show what the person holds, and hand it over."""
    from django.utils import timezone

    from lianxin.dispatch import handover
    from lianxin.ledger.acts import Actor

    by_name = {line.username: line for line in directory.staff.values()}
    if person not in by_name or (to is not None and to not in by_name):
        raise click.ClickException("没有这个用户名，请核对 --person 和 --to")
    who, target = by_name[person], by_name[to].id if to else None
    plan = handover.of_person(directory, who.id, target, timezone.now())
    _show(directory, plan, who.name)
    if applied:
        _take(plan, Actor.system(directory.centre_id))
    elif plan.steps:
        click.echo("以上只是预览，加 --apply 执行。")
