"""The key to callers can be changed while the site lives; the book still proves itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone
from tests.cast import Cast, later

from lianxin.orders import callers, keyring
from lianxin.orders.erasure import erase
from lianxin.orders.models import Caller, Enclosure, Order
from lianxin.orders.rotation import rotate
from lianxin.orders.verify import verify

LIU = {"name": "刘大姐", "phone": "13800002086"}


@pytest.fixture(autouse=True)
def own_keys(settings: object, tmp_path: Path) -> Iterator[Path]:
    """A keys folder that nobody else uses."""
    settings.KEYS_DIR = tmp_path / "keys"  # type: ignore[attr-defined]
    keyring.lookup.cache_clear()
    yield tmp_path / "keys"
    keyring.lookup.cache_clear()


def words(order: Order) -> tuple[str, str]:
    caller = Caller.objects.get(pk=order.pk)
    return callers.decrypt(caller.name), callers.decrypt(caller.phone)


def test_old_values_are_read_before_and_need_no_old_key_after(cast: Cast, nine: datetime, own_keys: Path) -> None:
    old, nobody = cast.register(nine, caller=LIU), cast.register(nine, caller=None)
    assert keyring.add() == "2"
    new = cast.register(later(nine, minutes=1), caller=LIU)
    assert words(old) == words(new) == ("刘大姐", "13800002086")
    assert list(rotate()) == [1]
    assert list(rotate()) == [0]
    (own_keys / "caller-1").unlink()
    assert words(old) == words(new) == ("刘大姐", "13800002086")
    assert words(nobody) == ("", "")
    assert list(verify()) == []


def test_the_same_number_is_still_found(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine, caller=LIU)
    before = bytes(order.caller.phone_hash)
    keyring.add()
    list(rotate())
    assert bytes(Caller.objects.get(pk=order.pk).phone_hash) == before


def test_what_was_erased_stays_erased(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine, caller=LIU)
    cast.do("agent", "order.withdrawn", order.pk, later(nine, hours=2), reason="诉求人要求撤单。", told="已撤单。")
    erase(order, timezone.now())
    keyring.add()
    assert list(rotate()) == [0]
    assert words(order) == ("", "")
    assert list(verify()) == []


def test_another_callers_words_put_in_his_place_are_named(cast: Cast, nine: datetime) -> None:
    order, other = cast.register(nine, caller=LIU), cast.register(nine, caller={"name": "王强", "phone": "13900001111"})
    strange = Enclosure.objects.get(entry__order=other).body["caller"]
    mine = Enclosure.objects.get(entry__order=order)
    mine.body["caller"] |= {"name": strange["name"], "phone": strange["phone"]}
    mine.save()
    Caller.objects.filter(pk=order.pk).update(name=strange["name"], phone=strange["phone"])
    assert [str(d) for d in verify()] == [f"{order.number}：第 1 笔账目的诉求人被改动，或缺少解密的密钥"]
