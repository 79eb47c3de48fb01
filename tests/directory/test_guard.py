"""Bad input to the administration, and dates that no directory has to do with (FAULTS 47, 48, 55)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from lianxin.directory import administration, snapshot
from lianxin.directory.models import Absence, Centre, DemoLoading, Holiday, PolicyVersion

from .conftest import World

WORDS = ["abc", "9" * 30, "-1", "1\x00", "１", "1.5", "'", "%00"]
LISTS = ["unit", "area", "category", "staff", "post", "absence", "holiday", "policyversion", "centre"]


@pytest.mark.parametrize("word", WORDS)
def test_nonsense_in_an_address_is_never_a_fault_of_ours(signed_in: Client, word: str) -> None:
    for table in LISTS:
        _ask(signed_in, f"/admin/directory/{table}/", word)


def _ask(signed_in: Client, base: str, word: str) -> None:
    for query in ({"p": word}, {"o": word}, {"id__exact": word}, {"centre__id__exact": word}, {"q": word},
                  {"unit__id__exact": word}, {"day__year": word}, {"_to_field": word}):  # fmt: skip
        assert signed_in.get(base, query).status_code < 500, query
    assert signed_in.get(f"{base}{word}/change/").status_code < 500


@pytest.mark.parametrize("word", WORDS)
def test_nonsense_in_a_form_is_never_a_fault_of_ours(signed_in: Client, here: World, word: str) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [word], "post": "yes"}
    assert signed_in.post("/admin/directory/holiday/", chosen).status_code < 500
    asked = {"app_label": "directory", "model_name": "post", "field_name": "holder_a", "term": word, "page": word}
    assert signed_in.get("/admin/autocomplete/", asked).status_code < 500
    assert signed_in.get("/admin/autocomplete/", {**asked, "field_name": word, "model_name": word}).status_code < 500
    for field in ("unit", "holder_a", "holder_b", "centre", "role"):
        typed = {"centre": here.centre.pk, "unit": here.town.pk, "role": "clerk", "name": "岗", field: word}
        assert signed_in.post("/admin/directory/post/add/", typed).status_code < 500, field
    assert signed_in.get(f"/admin/jsi18n/{word}").status_code < 500
    assert signed_in.get(f"/admin/r/{word}/{word}/").status_code < 500


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2100-01-02", "9999-12-31", "99999-01-01", "-1-1-1"])
def test_a_day_out_of_reach_is_refused_beside_its_field(signed_in: Client, here: World, day: str) -> None:
    for table, typed in (
        ("holiday", {"centre": here.centre.pk, "day": day, "name": ""}),
        ("absence", {"staff": here.clerk.pk, "start_0": day, "start_1": "00:00", "end_0": "", "end_1": ""}),
        ("absence", {"staff": here.clerk.pk, "start_0": "2026-1-1", "start_1": "0:00", "end_0": day, "end_1": "0:00"}),
    ):
        page = signed_in.post(f"/admin/directory/{table}/add/", typed)
        assert page.status_code == 200
        assert "errorlist" in page.content.decode()
    page = signed_in.post(
        "/admin/directory/policyversion/adopt/", {"centre": here.centre.pk, "pack": "base", "day": day}
    )
    assert page.status_code == 200
    assert "errorlist" in page.content.decode() or "生效日期应在" in page.content.decode()
    assert signed_in.get("/admin/").status_code == 200
    assert Holiday.objects.count() + PolicyVersion.objects.count() + Absence.objects.count() == 3


def test_the_database_refuses_them_too(here: World) -> None:
    for broken in (
        lambda: Holiday.objects.create(centre=here.centre, day=date(9999, 12, 31)),
        lambda: Absence.objects.create(staff=here.clerk, start=datetime(1, 1, 2, tzinfo=UTC)),
    ):
        with pytest.raises(IntegrityError, match="in_use"), transaction.atomic():
            broken()


def test_one_row_that_cannot_be_read_leaves_the_rest_of_the_directory(signed_in: Client, here: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE directory_absence DROP CONSTRAINT absence_start_in_use")
        cursor.execute("ALTER TABLE directory_holiday DROP CONSTRAINT holiday_day_in_use")
        cursor.execute("UPDATE directory_absence SET start = '4000-01-01 BC'")
        row = "(%s, 'infinity', false, '')"
        cursor.execute(
            f"INSERT INTO directory_holiday (centre_id, day, is_workday, name) VALUES {row}", [here.centre.pk]
        )
    directory = snapshot.of(here.centre.pk)
    assert [day for day, _, _ in directory.days] == [here.holiday.day]
    assert directory.absences == {}
    assert len(directory.left_out) == 2
    told = administration.notices(here.centre, timezone.now())
    assert any(f"离岗登记第 {here.absence.pk} 号" in sentence for sentence in told)
    assert "没有计入" in signed_in.get("/admin/").content.decode()
    assert signed_in.get("/admin/directory/unit/").status_code == 200


def test_no_field_of_one_centre_reaches_the_page_that_all_share(here: World) -> None:
    """The sign-in page trusts the demo's own row alone, and no form shows that."""
    assert not [field.name for field in Centre._meta.get_fields() if field.get_internal_type() == "JSONField"]
    DemoLoading.objects.create(centre=here.centre, planned_for=timezone.now(), part="载入", step=1, steps=2)
    assert "载入，1/2 步" in Client().get("/login/").content.decode()
