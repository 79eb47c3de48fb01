"""The database refuses what must not happen, and verify names what was done behind its back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from tests.cast import Cast
from tests.orders.stages import REASON, reach

from lianxin.ledger import journal, seals
from lianxin.ledger.models import Attestation, Enclosure, Entry, Journal, Seal, SealLeaf, Stay
from lianxin.ledger.verify import verify
from lianxin.orders.models import Facts, Order, Share
from lianxin.rules.worktime import SHANGHAI

#: Table -> a column that is set to itself.
LEDGERS = {
    "ledger_entry": "id",
    "ledger_journal": "id",
    "ledger_seal": "number",
    "ledger_sealleaf": "id",
    "ledger_allotment": "id",
    "ledger_sealeddirectory": "id",
}


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


@contextmanager
def behind_the_guards() -> Iterator[None]:
    """As a superuser who has switched the triggers off."""
    sql("SET session_replication_role = replica")
    try:
        yield
    finally:
        sql("SET session_replication_role = DEFAULT")


def differences() -> list[str]:
    return [str(d) for d in verify()]


def seal_today(now: datetime | None = None) -> Seal:
    made = seals.seal(now or timezone.now())
    assert made
    return made


@pytest.fixture
def order(base: Cast, nine: datetime) -> Order:
    return reach(base, "replied", nine)[0]


@pytest.fixture
def filled(order: Order, base: Cast, nine: datetime) -> Order:
    """An order, its seal, and a line of the journal."""
    journal.write(base.centre.pk, "unit.renamed", at=nine, staff=None, payload={"unit": 1})
    journal.write(base.centre.pk, "unit.renamed", at=nine, staff=None, payload={"unit": 2})
    now = timezone.now()
    assert seals.close(now.date() - timedelta(days=1), now)
    return order


@pytest.mark.parametrize("table", LEDGERS)
@pytest.mark.parametrize("what", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_the_ledger_is_only_appended_to(filled: Order, table: str, what: str) -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="only appended to"), transaction.atomic():
        sql(what.format(table, LEDGERS[table]))
    assert differences() == []


def test_an_open_order_always_has_an_owner(order: Order) -> None:
    for column in ("owner_unit_id", "owner_post_id", "owner_person_id"):
        with pytest.raises(IntegrityError, match="an_open_order_has_an_owner"), transaction.atomic():
            Order.objects.filter(pk=order.pk).update(**{column: None})


def test_no_order_ends_without_result_and_answer(order: Order) -> None:
    with pytest.raises(IntegrityError, match="no_end_without_result_and_answer"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(state="closed")


def test_a_share_does_not_run_and_end_at_once(order: Order, nine: datetime) -> None:
    with pytest.raises(IntegrityError, match="an_ended_share_has_its_outcome"), transaction.atomic():
        Share.objects.filter(order=order).update(ended_at=nine)


def test_two_current_rows_of_facts_or_stays_are_impossible(order: Order) -> None:
    for model, column in ((Facts, "known_to"), (Stay, "left_at")):
        row = model.objects.get(order=order, **{f"{column}__isnull": True})
        row.pk += 1000
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entry SET at = at - interval '1 hour' WHERE order_id = %s AND number = 2",
        "UPDATE ledger_entry SET recorded_at = recorded_at - interval '1 hour' WHERE order_id = %s AND number = 2",
        "UPDATE ledger_entry SET staff_id = NULL WHERE order_id = %s AND number = 2",
        'UPDATE ledger_entry SET payload = payload || \'{"basis": "law2"}\' WHERE order_id = %s AND number = 2',
        "UPDATE ledger_entry SET derived = '{}' WHERE order_id = %s AND number = 2",
    ],
)
def test_verify_names_a_changed_entry(filled: Order, change: str) -> None:
    with behind_the_guards():
        sql(change, filled.pk)
    assert differences() == [f"{filled.number}：第 2 笔账目（order.dispatched）被改动"]


def test_verify_names_a_missing_entry(order: Order) -> None:
    with behind_the_guards():
        sql("DELETE FROM ledger_entry WHERE order_id = %s AND number = 3", order.pk)
    assert differences() == [f"{order.number}：缺第 3 笔账目"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE orders_share SET signed_at = signed_at - interval '1 hour'", "承办件的“签收时间”与账目不符"),
        ("UPDATE orders_share SET chain = '[]'", "承办件的“责任链”与账目不符"),
        ("UPDATE orders_order SET cls = 'consult'", "工单的“诉求类别”与账目不符"),
        ("UPDATE orders_order SET tags = ARRAY['x']", "工单的“标签”与账目不符"),
        ("UPDATE ledger_clock SET due = due + interval '1 day' WHERE kind = 'handle'", "时限的“到期”与账目不符"),
        ("UPDATE orders_appeal SET text = '另一件事'", "与账目不符"),
        ("UPDATE orders_caller SET phone = ''", "与账目不符"),
        ("UPDATE orders_facts SET excluded = true", "与账目不符"),
        ("DELETE FROM ledger_stay WHERE node = 'sign'", "缺失"),
    ],
)
def test_verify_names_a_changed_row(order: Order, change: str, named: str) -> None:
    with behind_the_guards():
        sql(change)
    assert len(differences()) == 1
    assert differences()[0].startswith(f"{order.number}：")
    assert named in differences()[0]


def test_verify_names_a_row_without_an_entry(order: Order) -> None:
    stay = Stay.objects.filter(order=order).first()
    assert stay
    stay.pk += 1000
    stay.save(force_insert=True)
    assert differences() == [f"{order.number}：{Stay._meta.verbose_name} {stay.pk} 没有账目依据"]


def test_verify_names_a_changed_or_missing_text(order: Order) -> None:
    first = Enclosure.objects.order_by("pk")[0]
    Enclosure.objects.filter(pk=first.pk).update(body=first.body | {"text": "从未说过的话"})
    assert differences() == [f"{order.number}：第 1 笔账目的文字被改动"]
    Enclosure.objects.filter(pk=first.pk).delete()
    assert differences() == [f"{order.number}：第 1 笔账目的文字缺失"]


def test_verify_names_a_deleted_last_entry_although_the_tables_were_reverted(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "registered", nine)
    with transaction.atomic():
        base.do("agent", "order.corrected", order.pk, at, cls="complaint")
        gone = Entry.objects.get(order=order, number=2)
        transaction.set_rollback(True)
    base.do("agent", "order.corrected", order.pk, at, cls="complaint")
    seal_today()
    assert differences() == []
    facts = Facts.objects.get(order=order, known_to=None)
    with behind_the_guards():
        sql("DELETE FROM ledger_entry WHERE id = %s", gone.pk)
        sql("DELETE FROM orders_facts WHERE id = %s", facts.pk)
        sql("UPDATE orders_facts SET known_to = NULL WHERE order_id = %s", order.pk)
        sql(
            "UPDATE orders_order o SET cls = 'help', head_number = 1, head_digest = e.digest, parts = parts - 1,"
            " head_recorded_at = e.recorded_at, facts_part = %s FROM ledger_entry e WHERE e.order_id = o.id",
            order.facts_part,
        )
    [difference] = differences()
    assert difference == f"{order.number}：封签记有第 2 笔账目，现已被删除"


def test_verify_names_an_order_that_is_gone_altogether(filled: Order) -> None:
    with behind_the_guards():
        sql("DELETE FROM ledger_enclosure WHERE entry_id >> 16 = %s", filled.pk)
        for table in (
            "ledger_stay",
            "ledger_clock",
            "orders_facts",
            "orders_share",
            "orders_appeal",
            "orders_caller",
            "ledger_entry",
        ):
            sql(f"DELETE FROM {table} WHERE order_id = %s", filled.pk)
        sql("DELETE FROM orders_order WHERE id = %s", filled.pk)
    assert [d for d in differences() if f"工单 {filled.pk}" in d]


def test_verify_names_a_changed_or_missing_line_of_the_journal(filled: Order) -> None:
    first = Journal.objects.order_by("number")[0]
    with behind_the_guards():
        sql("UPDATE ledger_journal SET payload = '{}' WHERE id = %s", first.pk)
    assert "日志：第 1 行（unit.renamed）被改动，或前面有缺失" in differences()
    with behind_the_guards():
        sql("DELETE FROM ledger_journal WHERE id = %s", first.pk)
    assert "日志：第 2 行（unit.renamed）被改动，或前面有缺失" in differences()


def test_seals_follow_one_another_without_gap_or_overlap(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "registered", nine)
    first = seal_today()
    assert seals.seal(timezone.now()) is None, "nothing was written since"
    base.do("agent", "order.corrected", order.pk, at, cls="complaint")
    second = seal_today()
    assert (first.number, first.entries, second.number, second.entries) == (1, 1, 2, 1)
    assert bytes(second.previous) == bytes(first.digest)
    assert SealLeaf.objects.get(seal=second, kind="o").number == 2
    assert differences() == []


def test_each_day_is_closed_once_with_a_root_of_its_own(base: Cast, nine: datetime) -> None:
    now = timezone.now()
    yesterday = now.astimezone(SHANGHAI).date() - timedelta(days=1)
    [made] = seals.close_days(now)
    assert (made.closes, made.entries) == (yesterday, 0), "a day without entries is closed too"
    assert seals.close_days(now) == []
    # Off for two days: each of them gets its root.
    later = seals.close_days(now + timedelta(days=2))
    assert [s.closes for s in later] == [yesterday + timedelta(days=1), yesterday + timedelta(days=2)]
    assert seals.close(yesterday, now) is None
    assert seals.root_of(yesterday) == made
    assert differences() == []


def test_after_long_absence_the_last_month_is_closed_day_by_day(base: Cast) -> None:
    now = timezone.now()
    seals.close_days(now)
    assert len(seals.close_days(now + timedelta(days=400))) == seals.MOST_DAYS


def test_attestations_go_once_two_days_have_been_closed_over_them(base: Cast, nine: datetime) -> None:
    base.register(nine)
    now = timezone.now()
    for day in range(seals.KEPT_DAYS):
        seals.close_days(now + timedelta(days=day))
        assert Attestation.objects.exists()
    seals.close_days(now + timedelta(days=seals.KEPT_DAYS))
    assert not Attestation.objects.exists()
    base.register(nine)
    assert differences() == []


def test_verify_of_one_centre_leaves_the_others_alone(base: Cast, other: Cast, nine: datetime) -> None:
    ours, theirs = base.register(nine), other.register(nine)
    Order.objects.filter(pk=theirs.pk).update(cls="consult")
    assert list(verify(centre=base.centre.pk)) == []
    assert [d.where for d in verify(centre=other.centre.pk)] == [theirs.number]
    assert ours.pk != theirs.pk


def test_facts_of_an_earlier_cut_off_stay_what_they_were(base: Cast, nine: datetime) -> None:
    """As-of truth: a correction opens a new row, and the old one keeps its time."""
    order, at = reach(base, "registered", nine)
    base.do("agent", "order.corrected", order.pk, at, cls="complaint")
    second = at
    third = at + timedelta(days=3)
    base.do("supervisor", "order.excluded", order.pk, third, reason=REASON)

    def known(cutoff: datetime) -> tuple[str, bool]:
        row = Facts.objects.exclude(known_to__lte=cutoff).get(order=order, known_from__lte=cutoff)
        return row.cls, row.excluded

    assert known(nine) == ("help", False)
    assert known(second) == known(third - timedelta(seconds=1)) == ("complaint", False)
    assert known(third) == ("complaint", True)
    rows = Facts.objects.filter(order=order).order_by("known_from")
    assert [r.known_to for r in rows] == [*(r.known_from for r in rows[1:]), None]
