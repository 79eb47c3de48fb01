"""Proceedings stand in the one book like orders: twins in the tables, proof, seals, requests, what fits into one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from tests.cast import Cast, later
from tests.proceedings.stages import ANSWER, LETTER, abouts, actions, differences, do, fresh, numbers, opened

from lianxin.directory.models import Post
from lianxin.ledger import seals
from lianxin.ledger.acts import Act, Refused, Upload
from lianxin.ledger.door import record, record_many
from lianxin.ledger.models import Attachment, Clock, Entry, SealLeaf, Stay, part_id
from lianxin.ledger.sweep import sweep
from lianxin.ledger.verify import changed_since, verify, verify_span
from lianxin.orders import succession
from lianxin.orders.models import Order
from lianxin.orders.seen import Overtaken
from lianxin.proceedings.models import Proceeding
from lianxin.rules.worktime import SHANGHAI

FILE = Upload("照片.png", b"\x89PNG\r\n\x1a\n" + b"\x01" * 40)


# --- twins -----------------------------------------------------------------------------------
#: Each index and constraint on orders alone, with the reason why proceedings need no such thing.
ORDERS_ALONE: dict[str, str] = {}


def both() -> list[str]:
    """The tables whose rows hang on an order or a proceeding."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if {"order_id", "proceeding_id"} <= {field.attname for field in model._meta.concrete_fields}:
            found.append(model._meta.db_table)
    return sorted(found)


@dataclass(frozen=True)
class Index:
    name: str
    unique: bool
    keys: tuple[str, ...]
    condition: str

    @property
    def twin(self) -> tuple[bool, tuple[str, ...], str]:
        """What the same on proceedings would be; of one that is not unique its condition decides nothing."""
        keys = tuple(key.replace("order_id", "proceeding_id") for key in self.keys)
        return self.unique, keys, self.condition if self.unique else ""


def indexes(table: str) -> list[Index]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, i.indisunique, pg_get_expr(i.indpred, i.indrelid),"
            " ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnkeyatts) n)"
            " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = %s::regclass",
            [table],
        )
        return [Index(name, unique, tuple(keys), cond or "") for name, unique, cond, keys in cursor.fetchall()]


def constraints(table: str) -> dict[str, tuple[str, str]]:
    """Name -> (kind, definition) of each constraint but those that are indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype IN ('c', 'f', 'x')",
            [table],
        )
        return {name: (kind, definition) for name, kind, definition in cursor.fetchall()}


def test_there_are_such_tables(db: None) -> None:
    assert {"ledger_entry", "ledger_clock", "ledger_task", "ledger_stay", "ledger_notice"} <= set(both())


def test_each_index_of_orders_parts_has_its_twin(db: None) -> None:
    lonely = {}
    for table in both():
        here = indexes(table)
        there = {(i.unique, i.keys, i.condition if i.unique else "") for i in here}
        for index in here:
            named = any("order_id" in text for text in (*index.keys, index.condition))
            if named and index.twin not in there:
                lonely[index.name] = f"{table} {index.keys} {index.condition}"
    assert lonely.keys() == ORDERS_ALONE.keys(), lonely


def test_each_constraint_of_orders_parts_has_its_twin(db: None) -> None:
    lonely = {}
    for table in both():
        here = constraints(table)
        there = {definition for _, definition in here.values()}
        for name, (_, definition) in here.items():
            twin = definition.replace("order_id", "proceeding_id").replace("orders_order", "proceedings_proceeding")
            if re.search(r"\border_id\b", definition) and "proceeding_id" not in definition and twin not in there:
                lonely[name] = f"{table} {definition}"
    assert lonely.keys() <= ORDERS_ALONE.keys(), lonely


# --- of one root -----------------------------------------------------------------------------
def test_the_database_takes_no_part_of_no_root_and_none_of_two(db: None) -> None:
    for table in both():
        checks = [d.removeprefix("CHECK ") for kind, d in constraints(table).values() if kind == "c"]
        (check,) = (d for d in checks if re.search(r"\border_id\b.*\bproceeding_id\b", d))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {check} FROM (VALUES (1, NULL), (NULL, 2), (NULL, NULL), (1, 2)) t (order_id, proceeding_id)"
            )
            assert [found for (found,) in cursor.fetchall()] == [True, True, False, False], table


def test_nor_is_one_written(letter: Proceeding, orders: list[Order]) -> None:
    stay = Stay.objects.get(proceeding=letter)
    for order, proceeding in ((None, None), (orders[0].pk, letter.pk)):
        with pytest.raises(IntegrityError, match="stay_of_one_root"), transaction.atomic():
            Stay.objects.filter(pk=stay.pk).update(order=order, proceeding=proceeding)
    stay.pk += 30
    with pytest.raises(IntegrityError, match="one_current_stay_of_proceeding"), transaction.atomic():
        stay.save(force_insert=True)


# --- proof -----------------------------------------------------------------------------------
OF_PROCEEDING = {
    "ledger_delivery": "proceeding_id",
    "ledger_notice": "proceeding_id",
    "ledger_attachment": "proceeding_id",
    "ledger_enclosure": "entry_id >> 16",
    "ledger_formerdue": "proceeding_id",
    "ledger_clock": "proceeding_id",
    "ledger_task": "proceeding_id",
    "ledger_stay": "proceeding_id",
    "proceedings_about": "proceeding_id",
    "proceedings_proceedingfacts": "proceeding_id",
    "proceedings_wording": "proceeding_id",
    "ledger_entry": "proceeding_id",
    "proceedings_proceeding": "id",
}


def sql(statement: str, *values: Any) -> None:
    """As a superuser who has switched the triggers off."""
    with connection.cursor() as cursor:
        # What is still to be checked at the end of the transaction bars a table from nothing.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        try:
            cursor.execute(statement, values or None)
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def delete_whole(root: Proceeding) -> None:
    for table, key in OF_PROCEEDING.items():
        sql(f"DELETE FROM {table} WHERE {key} = %s", root.pk)


def test_every_table_of_proceedings_is_known_here() -> None:
    tables = {m._meta.db_table for m in apps.get_models() if m._meta.app_label == "proceedings"}
    assert tables | set(both()) <= OF_PROCEEDING.keys()


@pytest.fixture
def lived(base: Cast, orders: list[Order], early: datetime) -> Proceeding:
    """A letter with a file, answered."""
    said = LETTER(base, early) | {"numbers": numbers(orders)}
    letter = opened(base, "letter.sent", early, files=(FILE,), **said)
    do(base, "clerk@town", "letter.answered", letter.pk, later(early, hours=1), **ANSWER)
    return fresh(letter)


def table(statement: str) -> Callable[[Proceeding], None]:
    return lambda root: sql(statement, root.pk)


def slip_in(root: Proceeding) -> None:
    """An order more that it is about, beside the ledger."""
    pk = part_id(root.pk, root.parts + 1)
    sql(
        "INSERT INTO proceedings_about (id, proceeding_id, role, to_order_id, since, made_entry)"
        " SELECT %s, proceeding_id, role, to_order_id, since, made_entry FROM proceedings_about WHERE id ="
        " (SELECT min(id) FROM proceedings_about)",
        pk,
    )


def damage_file(root: Proceeding) -> None:
    from lianxin.ledger.attachments import place_of

    place_of(Attachment.objects.get(proceeding=root.pk).path).write_bytes(b"another")


TAMPERS: dict[str, tuple[Callable[[Proceeding], None], str]] = {
    "its level": (
        table("UPDATE proceedings_proceeding SET level = 'remind' WHERE id = %s"),
        "专办事项的“级别”与账目不符",
    ),
    "its state": (
        table("UPDATE proceedings_proceeding SET state = 'settled' WHERE id = %s"),
        "专办事项的“状态”与账目不符",
    ),
    "its end": (
        table("UPDATE proceedings_proceeding SET ended_at = now() WHERE id = %s"),
        "专办事项的“结束时间”与账目不符",
    ),
    "the unit that it goes to": (
        table("UPDATE proceedings_proceeding SET unit_id = home_id WHERE id = %s"),
        "专办事项的“对象单位”与账目不符",
    ),
    "what an entry says": (
        table("UPDATE ledger_entry SET payload = payload || '{\"level\": \"remind\"}' WHERE proceeding_id = %s"
              " AND number = 1"),
        "第 1 笔账目（letter.sent）被改动",
    ),
    "an entry taken out": (
        table("DELETE FROM ledger_entry WHERE proceeding_id = %s AND number = 2"),
        "第 2 笔账目",
    ),
    "what it is about taken out": (
        table("DELETE FROM proceedings_about WHERE proceeding_id = %s"),
        "有关对象",
    ),
    "what it is about, in another role": (
        table("UPDATE proceedings_about SET role = 'evidence' WHERE proceeding_id = %s"),
        "有关对象的“角色”与账目不符",
    ),
    "what it is about slipped in": (slip_in, "没有账目依据"),
    "since when a fact is known": (
        table("UPDATE proceedings_proceedingfacts SET known_from = known_from - interval '1 day'"
              " WHERE proceeding_id = %s"),
        "专办事项要素的“known from”与账目不符",
    ),
    "a former state": (
        table("UPDATE proceedings_proceedingfacts SET state = 'settled' WHERE proceeding_id = %s"
              " AND known_to IS NOT NULL"),
        "专办事项要素的“state”与账目不符",
    ),
    "its words": (
        table("UPDATE proceedings_wording SET text = '无事' WHERE proceeding_id = %s"),
        "专办事项文字的“内容”与账目不符",
    ),
    "the words of its document": (
        table("UPDATE ledger_enclosure SET body = body || '{\"paper\": []}' WHERE entry_id >> 16 = %s"),
        "文字被改动",
    ),
    "its deadline": (
        table("UPDATE ledger_clock SET due = due + interval '1 day' WHERE proceeding_id = %s"),
        "时限的“到期”与账目不符",
    ),
    "who answered for it": (
        table("DELETE FROM ledger_stay WHERE proceeding_id = %s AND left_at IS NOT NULL"),
        "缺失",
    ),
    "its file": (damage_file, "的文件被改动"),
    "its row alone": (
        table("DELETE FROM proceedings_proceeding WHERE id = %s"),
        "专办事项已被删除，还留有它的数据",
    ),
    "all of it": (delete_whole, "写入凭证记有这件专办事项，现已整件被删除"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERS)
def test_a_tamper_is_named(lived: Proceeding, what: str) -> None:
    tamper, sentence = TAMPERS[what]
    tamper(lived)
    named = differences()
    assert any(sentence in line for line in named), named
    # And nothing else is blamed for it: orders and their parts are as they were.
    assert not any(line.startswith("2026") for line in named), named


def test_an_untouched_one_is_not_named(lived: Proceeding) -> None:
    assert differences() == []


# --- seals -----------------------------------------------------------------------------------
def test_a_seal_covers_proceedings_and_tells_of_one_that_is_gone(
    base: Cast, lived: Proceeding, early: datetime
) -> None:
    assert seals.seal(timezone.now())
    leaf = SealLeaf.objects.get(kind="p")
    assert (leaf.key, leaf.number, bytes(leaf.digest)) == (lived.pk, 2, bytes(lived.head_digest))
    young = opened(base, "letter.sent", early, **LETTER(base, early))
    assert differences() == []
    assert [span.only for span in changed_since(leaf.seal_id)] == [(young.pk,)]
    seals.close(timezone.now().astimezone(SHANGHAI).date() - timedelta(days=1), timezone.now())
    assert differences() == []
    delete_whole(lived)
    named = differences()
    assert [line for line in named if "整件被删除" in line] == [
        f"专办事项 {lived.pk}：封签记有这件专办事项，现已整件被删除"
    ], named


def test_its_last_entry_taken_back_is_missed_by_the_seal(lived: Proceeding) -> None:
    seals.seal(timezone.now())
    sql("DELETE FROM ledger_enclosure WHERE entry_id = %s", part_id(lived.pk, 2))
    sql("DELETE FROM ledger_entry WHERE proceeding_id = %s AND number = 2", lived.pk)
    assert f"{lived.number}：封签记有第 2 笔账目，现已被删除" in differences()


def test_both_kinds_are_gone_through_in_one_walk(lived: Proceeding, orders: list[Order]) -> None:
    """A proof by spans: each root in exactly one, orders and proceedings alike."""
    from lianxin.ledger.verify import spans

    seen = list(spans())
    for root in (*orders, lived):
        assert sum(span.after < root.pk <= span.last for span in seen) == 1
    assert [d for span in seen for d in verify_span(span)] == []
    assert list(verify(centre=lived.centre_id)) == []


# --- requests --------------------------------------------------------------------------------
def test_the_same_request_sent_twice_is_done_once(base: Cast, early: datetime) -> None:
    act = Act("letter.sent", base.actor("supervisor"), early, LETTER(base, early), key="a-letter")
    first, second = record(act), record(act)
    assert (first.order, second.order, second.repeated) == (first.order, first.order, True)
    step = Act("letter.received", base.actor("clerk@town"), early, {}, order=first.order, key="a-receipt")
    assert [done.repeated for done in (record(step), record(step))] == [False, True]  # type: ignore[union-attr]
    assert Proceeding.objects.count() == 1
    assert Entry.objects.filter(proceeding=first.order).count() == 2
    other = Act("letter.sent", base.actor("supervisor"), early, LETTER(base, early, level="remind"), key="a-letter")
    with pytest.raises(Refused, match="已用于另一项操作"):
        record(other)
    assert differences() == []


def test_one_is_named_by_its_number(base: Cast, letter: Proceeding, early: datetime) -> None:
    record(Act("letter.received", base.actor("clerk@town"), early, {}, number=letter.number))
    assert fresh(letter).state == "received"
    with pytest.raises(Refused, match="没有这件专办事项"):
        record(Act("letter.received", base.actor("clerk@town"), early, {}, number="Z20261102-0999"))


STUDY = {"cause": "换热站容量不足。", "measures": "扩容换热站。"}


@pytest.fixture
def matter(base: Cast, orders: list[Order], early: datetime) -> Proceeding:
    do(base, "agent", "order.linked", orders[0].pk, early, number=orders[1].number)
    return Proceeding.objects.get(kind="matter")


def test_nobody_decides_on_what_he_has_not_seen(base: Cast, matter: Proceeding, early: datetime) -> None:
    def study(who: str, seen: int | None) -> Act:
        said = STUDY | {"due": later(early, days=5)}
        return Act("matter.studied", base.actor(who), early, said, order=matter.pk, seen=seen)

    record(study("leader", 1))
    with pytest.raises(Overtaken) as overtaken:
        record(study("supervisor", 1))
    assert overtaken.value.numbers == (2,)
    # What a clock does, and what he did himself, he has seen.
    sweep(later(early, days=9))
    record(study("supervisor", 2))
    record(study("supervisor", 2))
    assert fresh(matter).head_number == 5
    # Whoever had no page before him is not held up by it; in one batch it is the same.
    record(study("leader", None))
    results = record_many([study("supervisor", 6), study("leader", 6)], collect=True)
    assert [type(result).__name__ for result in results] == ["Overtaken", "Overtaken"]
    assert differences() == []


def test_what_is_only_put_on_record_needs_no_page(base: Cast, letter: Proceeding, early: datetime) -> None:
    record(Act("letter.received", base.actor("clerk@town"), early, {}, order=letter.pk, seen=0))
    assert fresh(letter).state == "received"


# --- how much fits into one ------------------------------------------------------------------
def test_a_full_one_is_only_ended(base: Cast, letter: Proceeding, early: datetime) -> None:
    Proceeding.objects.filter(pk=letter.pk).update(parts=60_000)
    with pytest.raises(Refused, match=r"Z20261102-0001 已有 6000\d 条记录，不能再增加，请办结后另立一件"):
        do(base, "clerk@town", "letter.received", letter.pk, later(early, hours=1))
    assert (fresh(letter).state, fresh(letter).parts) == ("sent", 60_000)
    # Its clock rings, and its owner follows the post, all the same.
    sweep(later(early, days=9))
    Post.objects.filter(pk=base.posts["clerk@town"].pk).update(holder_a=base.staff["principal@town"])
    succession.follow_posts(later(early, days=9))
    assert actions(letter)[1:] == ["proceeding.breached", "proceeding.handed_over"]
    assert fresh(letter).owner_person == base.staff["principal@town"]
    do(base, "supervisor", "letter.withdrawn", letter.pk, later(early, days=9), note="另发一件")
    assert fresh(letter).state == "withdrawn"


def test_what_fits_nowhere_is_refused_and_keeps_no_other_waiting(base: Cast, early: datetime) -> None:
    full, other = (opened(base, "letter.sent", early, **LETTER(base, early)) for _ in range(2))
    Proceeding.objects.filter(pk=full.pk).update(head_number=65_535)
    assert sweep(later(early, days=9)) == 1
    assert actions(other) == ["letter.sent", "proceeding.breached"]
    with pytest.raises(Refused, match="已有 65535 条记录"):
        do(base, "supervisor", "letter.withdrawn", full.pk, later(early, days=9))


def test_an_act_names_so_many_orders_at_most(base: Cast, early: datetime) -> None:
    with pytest.raises(Refused) as refused:
        opened(base, "letter.sent", early, **LETTER(base, early), numbers=[f"{n}" for n in range(201)])
    assert refused.value.problems == {"numbers": "最多填写 200 项"}


def test_the_clocks_of_both_kinds_ring_in_one_sweep(base: Cast, lived: Proceeding, early: datetime) -> None:
    letter = opened(base, "letter.sent", early, **LETTER(base, early))
    waiting = base.register(early)
    Order.objects.filter(pk=waiting.pk).update(marked_clock=False)
    Clock.objects.filter(order=waiting).update(next_at=early)
    assert sweep(later(early, days=9), batch=2) >= 2
    assert actions(letter) == ["letter.sent", "proceeding.breached"]
    assert "clock.breached" in actions(waiting)


def test_what_it_is_about_is_found_from_the_order(lived: Proceeding, orders: list[Order]) -> None:
    assert [about.proceeding for order in orders for about in order.spoken_of.all()] == [lived, lived]
    assert len(abouts(lived)) == 2
