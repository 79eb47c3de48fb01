"""Words and callers can be erased when their time is over; the ledger still proves itself."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.utils import timezone
from tests.cast import Cast, later, make_cast, request, shanghai
from tests.orders.stages import PAYLOADS, reach
from tests.orders.test_whole_life import walk
from tests.rulebooks import damage

from lianxin.directory.models import Centre, PolicyVersion
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.attachments import Upload
from lianxin.ledger.door import record
from lianxin.ledger.erased import GONE
from lianxin.ledger.models import Attachment, Enclosure
from lianxin.ledger.verify import verify
from lianxin.orders.erasure import erase, erase_expired
from lianxin.orders.models import Order
from lianxin.rules.policy import POLICIES
from lianxin.rules.policy_retention import Keep


@pytest.fixture
def ended(cast: Cast, nine: datetime) -> Order:
    """An order that went its whole way, supplemented on it."""
    order = cast.register(nine)
    cast.do("agent", "order.supplemented", order.pk, later(nine, minutes=1), text="补充：夜间更冷。", requests=["退费"])
    cast.dispatch(order, later(nine, minutes=2), "heat")
    cast.do("clerk@heat", "share.signed", order.pk, later(nine, minutes=5))
    cast.do("agent", "order.withdrawn", order.pk, later(nine, hours=2), reason="诉求人要求撤单。", told="已撤单。")
    order.refresh_from_db()
    return order


def test_nothing_of_the_caller_or_the_words_is_left(ended: Order) -> None:
    erase(ended, timezone.now())
    bodies = [str(e.body) for e in Enclosure.objects.filter(entry__order=ended)]
    assert not any("暖气" in body or "夜间" in body or "撤单。" in body for body in bodies)
    assert any(GONE in body for body in bodies)
    ended.refresh_from_db()
    assert (ended.appeal.title, ended.appeal.text, ended.appeal.requests) == ("", "", [])
    assert (ended.caller.name, ended.caller.phone, ended.caller.phone_hash) == ("", "", None)
    assert list(verify()) == []


def test_an_open_order_keeps_its_words(cast: Cast, nine: datetime) -> None:
    with pytest.raises(Refused):
        erase(cast.register(nine), timezone.now())


def test_words_taken_away_behind_the_ledgers_back_are_named(ended: Order, nine: datetime) -> None:
    enclosure = Enclosure.objects.filter(entry__order=ended).earliest("pk")
    Enclosure.objects.filter(pk=enclosure.pk).update(body={"text": GONE}, erased_at=nine)
    assert [d.where for d in verify()] == [ended.number]


def test_other_words_in_the_place_of_erased_ones_are_named(ended: Order) -> None:
    erase(ended, timezone.now())
    enclosure = Enclosure.objects.filter(entry__order=ended).earliest("pk")
    Enclosure.objects.filter(pk=enclosure.pk).update(body={**enclosure.body, "text": "从来没有人反映过"})
    assert [d.where for d in verify()] == [ended.number]


def test_a_whole_life_replays_after_erasure(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat", "bureau")
    walk(cast, order, nine)
    order.refresh_from_db()
    erase(order, timezone.now())
    assert list(verify()) == []


@pytest.mark.django_db(transaction=True)
def test_its_files_go_too_unless_another_order_has_the_same(nine: datetime, attachments: Path) -> None:
    cast = make_cast()
    own, shared = Upload("现场.png", b"\x89PNG\r\n\x1a\n" + b"\x01" * 40), Upload("单.pdf", b"%PDF-1.7\n%%EOF")
    agent = cast.actor("agent")
    first = record(Act("order.registered", agent, nine, request(), recorded_at=nine, files=(own, shared))).order
    record(Act("order.registered", agent, nine, request(), recorded_at=nine, files=(shared,)))
    cast.do("agent", "order.withdrawn", first, later(nine, hours=2), reason="诉求人要求撤单。", told="已撤单。")
    erase(Order.objects.get(pk=first), timezone.now())
    assert [place.name for place in attachments.rglob("*") if place.is_file()] == [shared.sha256.hex()]
    assert set(Attachment.objects.filter(order=first).values_list("name", flat=True)) == {""}
    assert list(verify()) == []


@pytest.mark.django_db(transaction=True)
def test_a_file_of_two_orders_goes_with_the_second(nine: datetime, attachments: Path) -> None:
    cast, shared = make_cast(), Upload("单.pdf", b"%PDF-1.7\n%%EOF")
    for _ in range(2):
        record(Act("order.registered", cast.actor("agent"), nine, request(), recorded_at=nine, files=(shared,)))
    for order, left in zip(Order.objects.order_by("pk"), (1, 0), strict=True):
        cast.do("agent", "order.withdrawn", order.pk, later(nine, hours=2), reason="诉求人要求撤单。", told="已撤单。")
        erase(order, timezone.now())
        assert len([place for place in attachments.rglob("*") if place.is_file()]) == left
        assert list(verify()) == []


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_being_kept_again_is_not_deleted(nine: datetime, attachments: Path) -> None:
    cast, shared = make_cast(), Upload("单.pdf", b"%PDF-1.7\n%%EOF")

    def registration() -> Act:
        return Act("order.registered", cast.actor("agent"), nine, request(), recorded_at=nine, files=(shared,))

    first = record(registration()).order
    cast.do("agent", "order.withdrawn", first, later(nine, hours=2), reason="诉求人要求撤单。", told="已撤单。")

    def erase_beside() -> None:
        erase(Order.objects.get(pk=first), timezone.now())
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            record(registration())
            erasing = pool.submit(erase_beside)
            # Its words are gone at once; its file waits for what we do.
            with pytest.raises(TimeoutError):
                erasing.result(timeout=1.5)
        erasing.result(timeout=20)
    assert [place.name for place in attachments.rglob("*") if place.is_file()] == [shared.sha256.hex()]
    assert list(verify()) == []


def test_it_is_erased_once(ended: Order) -> None:
    erase(ended, timezone.now())
    with pytest.raises(Refused, match="已经删除"):
        erase(ended, timezone.now())


@pytest.mark.parametrize(
    ("who", "action", "sentence"),
    [
        ("supervisor", "order.reopened", "原文已按期删除，不能重新打开，请另行登记"),
        ("supervisor", "order.rehandled", "原文已按期删除，不能重办，请另行登记"),
        ("agent", "order.corrected", "不能更正"),
        ("supervisor", "order.excluded", "请另行登记"),
        ("callback", "callback.recorded", "不能回访"),
        ("agent", "order.linked", "不能关联"),
    ],
)
def test_no_new_words_come_to_an_erased_order(base: Cast, nine: datetime, who: str, action: str, sentence: str) -> None:
    order, at = reach(base, "closed", nine)
    erase(order, timezone.now())
    with pytest.raises(Refused, match=sentence):
        base.do(who, action, order.pk, later(at, hours=1), **PAYLOADS[action](base, order))
    assert not Enclosure.objects.filter(entry__order=order, erased_at=None).exists()


FIVE_YEARS = """
[pack]
id = "keeping"
title = "某县"
version = "1"
effective = 2026-01-01
extends = "base"

[[rule]]
id = "keeping:years"
title = "保存期"
clause = "工单保存五年"
sets = ["retention.orders"]

[retention]
orders = "5 years"
"""


@pytest.fixture
def five_years(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The centre has chosen a pack that keeps words for five years."""
    for pack in POLICIES.glob("*.toml"):
        shutil.copy(pack, tmp_path)
    (tmp_path / "keeping.toml").write_text(FIVE_YEARS)
    monkeypatch.setenv("LIANXIN_POLICIES", str(tmp_path))
    cast.centre.policies.create(pack_id="keeping", effective_from=timezone.localdate())


def answered(cast: Cast, at: datetime) -> Order:
    order = cast.register(at)
    cast.do("agent", "order.answered", order.pk, at, told="已在电话中答复。")
    return order


def test_when_its_time_is_over_and_not_before(cast: Cast, five_years: None) -> None:
    now = timezone.now()
    over = Keep(5).before(now)
    assert over
    old, young = answered(cast, over - timedelta(minutes=1)), answered(cast, over + timedelta(minutes=1))
    assert erase_expired(now) == 1
    assert erase_expired(now) == 0
    assert list(Order.objects.exclude(erased_at=None)) == [old]
    assert [Order.objects.get(pk=o.pk).appeal.title == "" for o in (old, young)] == [True, False]
    assert list(verify()) == []


def test_nothing_is_erased_where_the_pack_keeps_everything(cast: Cast) -> None:
    answered(cast, shanghai("2021-03-01 09:00"))
    assert erase_expired(timezone.now()) == 0


def test_a_refused_order_and_a_broken_centre_do_not_stop_the_night(
    cast: Cast, other: Cast, five_years: None, caplog: pytest.LogCaptureFixture
) -> None:
    now = timezone.now()
    over = Keep(5).before(now)
    assert over
    bad, good = answered(cast, over - timedelta(minutes=2)), answered(cast, over - timedelta(minutes=1))
    Order.objects.filter(pk=bad.pk).update(pack="gone@1")
    Centre.objects.filter(pk=other.centre.pk).update(code="a-first")
    PolicyVersion.objects.create(centre=other.centre, pack_id="base", effective_from=date(2021, 1, 1))
    damage("base")
    assert erase_expired(now) == 1
    assert list(Order.objects.exclude(erased_at=None)) == [good]
    assert f"order {bad.number} was not erased" in caplog.text
    assert "nothing was erased in centre a-first" in caplog.text
