"""Whatever somebody does to the database behind our back, superuser or not, `verify` names it (K12).

Each case says where it is named.  The key of the proof lies outside the database, and so do the writers' notes; the
root is the one that was printed last.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests.cast import Cast, request
from tests.orders.stages import REASON, TOLD

from lianxin.directory.models import Category, Staff
from lianxin.ledger import journal, seals
from lianxin.ledger.acts import Act
from lianxin.ledger.chain import canonical
from lianxin.ledger.door import record
from lianxin.ledger.models import Attestation, Entry, Journal, Seal, SealLeaf
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.rules.worktime import SHANGHAI

pytestmark = pytest.mark.django_db(transaction=True)
#: Every table that holds something of one order, with the expression that names it.
OF_ORDER = {
    "ledger_notice": "order_id",
    "ledger_attachment": "order_id",
    "ledger_enclosure": "entry_id >> 16",
    "followup_callback": "order_id",
    "ledger_formerdue": "order_id",
    "orders_formerrole": "order_id",
    "ledger_clock": "order_id",
    "ledger_task": "order_id",
    "ledger_stay": "order_id",
    "orders_facts": "order_id",
    "orders_share": "order_id",
    "orders_appeal": "order_id",
    "orders_caller": "order_id",
    "ledger_entry": "order_id",
    "orders_order": "id",
}


class Site:
    """A centre with some days behind it: two printed roots, orders sealed and not yet sealed."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        day = timezone.now() - timedelta(hours=3)
        topic = Category.objects.filter(centre=cast.centre, name="路灯").get()
        topic.name = "路灯照明"
        topic.save()
        self.old, self.mid, self.new = (self.lived(day + timedelta(minutes=n)) for n in range(3))
        journal.write(cast.centre.pk, "replies.exported", at=day, staff=None, payload={"from": "2026-11-01"})
        seals.seal(timezone.now())
        made = seals.close(timezone.now().astimezone(SHANGHAI).date() - timedelta(days=1), timezone.now())
        assert made
        self.root = bytes(made.digest).hex()
        self.today = self.lived(day + timedelta(minutes=10))
        seals.seal(timezone.now())
        self.fresh = self.lived(day + timedelta(minutes=20))
        journal.write(cast.centre.pk, "replies.exported", at=day, staff=None, payload={"from": "2026-11-02"})

    def lived(self, at: Any) -> Order:
        """An order with two entries."""
        pk = record(Act("order.registered", self.cast.actor("agent"), at, request(), key=f"key-{at}")).order
        units = {"shares": [{"unit": self.cast.units["town"].pk}], "basis": "law"}
        record(Act("order.dispatched", self.cast.actor("dispatcher"), at, units, order=pk))
        return Order.objects.get(pk=pk)

    def named(self) -> list[str]:
        return [str(d) for d in verify(root=self.root)]


def sql(statement: str, *values: Any) -> None:
    """As a superuser who has switched the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            cursor.execute(statement, values or None)
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def delete_whole(order: Order) -> None:
    for table, key in OF_ORDER.items():
        sql(f"DELETE FROM {table} WHERE {key} = %s", order.pk)


def fabricate(site: Site) -> None:
    """An order made of another one's rows, its chain computed anew: right in itself."""
    old, pk = site.old, site.fresh.pk + 50
    for table, key in OF_ORDER.items():
        with connection.cursor() as cursor:
            cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
            names = [name for (name,) in cursor.fetchall()]
        moved = {"order_id": str(pk), "id": f"({pk}::bigint << 16) | (id & 65535)", "number": "number", "key": "NULL"}
        moved |= {"share_id": f"({pk}::bigint << 16) | (share_id & 65535)"}
        moved |= {"entry_id": f"({pk}::bigint << 16) | (entry_id & 65535)"}
        if table == "orders_order":
            moved |= {"id": str(pk), "number": "left(number, 9) || '0777'", "upstream_number": "NULL"}
        if table == "ledger_notice":
            continue
        chosen = ", ".join(moved.get(name, f'"{name}"') for name in names)
        quoted = ", ".join(f'"{name}"' for name in names)
        sql(f"INSERT INTO {table} ({quoted}) SELECT {chosen} FROM {table} WHERE {key} = %s", old.pk)
    rechain(pk)
    number = Order.objects.get(pk=pk).number
    sql("UPDATE ledger_entry SET derived = jsonb_set(derived, '{number}', %s) WHERE order_id = %s AND number = 1",
        json.dumps(number), pk)  # fmt: skip
    sql(
        "UPDATE ledger_entry SET derived = replace(derived::text, %s, %s)::jsonb WHERE order_id = %s",
        str(old.pk << 16)[:-4], str(pk << 16)[:-4], pk,
    )  # fmt: skip
    rechain(pk)


def rechain(pk: int) -> None:
    from lianxin.ledger.chain import GENESIS, entry_digest

    previous = GENESIS
    for entry in Entry.objects.filter(order=pk).order_by("number"):
        previous = entry_digest(entry, previous)
        sql("UPDATE ledger_entry SET digest = %s WHERE id = %s", previous, entry.pk)
    sql("UPDATE orders_order SET head_digest = %s WHERE id = %s", previous, pk)


def rewritten_entry(site: Site, order: Order) -> None:
    """Another unit's basis in an old entry, the rest of the chain made right again."""
    sql(
        'UPDATE ledger_entry SET payload = payload || \'{"basis": "duty_list"}\' WHERE order_id = %s AND number = 2',
        order.pk,
    )
    sql("UPDATE orders_share SET basis = 'duty_list' WHERE order_id = %s", order.pk)
    rechain(order.pk)


def drop_newest_seal(site: Site) -> None:
    last = Seal.objects.order_by("-number")[0]
    sql("DELETE FROM ledger_sealeddirectory WHERE seal_id = %s", last.number)
    sql("DELETE FROM ledger_allotment WHERE seal_id = %s", last.number)
    sql("DELETE FROM ledger_sealleaf WHERE seal_id = %s", last.number)
    sql("DELETE FROM ledger_seal WHERE number = %s", last.number)


def rewrite_all_seals(site: Site) -> None:
    """Every seal made anew without the old order, chained rightly, but without the key."""
    delete_whole(site.old)
    sql("DELETE FROM ledger_sealleaf WHERE kind = 'o' AND key = %s", site.old.pk)
    sql("DELETE FROM ledger_attestation WHERE %s = ANY(roots)", site.old.pk)
    previous = bytes(32)
    for seal in Seal.objects.order_by("number"):
        leaves = SealLeaf.objects.filter(seal=seal).order_by("kind", "key", "number")
        heads = [seals.leaf(x.kind, x.key, x.number, bytes(x.digest)) for x in leaves]
        seal.root, seal.heads, seal.previous = seals.merkle(heads), len(heads), previous
        seal.digest = previous = seals.seal_digest(seal)
        sql(
            "UPDATE ledger_seal SET root = %s, heads = %s, previous = %s, digest = %s WHERE number = %s",
            seal.root, seal.heads, seal.previous, seal.digest, seal.number,
        )  # fmt: skip


def forged_attestation(site: Site) -> None:
    """What an attacker without the key can do to make a fabricated entry look attested."""
    fabricate(site)
    order = Order.objects.order_by("-pk")[0]
    heads = [["o", order.pk, order.head_number, bytes(order.head_digest).hex()]]
    mac = hashlib.sha256(canonical(heads)).digest()
    sql(
        "INSERT INTO ledger_attestation (writer, number, written_at, heads, mac, roots)"
        " VALUES (7, 1, now(), %s, %s, ARRAY[%s::bigint])",
        json.dumps(heads), mac, order.pk,
    )  # fmt: skip


TAMPERS: dict[str, tuple[Callable[[Site], Any], str]] = {
    "an order fabricated whole with a right chain": (fabricate, "没有写入凭证"),
    "the same with a forged attestation": (forged_attestation, "没有写入凭证"),
    "the time of writing moved": (
        lambda s: sql(
            "UPDATE ledger_entry SET written_at = written_at + interval '1 day' WHERE order_id = %s", s.old.pk
        ),
        "第 1 笔账目（order.registered）被改动",
    ),
    "a sealed entry rewritten, the chain made right": (lambda s: rewritten_entry(s, s.old), "与封签不符"),
    "an unsealed entry rewritten, the chain made right": (lambda s: rewritten_entry(s, s.fresh), "写入凭证"),
    "the newest seal deleted": (drop_newest_seal, "号封签，现已缺失"),
    "the newest seal deleted, then an order that it covers": (
        lambda s: (drop_newest_seal(s), delete_whole(s.today)),
        "号封签，现已缺失",
    ),
    "a sealed order deleted whole": (lambda s: delete_whole(s.old), "封签记有这件工单，现已整件被删除"),
    "an order of a closed day deleted with its leaves and attestation": (rewrite_all_seals, "没有一枚封签与给出的摘要"),
    "an unsealed order deleted whole": (lambda s: delete_whole(s.fresh), "写入凭证记有这件工单，现已整件被删除"),
    "an unsealed order deleted with its attestations": (
        lambda s: (delete_whole(s.fresh), sql("DELETE FROM ledger_attestation WHERE seal IS NULL")),
        "末尾的凭证连同它所证明的账目可能已被删除",
    ),
    "an order's row alone deleted": (
        lambda s: sql("DELETE FROM orders_order WHERE id = %s", s.mid.pk),
        "工单已被删除，还留有它的数据",
    ),
    "an order's number missing": (lambda s: delete_whole(s.mid), "封签记有这个编号的工单，现已缺失"),
    "the last lines of the journal deleted": (
        lambda s: sql("DELETE FROM ledger_journal WHERE id = (SELECT max(id) FROM ledger_journal)"),
        "写入凭证记有第 2 行，现已被删除或改动",
    ),
    "a sealed line of the journal deleted with the rest": (
        lambda s: sql("DELETE FROM ledger_journal"),
        "封签记有第 1 行，现已被删除",
    ),
    "a line added to the journal, rightly chained": (lambda s: add_line(s), "没有写入凭证，不是本系统写入的"),
    "the request of an entry taken out": (
        lambda s: sql("UPDATE ledger_entry SET key = NULL, request_digest = NULL WHERE order_id = %s", s.old.pk),
        "第 1 笔账目（order.registered）被改动",
    ),
    "who acted changed": (
        lambda s: sql(
            "UPDATE ledger_entry SET staff_id = %s WHERE order_id = %s AND number = 1",
            Staff.objects.order_by("-pk")[0].pk,
            s.old.pk,
        ),
        "第 1 笔账目（order.registered）被改动",
    ),
    "by what way it came changed": (
        lambda s: sql("UPDATE ledger_entry SET via = 'import' WHERE order_id = %s AND number = 1", s.old.pk),
        "第 1 笔账目（order.registered）被改动",
    ),
    "a post handed to another": (
        lambda s: sql(
            "UPDATE directory_post SET holder_a_id = holder_b_id, holder_b_id = NULL WHERE id = %s",
            s.cast.posts["auditor"].pk,
        ),
        "不是由本系统改成这样的",
    ),
    "a person's password set": (
        lambda s: sql("UPDATE directory_staff SET password = 'x' WHERE id = %s", s.cast.staff["leader"].pk),
        "不是由本系统改成这样的",
    ),
    "a holiday slipped in": (
        lambda s: sql(
            "INSERT INTO directory_holiday (centre_id, day, is_workday, name) VALUES (%s, '2026-11-27', false, '')",
            s.cast.centre.pk,
        ),
        "不是由本系统改成这样的",
    ),
    "a past of a unit slipped in": (
        lambda s: sql(
            "INSERT INTO directory_formerunit (centre_id, row_id, parent_id, code, name, position, active, known_to,"
            " short_name, type, ranking_group, created_at) SELECT centre_id, id, parent_id, code, '旧名', position,"
            " active, now(), short_name, type, '', created_at FROM directory_unit WHERE id = %s",
            s.cast.units["town"].pk,
        ),
        "不是由本系统改成这样的",
    ),
    "what a category was called changed": (
        lambda s: sql("UPDATE directory_formercategory SET name = '别的' WHERE centre_id = %s", s.cast.centre.pk),
        "不是由本系统改成这样的",
    ),
    "what a category was called deleted": (
        lambda s: sql("DELETE FROM directory_formercategory WHERE centre_id = %s", s.cast.centre.pk),
        "被删除，没有记录",
    ),
    "a post deleted": (
        lambda s: sql("DELETE FROM directory_post WHERE id = %s", s.cast.posts["patrol"].pk),
        "被删除，没有记录",
    ),
    "a clock moved": (
        lambda s: sql("UPDATE ledger_clock SET due = due + interval '1 day' WHERE order_id = %s", s.old.pk),
        "时限的“到期”与账目不符",
    ),
    "the text of the request changed": (
        lambda s: sql("UPDATE orders_appeal SET text = '无事' WHERE order_id = %s", s.old.pk),
        "与账目不符",
    ),
    "words changed in the enclosure": (
        lambda s: sql(
            'UPDATE ledger_enclosure SET body = body || \'{"text": "无事"}\' WHERE entry_id = %s', (s.old.pk << 16) + 1
        ),
        "文字被改动",
    ),
    "an enclosure deleted": (
        lambda s: sql("DELETE FROM ledger_enclosure WHERE entry_id = %s", (s.old.pk << 16) + 1),
        "文字缺失",
    ),
    "the caller's number changed": (
        lambda s: sql("UPDATE orders_caller SET phone_hash = last4_hash WHERE order_id = %s", s.old.pk),
        "与账目不符",
    ),
    "a leaf of a seal deleted": (
        lambda s: sql("DELETE FROM ledger_sealleaf WHERE kind = 'o' AND key = %s", s.old.pk),
        "封签被改动",
    ),
    "the count of a seal changed": (lambda s: sql("UPDATE ledger_seal SET entries = entries + 1"), "封签被改动"),
    "a seal added without the key": (lambda s: add_seal(s), "不是本系统所做的封签"),
    "a seal in the middle deleted": (
        lambda s: sql("DELETE FROM ledger_seal WHERE number = 2"),
        "第 2 号封签缺失",
    ),
    "the list of unused numbers changed": (
        lambda s: (delete_whole(s.mid), sql("UPDATE ledger_allotment SET unused = '[[1, 3]]'")),
        "编号清点被改动",
    ),
    "an attestation deleted in the middle": (
        lambda s: sql("DELETE FROM ledger_attestation WHERE id = (SELECT min(id) + 1 FROM ledger_attestation)"),
        "写入凭证：缺少 1 份",
    ),
    "an attestation changed": (
        lambda s: sql(
            "UPDATE ledger_attestation SET written_at = written_at - interval '1 hour'"
            " WHERE id = (SELECT max(id) FROM ledger_attestation)"
        ),
        "的一份被改动",
    ),
    "an entry deleted at the end, the tables reverted": (lambda s: take_back(s), "封签记有第 2 笔账目，现已被删除"),
}


def add_line(site: Site) -> None:
    last = Journal.objects.order_by("-number")[0]
    line = Journal(centre_id=last.centre_id, number=last.number + 1, action="unit.renamed", at=last.at, payload={})
    sql(
        "INSERT INTO ledger_journal (centre_id, number, action, at, payload, digest) VALUES (%s, %s, %s, %s, '{}', %s)",
        line.centre_id, line.number, line.action, line.at, journal.digest(line, bytes(last.digest)),
    )  # fmt: skip


def add_seal(site: Site) -> None:
    last = Seal.objects.order_by("-number")[0]
    seal = Seal(
        number=last.number + 1, made_at=timezone.now(), entries=0, heads=0, root=bytes(32), previous=last.digest
    )
    seal.digest, seal.mac = seals.seal_digest(seal), bytes(32)
    sql(
        "INSERT INTO ledger_seal (number, made_at, entries, heads, root, previous, digest, mac)"
        " VALUES (%s, %s, 0, 0, %s, %s, %s, %s)",
        seal.number, seal.made_at, seal.root, bytes(last.digest), seal.digest, seal.mac,
    )  # fmt: skip


def take_back(site: Site) -> None:
    """The dispatch never happened: its entry and all that came of it are gone, the order waits as before."""
    order = site.old
    kept = {"orders_share": "false", "ledger_clock": "kind = 'dispatch'", "ledger_stay": "node = 'dispatch'"}
    for table, keep in kept.items():
        sql(f"DELETE FROM {table} WHERE order_id = %s AND NOT ({keep})", order.pk)
    sql("DELETE FROM ledger_notice WHERE order_id = %s", order.pk)
    sql("DELETE FROM ledger_enclosure WHERE entry_id = %s", (order.pk << 16) + 2)
    sql("DELETE FROM ledger_entry WHERE order_id = %s AND number = 2", order.pk)


@pytest.fixture
def site(transactional_db: None) -> Site:
    from tests.cast import make_cast

    return Site(make_cast("base", "base"))


def test_an_untouched_site_has_no_differences(site: Site) -> None:
    assert site.named() == []
    # What is done by the product itself is no tamper: an act, a correction of the directory, a deletion, a seal.
    record(
        Act(
            "order.withdrawn",
            site.cast.actor("callback"),
            timezone.now(),
            {"reason": REASON, "told": TOLD},
            order=site.old.pk,
        )
    )
    site.cast.units["heat"].name = "城市热力公司"
    site.cast.units["heat"].save()
    Staff.objects.filter(pk=site.cast.staff["leader"].pk).update(title="主任")
    site.cast.posts["patrol"].delete()
    assert site.named() == []
    seals.seal(timezone.now())
    seals.close_days(timezone.now() + timedelta(days=1))
    assert site.named() == []


@pytest.mark.parametrize("what", TAMPERS)
def test_a_tamper_is_named(site: Site, what: str) -> None:
    tamper, sentence = TAMPERS[what]
    tamper(site)
    named = site.named()
    assert any(sentence in line for line in named), named


def test_a_password_that_its_owner_changed_is_no_tamper_whenever_it_was_sealed(site: Site) -> None:
    seals.seal(timezone.now())
    person = site.cast.staff["leader"]
    person.set_password("another one that is long enough")
    person.save(update_fields=["password"])
    assert site.named() == []
    seals.seal(timezone.now())
    assert site.named() == []
    Staff.objects.filter(pk=person.pk).update(title="主任")
    assert site.named() == []


def test_a_past_that_was_slipped_in_is_not_covered_up_by_a_change_of_the_unit(site: Site) -> None:
    tamper, sentence = TAMPERS["a past of a unit slipped in"]
    tamper(site)
    site.cast.units["town"].name = "大店镇人民政府"
    site.cast.units["town"].save()
    seals.seal(timezone.now())
    assert [sentence in line for line in site.named()] == [True]


@pytest.mark.parametrize("what", ["a sealed order deleted whole", "an unsealed order deleted whole", "a post deleted"])
def test_the_next_seals_do_not_cover_it_up(site: Site, what: str) -> None:
    tamper, _ = TAMPERS[what]
    tamper(site)
    seals.seal(timezone.now())
    seals.close_days(timezone.now() + timedelta(days=1))
    assert [line for line in site.named() if "被删除" in line or "缺失" in line]


def test_what_was_fabricated_gets_under_no_seal(site: Site) -> None:
    fabricate(site)
    pk = Order.objects.order_by("-pk")[0].pk
    seals.seal(timezone.now())
    assert not SealLeaf.objects.filter(kind="o", key=pk).exists()
    assert any("没有写入凭证" in line for line in site.named())


def test_without_the_key_nobody_can_say_that_all_is_well(site: Site, tmp_path: Any, settings: Any) -> None:
    from lianxin.directory import keyring

    settings.KEYS_DIR = tmp_path / "other-keys"
    keyring.proof.cache_clear()
    try:
        assert any("缺少原来的密钥" in line for line in site.named())
    finally:
        keyring.proof.cache_clear()


def test_a_refused_act_burns_a_number_and_nobody_misses_it(site: Site) -> None:
    from lianxin.ledger.acts import Refused

    with pytest.raises(Refused):
        record(Act("order.registered", site.cast.actor("agent"), timezone.now(), request(category=999_999)))
    site.lived(timezone.now())
    now = timezone.now()
    seals.close(now.astimezone(SHANGHAI).date(), now)
    assert site.named() == []
    assert Attestation.objects.exists()


def test_a_writer_that_was_idle_while_its_note_was_dropped_has_one_again(site: Site) -> None:
    """Another thread's pruning takes the note of one that is alive and has had nothing to do for days."""
    from lianxin.ledger import attest

    mine = Attestation.objects.order_by("-pk")[0].writer
    other = threading.Thread(target=attest.forget, args=([mine],))
    other.start()
    other.join()
    assert mine not in dict(attest.noted())
    site.lived(timezone.now())
    last = Attestation.objects.filter(writer=mine).order_by("-number")[0]
    assert dict(attest.noted())[mine] == last.number
    assert site.named() == []
    sql("DELETE FROM ledger_attestation WHERE id = %s", last.pk)
    assert any("末尾的凭证" in line for line in site.named())


FORGED = "UPDATE directory_staff SET name = %s, is_superuser = true WHERE id = %s"


def own_password(person: Staff) -> None:
    """As the page of one's own password does it."""
    person.refresh_from_db()
    person.set_password("another one that is long enough")
    person.save()
    Staff.objects.filter(pk=person.pk).update(must_change_password=False)


def one_column(person: Staff) -> None:
    person.title = "主任"
    person.save(update_fields=["title"])


def stale_row(person: Staff) -> None:
    """Loaded before it was forged: a change goes over it, and nobody can say any more what was there."""
    person.title = "主任"
    person.save()


def many_rows(person: Staff) -> None:
    person.refresh_from_db()
    person.title = "主任"
    Staff.objects.bulk_update([person], ["title"])


def deferred_row(person: Staff) -> None:
    found = Staff.objects.only("title").get(pk=person.pk)
    found.title = "主任"
    found.save()


WASHING: list[Callable[[Staff], None]] = [own_password, one_column, stale_row, many_rows, deferred_row]


@pytest.mark.parametrize("change", WASHING)
def test_a_forged_row_is_not_washed_clean_by_the_next_change(site: Site, change: Callable[[Staff], None]) -> None:
    person = site.cast.staff["leader"]
    sql(FORGED, "无此人", person.pk)
    assert len(site.named()) == 1
    change(person)
    seals.seal(timezone.now())
    assert ["不是由本系统改成这样的" in line for line in site.named()] == [True]


@pytest.mark.parametrize("change", WASHING)
def test_the_same_changes_of_a_row_of_ours_are_no_tamper(site: Site, change: Callable[[Staff], None]) -> None:
    change(site.cast.staff["leader"])
    seals.seal(timezone.now())
    assert site.named() == []


def test_beside_a_forged_row_the_others_are_changed_and_proven(site: Site) -> None:
    sql(FORGED, "无此人", site.cast.staff["leader"].pk)
    Staff.objects.filter(centre=site.cast.centre).update(title="主任")
    named = site.named()
    assert len(named) == 1
    assert "无此人" in named[0]


@pytest.mark.parametrize("change", ["saved", "updated"])
def test_the_past_of_a_forged_unit_stays_unproven(site: Site, change: str) -> None:
    """What the trigger keeps of it is what was forged."""
    unit = site.cast.units["town"]
    sql("UPDATE directory_unit SET name = %s WHERE id = %s", "别的镇", unit.pk)
    if change == "saved":
        unit.name = "大店镇人民政府"
        unit.save()
    else:
        type(unit).objects.filter(pk=unit.pk).update(name="大店镇人民政府")
    named = site.named()
    assert ["不是由本系统改成这样的" in line for line in named] == [True, True], named
