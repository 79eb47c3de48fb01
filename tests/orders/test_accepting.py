"""A row that is not ours is accepted by somebody who looked at it: one at a time, in the journal, told for good."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import connection
from django.utils import timezone
from tests.orders.test_tampering import TAMPERS, Site, sql

from lianxin.directory.models import (
    Area,
    AreaCircle,
    Channel,
    Charge,
    FormerCategory,
    FormerUnit,
    Holiday,
    Post,
    Roster,
    Shift,
    Staff,
    TeamArea,
)
from lianxin.ledger import accepting, seals
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Journal
from lianxin.ops.commands import accept, verify

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "停电期间由技术人员按主任书面指示改动，已核对"
OF_THE_DIRECTORY = [
    what for what, (_, sentence) in TAMPERS.items() if sentence in ("不是由本系统改成这样的", "被删除，没有记录")
]


@pytest.fixture
def site(transactional_db: None) -> Site:
    from tests.cast import make_cast

    made = Site(make_cast("base", "base"))
    Staff.objects.filter(pk=made.cast.staff["admin"].pk).update(is_staff=True)
    return made


def named_rows(site: Site) -> list[tuple[str, int]]:
    """What `verify` names, by table and id."""
    found = [re.search(r"（(\w+):(\d+)）", line) for line in site.named()]
    return [(match[1], int(match[2])) for match in found if match]


def accept_it(site: Site, table: str, pk: int, who: str = "admin", **more: Any) -> None:
    found = accepting.doubtful(site.cast.centre, table, pk)
    given = {"mark": found.mark, "by": site.cast.staff[who], "reason": REASON, "at": timezone.now()} | more
    accepting.accept(site.cast.centre, table, pk, given.pop("mark"), **given)


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("what", OF_THE_DIRECTORY)
def test_what_was_accepted_is_named_no_more_and_told_for_good(site: Site, what: str, sealed: bool) -> None:
    TAMPERS[what][0](site)
    if sealed:
        seals.seal(timezone.now())
    rows = named_rows(site)
    assert rows
    for table, pk in rows:
        accept_it(site, table, pk)
    assert site.named() == []
    seals.seal(timezone.now())
    seals.close_days(timezone.now() + timedelta(days=1))
    assert site.named() == []
    told = list(accepting.accepted(None))
    assert len(told) == len(rows)
    assert all(REASON in line and site.cast.staff["admin"].name in line for line in told)


def test_the_others_stay_named(site: Site) -> None:
    tamper = "UPDATE directory_post SET holder_b_id = NULL WHERE id = %s"
    first, second = (site.cast.posts[role].pk for role in ("auditor", "analyst"))
    sql(tamper, first)
    sql(tamper, second)
    accept_it(site, "post", first)
    assert named_rows(site) == [("post", second)]


def test_the_journal_s_line_cannot_be_taken_away(site: Site) -> None:
    TAMPERS["a person's password set"][0](site)
    accept_it(site, "staff", site.cast.staff["leader"].pk)
    seals.seal(timezone.now())
    sql("DELETE FROM ledger_journal WHERE action = %s", accepting.ACTION)
    assert any("日志" in line for line in site.named())


@pytest.mark.parametrize(
    ("statement", "before"),
    [
        ("UPDATE directory_post SET holder_a_id = holder_b_id, holder_b_id = NULL WHERE id = %s", {"A角", "B角"}),
        ("UPDATE directory_post SET role = 'leader' WHERE id = %s", {"角色"}),
    ],
)
def test_what_was_before_is_found_by_the_digest(site: Site, statement: str, before: set[str]) -> None:
    post = site.cast.posts["auditor"]
    sql(statement, post.pk)
    found = accepting.doubtful(site.cast.centre, "post", post.pk)
    assert {title for title, _ in found.before} == before
    if "A角" in before:
        assert dict(found.before)["A角"] == f"{site.cast.staff['auditor']}（{site.cast.staff['auditor'].pk}）"


def test_a_name_that_was_another_before_is_found_in_the_past_of_the_unit(site: Site) -> None:
    unit = site.cast.units["town"]
    with connection.cursor() as cursor:  # its trigger keeps the past, and that row is none of ours either
        cursor.execute("UPDATE directory_unit SET name = '别的镇' WHERE id = %s", [unit.pk])
    assert {table for table, _ in named_rows(site)} == {"unit", "formerunit"}
    assert accepting.doubtful(site.cast.centre, "unit", unit.pk).before == (("名称", "大店镇"),)


def test_no_password_is_shown_or_kept(site: Site) -> None:
    sql("UPDATE directory_staff SET password = 'md5$nobody$knows' WHERE id = %s", site.cast.staff["leader"].pk)
    found = accepting.doubtful(site.cast.centre, "staff", site.cast.staff["leader"].pk)
    assert "nobody" not in str(found)
    accept_it(site, "staff", found.id)
    assert "nobody" not in str(Journal.objects.get(action=accepting.ACTION).payload)


def refused(site: Site, **more: Any) -> str:
    before = named_rows(site)
    with pytest.raises(Refused) as caught:
        accept_it(site, "post", site.cast.posts["auditor"].pk, **more)
    assert named_rows(site) == before
    assert not Journal.objects.filter(action=accepting.ACTION).exists()
    return str(caught.value)


def test_who_may_and_how(site: Site) -> None:
    sql("UPDATE directory_post SET name = '改' WHERE id = %s", site.cast.posts["auditor"].pk)
    assert "系统管理员" in refused(site, who="dispatcher")
    assert "请写明理由" in refused(site, reason=" ")
    assert "又有变化" in refused(site, mark="0" * 16)
    # The administrator's own rows are not ours.
    admin = site.cast.posts["admin"].pk
    sql("UPDATE directory_post SET name = '改' WHERE id = %s", admin)
    assert "没有不符" in refused(site)
    sql("UPDATE directory_post SET name = '' WHERE id = %s", admin)
    sql("UPDATE directory_staff SET is_superuser = true WHERE id = %s", site.cast.staff["dispatcher"].pk)
    site.cast.staff["dispatcher"].refresh_from_db()
    assert "经手人自己的资料" in refused(site, who="dispatcher")


def test_nobody_accepts_what_is_his_own(site: Site) -> None:
    sql("UPDATE directory_staff SET title = '改' WHERE id = %s", site.cast.staff["leader"].pk)
    chief = Staff.objects.create_superuser("chief", password="pw", name="总管")
    leader = site.cast.posts["leader"]
    sql("UPDATE directory_post SET holder_b_id = %s WHERE id = %s", chief.pk, leader.pk)
    with pytest.raises(Refused, match="本人的岗位"):
        accept_it(site, "post", leader.pk, by=chief)
    accept_it(site, "staff", site.cast.staff["leader"].pk, by=chief)
    assert named_rows(site) == [("post", leader.pk)]


def test_what_is_ours_or_another_centres_is_not_accepted(site: Site) -> None:
    from tests.cast import make_cast

    with pytest.raises(Refused, match="没有不符"):
        accepting.doubtful(site.cast.centre, "post", site.cast.posts["auditor"].pk)
    other = make_cast("linyi")
    post = other.posts["auditor"].pk
    sql("UPDATE directory_post SET name = '改' WHERE id = %s", post)
    with pytest.raises(Refused, match="没有这一行"):
        accepting.doubtful(site.cast.centre, "post", post)
    with pytest.raises(Refused, match="没有名为“order”的资料表"):
        accepting.doubtful(site.cast.centre, "order", 1)


def test_a_row_that_is_changed_again_is_named_again(site: Site) -> None:
    post = site.cast.posts["auditor"].pk
    sql("UPDATE directory_post SET name = '改' WHERE id = %s", post)
    accept_it(site, "post", post)
    sql("UPDATE directory_post SET name = '再改' WHERE id = %s", post)
    assert named_rows(site) == [("post", post)]


def run(command: Any, *words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


def test_the_command_shows_first_and_verify_tells_of_it(site: Site) -> None:
    post, centre = site.cast.posts["auditor"], site.cast.centre.code
    sql("UPDATE directory_post SET role = 'leader' WHERE id = %s", post.pk)
    shown = run(accept.command, f"post:{post.pk}", "--centre", centre)
    assert shown.exit_code == 0, shown.output
    assert "角色：" in shown.output
    assert "原来的角色：" in shown.output
    assert "其余各列与本系统最后所写相同" in shown.output
    (mark,) = re.findall(r"--mark (\w+)", shown.output)
    admin = site.cast.staff["admin"].username
    words = (f"post:{post.pk}", "--centre", centre, "--by", admin, "--mark", mark)
    assert "请写明理由" in run(accept.command, *words).output
    assert run(accept.command, *words, "--reason", REASON).exit_code == 0
    told = run(verify.command, "--processes", 1)
    assert told.exit_code == 0, told.output
    assert f"（post:{post.pk}）曾与本系统所写不符" in told.output
    for wrong in ("post", "post:x", "post:1٢"):
        assert "请写明哪一行" in run(accept.command, wrong, "--centre", centre).output


def test_each_table_of_the_directory_can_be_looked_at(site: Site) -> None:
    """Forged rows of every table, each shown without an error."""
    from lianxin.directory import proof

    cast = site.cast
    Holiday.objects.create(centre=cast.centre, day="2026-11-30", name="x")
    cast.staff["leader"].absences.create(start=timezone.now())
    deputy, clerk = cast.posts["hotline_deputy@heat"], cast.posts["clerk@heat"]
    Charge.objects.create(centre=cast.centre, unit=cast.units["heat"], deputy=deputy, head=clerk)
    box = Channel(centre=cast.centre, unit=cast.units["heat"], kind="email", name="值班邮箱")
    box.seal("heat@example.com", None)
    box.save()
    span = {"start": timezone.now(), "until": timezone.now() + timedelta(days=1)}
    roster = Roster.objects.create(centre=cast.centre, post=clerk, kind="agents", **span)
    Shift.objects.create(roster=roster, staff=cast.staff["clerk@heat"], **span)
    area = Area.objects.filter(centre=cast.centre).first()
    AreaCircle.objects.create(area=area, datum="gcj02", longitude=118.8, latitude=35.2, radius=2000)
    TeamArea.objects.create(area=area, post=clerk)
    cast.units["heat"].name = "新名"
    cast.units["heat"].save()
    assert FormerUnit.objects.exists()
    assert FormerCategory.objects.exists()
    assert Post.objects.exists()
    for model in proof.tables():
        row = model._base_manager.filter(**{proof.path(model): cast.centre.pk}).first()
        assert row is not None, model
        sql(f"UPDATE {model._meta.db_table} SET mac = %s WHERE id = %s", b"x" * 32, row.pk)
        found = accepting.doubtful(cast.centre, str(model._meta.model_name), row.pk)
        assert found.columns
        assert found.said
