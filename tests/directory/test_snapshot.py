"""The book says what the tables say, costs one query, and is never stale."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from lianxin.directory import proof, snapshot
from lianxin.directory.models import Absence, Category, Centre, Holiday, Post, Staff, Unit

from .conftest import MONDAY, World


def test_an_unchanged_book_costs_one_query_and_a_changed_one_a_handful(here: World, django_assert_num_queries):
    snapshot.of(here.centre.pk)
    with django_assert_num_queries(1):
        kept = snapshot.of(here.centre.pk)
    Unit.objects.filter(pk=here.town.pk).update(position=7)
    with django_assert_num_queries(15):
        fresh = snapshot.of(here.centre.pk)
    assert kept.units[here.town.pk].position == 0
    assert fresh.units[here.town.pk].position == 7


def test_the_book_knows_the_directory(here: World):
    kept = snapshot.of(here.centre.pk)
    assert kept.root.id == here.root.pk
    assert kept.unit_by_code["jia-town"].ranking_group == "town"
    assert [unit.id for unit in kept.above(here.village.pk)] == [here.town.pk, here.root.pk]
    assert kept.within(here.town.pk) == {here.town.pk, here.village.pk}
    assert kept.category_by_path["甲地居民生活", "甲地路灯"].id == here.leaf.pk
    assert kept.categories[here.leaf.pk].level == 2
    assert [post.id for post in kept.posts_at(here.town.pk, "clerk")] == [here.post.pk]
    assert kept.posts_at(here.village.pk, "clerk") == ()
    assert kept.staff[here.clerk.pk].name == "甲地经办"
    assert kept.pack_id(MONDAY) == "junan-2021@1"
    assert kept.pack_id(datetime(2020, 12, 31, tzinfo=UTC)) is None
    with pytest.raises(LookupError):
        kept.pack(datetime(2020, 12, 31, tzinfo=UTC))


def test_an_unknown_centre_has_no_book(db):
    with pytest.raises(Centre.DoesNotExist):
        snapshot.of(0)


CHANGES = {
    "bulk insert": lambda w: Category.objects.bulk_create([Category(centre=w.centre, name="交通运输", level=1)]),
    "update of many": lambda w: Unit.objects.filter(centre=w.centre).update(active=False),
    "sql": lambda w: connection.cursor().execute("DELETE FROM directory_post WHERE id = %s", [w.post.pk]),
    "a new absence": lambda w: Absence.objects.create(staff=w.admin, start=MONDAY),
    "an absence that ends": lambda w: Absence.objects.filter(staff=w.clerk).update(end=MONDAY),
    "an absence that never was": lambda w: w.absence.delete(),
    "a person leaves": lambda w: Staff.objects.filter(pk=w.clerk.pk).update(is_active=False),
    "a holiday": lambda w: Holiday.objects.create(centre=w.centre, day=MONDAY.date()),
    "a policy": lambda w: w.policy.delete(),
    "the centre": lambda w: w.centre.save(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_however_made_renews_the_book_of_that_centre_only(here: World, there: World, change):
    before, other = snapshot.of(here.centre.pk), snapshot.of(there.centre.pk)
    change(here)
    assert snapshot.of(here.centre.pk).stamp > before.stamp
    assert snapshot.of(there.centre.pk) is other


def test_a_sign_in_renews_nothing(here: World):
    before = snapshot.of(here.centre.pk)
    here.clerk.last_login = timezone.now()
    here.clerk.save(update_fields=["last_login"])
    here.clerk.save()
    assert snapshot.of(here.centre.pk) is before


def test_what_was_rolled_back_is_forgotten(here: World):
    before = snapshot.of(here.centre.pk)
    with transaction.atomic():
        here.post.delete()
        assert here.post.pk not in snapshot.of(here.centre.pk).posts
        transaction.set_rollback(True)
    assert snapshot.of(here.centre.pk).posts == before.posts
    Unit.objects.create(centre=here.centre, parent=here.root, code="n", name="新", type="bank")
    assert len(snapshot.of(here.centre.pk).units) == 4


#: Who answers for a post, and who may act for it, by how A and B are (A31).  With both away it stays with A (A13).
HELD = {
    ("none", "none"): ("", ""),
    ("none", "there"): ("B", "B"),
    ("none", "away"): ("B", "B"),
    ("none", "gone"): ("", ""),
    ("there", "none"): ("A", "A"),
    ("there", "there"): ("A", "A"),
    ("there", "away"): ("A", "A"),
    ("there", "gone"): ("A", "A"),
    ("away", "none"): ("A", "A"),
    ("away", "there"): ("B", "AB"),
    ("away", "away"): ("A", "AB"),
    ("away", "gone"): ("A", "A"),
    ("gone", "none"): ("", ""),
    ("gone", "there"): ("B", "B"),
    ("gone", "away"): ("B", "B"),
    ("gone", "gone"): ("", ""),
}


@pytest.mark.parametrize("cases", HELD, ids="-".join)
def test_a13_who_holds_a_post_in_every_case_of_a_and_b(here: World, cases: tuple[str, str]):
    """Each of them not named, there, away, gone."""
    Absence.objects.all().delete()
    people = {"A": here.clerk, "B": here.deputy}
    for (side, person), case in zip(people.items(), cases, strict=True):
        Staff.objects.filter(pk=person.pk).update(is_active=case != "gone")
        named = {f"holder_{side.lower()}": None if case == "none" else person}
        Post.objects.filter(pk=here.post.pk).update(**named)
        if case == "away":
            Absence.objects.create(staff=person, start=MONDAY, end=MONDAY + timedelta(hours=1))
    kept = snapshot.of(here.centre.pk)
    holder, acting = HELD[cases]
    assert kept.holder(here.post.pk, MONDAY) == (people[holder].pk if holder else None)
    may = {side for side, person in people.items() if here.post.pk in {p.id for p in kept.held_by(person.pk, MONDAY)}}
    assert may == {*acting}
    if cases == ("away", "there"):
        before, after = MONDAY - timedelta(seconds=1), MONDAY + timedelta(hours=1)
        assert [kept.holder(here.post.pk, at) for at in (before, after)] == [here.clerk.pk] * 2
    named = {side for side, case in zip(people, cases, strict=True) if case != "none"}
    looking = {side for side, who in people.items() if here.post.pk in {p.id for p in kept.posts_of(who.pk)}}
    assert looking == named, "B may always look"


def test_a_ring_of_units_or_categories_stops_nobody(here: World):
    """It can only come by SQL: the rows are named for the administrator, and hang on the centre."""
    Unit.objects.filter(pk=here.town.pk).update(parent=here.village)
    below = Category.objects.create(centre=here.centre, parent=here.leaf, name="路灯不亮", level=3)
    Category.objects.filter(pk=here.leaf.pk).update(parent=below)
    kept = snapshot.of(here.centre.pk)
    assert [unit.id for unit in kept.above(here.village.pk)] == [here.root.pk]
    assert kept.within(here.town.pk) == {here.town.pk}
    assert kept.within(here.root.pk) == kept.units.keys()
    assert {name.partition("”")[0] for name in kept.left_out} >= {f"单位“{here.town.name}", f"单位“{here.village.name}"}
    assert any(name.startswith("分类") for name in kept.left_out)
    town = Unit.objects.get(pk=here.town.pk)
    other = Unit(centre=here.centre, parent=town, code="new", name="新单位", pk=10**6)
    other.clean()  # ends, whatever lies above it


#: Proven tables that change only together with a row of another one, in the same transaction: of the version that
#: adopts the pack, of the unit or category whose past it is.
ALONG = {"directory_adoptedpack", "directory_formerunit", "directory_formercategory"}


def test_whatever_a_seal_covers_renews_the_stamp_under_which_it_was_sealed(db):
    """A seal says what the directory was under a stamp: changed under the same one, it would look like tampering."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'book_stamp%'")
        renewing = {name for (name,) in cursor.fetchall()}
    assert {model._meta.db_table for model in proof.tables()} == renewing | ALONG
    assert not renewing & ALONG


@pytest.mark.parametrize("field", ["title", "password", "phone", "must_change_password"])
def test_each_proven_column_of_a_person_renews_it_too(here: World, field: str):
    if field not in {column.name for column in Staff._meta.concrete_fields}:
        pytest.fail(f"{field} is no column of a person")
    before = snapshot.of(here.centre.pk).stamp
    value = True if field == "must_change_password" else "another"
    Staff.objects.filter(pk=here.clerk.pk).update(**{field: value})
    assert snapshot.of(here.centre.pk).stamp != before
