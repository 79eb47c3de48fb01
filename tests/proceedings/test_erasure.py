"""Words go when their time is over, wherever they were quoted; the ledger still proves itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from tests.cast import Cast, later, make_cast, request
from tests.proceedings.stages import ANSWER, HEARING, LETTER, SENT_BACK, actions, differences, do, fresh, opened
from tests.rulebooks import stored

from lianxin.ledger.acts import Act, Refused, Upload
from lianxin.ledger.door import record
from lianxin.ledger.erased import GONE
from lianxin.ledger.models import Attachment, Enclosure
from lianxin.ledger.store import read_times_fast
from lianxin.ops.jobs import erase as nightly
from lianxin.orders.erasure import erase as erase_order
from lianxin.orders.models import Order
from lianxin.proceedings.erasure import erase_expired
from lianxin.proceedings.models import Proceeding, Wording
from lianxin.rules.policy_retention import Keep

#: Stands nowhere else.
WORD = "青鸾巷七号"
SHEET = Upload("单.pdf", b"%PDF-1.7\n%%EOF")


def holding(word: str) -> list[str]:
    """The tables of the database in which this word stands, in whatever column, texts within JSON and arrays too."""
    escaped = word.encode("ascii", "backslashreplace").decode().replace("\\", "\\\\")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        found = []
        for (table,) in cursor.fetchall():
            # The whole row as text: every column of it.
            cursor.execute(
                f"SELECT EXISTS (SELECT FROM {table} t WHERE t::text LIKE ANY (ARRAY[%s, %s, %s]))",
                [f"%{word}%", f"%{escaped}%", f"%{word.encode().hex()}%"],
            )
            if cursor.fetchone() == (True,):
                found.append(table.removeprefix("public."))
    return sorted(found)


def in_files(folder: Path, word: str) -> list[Path]:
    return [place for place in folder.rglob("*") if place.is_file() and word.encode() in place.read_bytes()]


def marked(cast: Cast, at: datetime) -> Order:
    """An order that names the place in its title and text, and in a file."""
    said = request(title=f"{WORD}暖气不热", text=f"来电人住{WORD}，室温只有 14℃。", requests=[f"检修{WORD}的暖气"])
    file = Upload("现场.pdf", f"%PDF-1.7\n{WORD}\n%%EOF".encode())
    pk = record(Act("order.registered", cast.actor("agent"), at, said, files=(file,))).order
    return Order.objects.get(pk=pk)


@pytest.mark.django_db(transaction=True)
def test_a_word_of_an_order_that_documents_quote_goes_with_the_order(early: datetime, attachments: Path) -> None:
    base = make_cast("base", "base")
    order = marked(base, early)
    about = {"numbers": [order.number]}
    letter = opened(base, "letter.sent", early, **LETTER(base, early), **about)
    opened(base, "hearing.called", early, **HEARING(base, early), **about)
    units = [base.units["town"].pk, base.units["bureau"].pk]
    opened(base, "meeting.called", early, title="供暖职责", text="职责交叉，请研究。", units=units,
           due=later(early, days=2), **about)  # fmt: skip
    other = Order.objects.get(pk=record(Act("order.registered", base.actor("agent"), early, request())).order)
    do(base, "agent", "order.linked", other.pk, early, number=order.number)
    assert actions(order).count("order.quoted") == 3
    assert {"ledger_enclosure", "orders_appeal"} <= set(holding(WORD))
    assert not [table for table in holding(WORD) if table.startswith("proceedings_")]
    assert len(in_files(attachments, WORD)) == 1
    do(base, "agent", "order.withdrawn", order.pk, later(early, hours=1), reason="要求撤单。", told="已撤单。")
    order.refresh_from_db()
    erase_order(order, timezone.now())
    assert holding(WORD) == []
    assert in_files(attachments, WORD) == []
    assert differences() == []
    # The letter goes on without it, and a new document quotes it no more.
    do(base, "clerk@town", "letter.answered", letter.pk, later(early, hours=2), **ANSWER)
    late = opened(base, "letter.sent", later(early, hours=3), **LETTER(base, later(early, hours=3)), **about)
    assert actions(order).count("order.quoted") == 3
    assert fresh(late).state == "sent"
    assert differences() == []


# --- the proceeding's own words --------------------------------------------------------------
def keeping(cast: Cast, years: str) -> None:
    """The pack in force keeps proceedings so long."""
    rule = {"id": "keeping:years", "title": "保存期", "origin": "测试", "sets": ["retention.proceedings"]}
    stored(cast, "keeping", rule=[rule], retention={"proceedings": years})  # type: ignore[arg-type]


def ended(cast: Cast, at: datetime, *files: Upload) -> Proceeding:
    """A letter that names the place, answered, sent back and taken back, on a marked clock."""
    said = LETTER(cast, at) | {"title": f"{WORD}供暖", "text": f"{WORD}供暖诉求集中，请核查。"}
    act = Act("letter.sent", cast.actor("supervisor"), at, said, recorded_at=at, files=files)
    pk = record(act).order
    answer = ANSWER | {"cause": f"{WORD}阀门老化。", "measures": f"更换{WORD}阀门。"}
    cast.do("clerk@town", "letter.answered", pk, at, **answer)
    cast.do("supervisor", "letter.sent_back", pk, at, reason=f"{WORD}{SENT_BACK}", due=later(at, days=3))
    cast.do("supervisor", "letter.withdrawn", pk, at, note=f"{WORD}另案处理")
    return Proceeding.objects.get(pk=pk)


def over() -> datetime:
    found = Keep(5).before(timezone.now())
    assert found
    return found


def test_retention_proceedings_decides_when_the_words_go(base: Cast) -> None:
    old = ended(base, over() - timedelta(minutes=1))
    assert erase_expired(timezone.now()) == 0, "the base keeps them for good"
    young = opened(base, "letter.sent", timezone.now(), **LETTER(base, timezone.now()))
    keeping(base, "6 years")
    assert erase_expired(timezone.now()) == 0
    keeping_less(base)
    assert [erase_expired(timezone.now()) for _ in range(2)] == [1, 0]
    assert holding(WORD) == []
    assert fresh(old).erased_at is not None
    assert (fresh(young).erased_at, Wording.objects.get(proceeding=young).title) == (None, "供暖诉求集中反映")
    bodies = [str(e.body) for e in Enclosure.objects.filter(entry__proceeding=old)]
    assert all(GONE in body for body in bodies)
    assert len(bodies) == 4
    assert differences() == []


def keeping_less(cast: Cast) -> None:
    rule = {"id": "less:years", "title": "保存期", "origin": "测试", "sets": ["retention.proceedings"]}
    stored(cast, "less", rule=[rule], retention={"proceedings": "5 years"})  # type: ignore[arg-type]


def test_the_nightly_job_does_it(base: Cast) -> None:
    ended(base, over() - timedelta(minutes=1))
    keeping(base, "5 years")
    with pytest.MonkeyPatch.context() as patch:
        # The test's own transaction is the connection's.
        patch.setattr("lianxin.ops.jobs.close_old_connections", lambda: None)
        nightly(0)
    assert holding(WORD) == []


@pytest.mark.django_db(transaction=True)
def test_its_files_go_too_unless_another_root_has_the_same(attachments: Path) -> None:
    base, own = make_cast("base", "base"), Upload("表.png", b"\x89PNG\r\n\x1a\n" + b"\x02" * 40)
    letter = ended(base, over() - timedelta(minutes=1), own, SHEET)
    record(Act("order.registered", base.actor("agent"), timezone.now(), request(), files=(SHEET,)))
    keeping(base, "5 years")
    assert erase_expired(timezone.now()) == 1
    assert [place.name for place in attachments.rglob("*") if place.is_file()] == [SHEET.sha256.hex()]
    assert set(Attachment.objects.filter(proceeding=letter).values_list("name", flat=True)) == {""}
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_a_file_of_an_order_stays_while_a_letter_has_it(attachments: Path, early: datetime) -> None:
    base = make_cast("base", "base")
    pk = record(Act("order.registered", base.actor("agent"), early, request(), files=(SHEET,))).order
    letter = opened(base, "letter.sent", early, **LETTER(base, early), files=(SHEET,))
    do(base, "agent", "order.withdrawn", pk, later(early, hours=1), reason="要求撤单。", told="已撤单。")
    erase_order(Order.objects.get(pk=pk), timezone.now())
    assert [place.name for place in attachments.rglob("*") if place.is_file()] == [SHEET.sha256.hex()]
    assert differences() == []
    do(base, "supervisor", "letter.withdrawn", letter.pk, later(early, hours=1))
    record(Act("proceeding.erased", base.actor("system"), timezone.now(), {}, order=letter.pk))


def test_one_that_is_open_keeps_its_words(base: Cast, letter: Proceeding, early: datetime) -> None:
    for who, sentence in (("system", "还没有办结"), ("admin", "您的岗位不能")):
        with pytest.raises(Refused, match=sentence):
            do(base, who, "proceeding.erased", letter.pk, later(early, hours=1))
    assert Wording.objects.get(proceeding=letter).title


def test_it_is_erased_once(base: Cast) -> None:
    letter = ended(base, over() - timedelta(minutes=1))
    keeping(base, "5 years")
    erase_expired(timezone.now())
    with pytest.raises(Refused, match="原文已经删除"):
        do(base, "system", "proceeding.erased", letter.pk, timezone.now())


def test_words_taken_away_behind_the_ledgers_back_are_named(base: Cast, early: datetime) -> None:
    letter = ended(base, early)
    with connection.cursor() as cursor:
        read_times_fast(cursor)
    enclosure = Enclosure.objects.filter(entry__proceeding=letter).earliest("pk")
    Enclosure.objects.filter(pk=enclosure.pk).update(body={"title": GONE}, erased_at=early)
    assert [line.partition("：")[0] for line in differences()] == [letter.number]


def test_one_that_is_refused_does_not_stop_the_night(base: Cast, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = ended(base, over() - timedelta(minutes=2)), ended(base, over() - timedelta(minutes=1))
    keeping(base, "5 years")
    Proceeding.objects.filter(pk=bad.pk).update(pack="gone@1")
    assert erase_expired(timezone.now()) == 1
    assert list(Proceeding.objects.exclude(erased_at=None)) == [good]
    assert f"proceeding {bad.number} was not erased" in caplog.text
