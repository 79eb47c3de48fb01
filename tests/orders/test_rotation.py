"""The key to callers can be changed while the site lives; the book still proves itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import CliRunner, Result
from django.db import connections, transaction
from django.http import QueryDict
from django.utils import timezone
from tests.cast import Cast, later, make_cast

from lianxin.desk import drafts
from lianxin.desk.models import Draft
from lianxin.directory import ciphers, keyring
from lianxin.ledger.models import Enclosure
from lianxin.ledger.moments import StillWriting
from lianxin.ledger.verify import verify
from lianxin.ops.commands import keys as keys_command
from lianxin.orders import rotation
from lianxin.orders.erasure import erase
from lianxin.orders.models import Caller, Order
from lianxin.orders.rotation import Rotation, rotate

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
    return ciphers.decrypt(caller.name), ciphers.decrypt(caller.phone)


def test_old_values_are_read_before_and_need_no_old_key_after(cast: Cast, nine: datetime, own_keys: Path) -> None:
    old, nobody = cast.register(nine, caller=LIU), cast.register(nine, caller=None)
    assert keyring.add() == "2"
    new = cast.register(later(nine, minutes=1), caller=LIU)
    assert words(old) == words(new) == ("刘大姐", "13800002086")
    assert rotate() == Rotation("2", done=1)
    assert rotate() == Rotation("2")
    (own_keys / "caller-1").unlink()
    assert words(old) == words(new) == ("刘大姐", "13800002086")
    assert words(nobody) == ("", "")
    assert list(verify()) == []


def test_the_same_number_is_still_found(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine, caller=LIU)
    before = bytes(order.caller.phone_hash)
    keyring.add()
    rotate()
    assert bytes(Caller.objects.get(pk=order.pk).phone_hash) == before


def test_what_was_erased_stays_erased(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine, caller=LIU)
    cast.do("agent", "order.withdrawn", order.pk, later(nine, hours=2), reason="诉求人要求撤单。", told="已撤单。")
    erase(order, timezone.now())
    keyring.add()
    assert rotate() == Rotation("2")
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


@pytest.mark.parametrize("name", ["caller-1.bak", "caller-", "caller-x", "caller-02", "caller-٣"])
def test_what_is_not_named_like_a_key_is_none(own_keys: Path, name: str) -> None:
    key = keyring.current()
    (own_keys / name).write_text("ab" * 16)
    assert (keyring.current(), list(keyring.keys())) == (key, ["1"])


def test_a_key_that_is_being_copied_counts_once_it_is_whole(own_keys: Path) -> None:
    first = keyring.current()
    with (own_keys / "caller-2").open("w") as file:
        for part in ("", "ab" * 15 + "a"):
            file.write(part)
            file.flush()
            assert keyring.current() == first
            with pytest.raises(KeyError):
                keyring.key("2")
        file.write("b")
    # The folder did not change with the last byte.
    assert keyring.current() == ("2", bytes.fromhex("ab" * 15 + "ab"))


def test_no_key_is_made_beside_one_that_is_being_copied(own_keys: Path) -> None:
    own_keys.mkdir()
    (own_keys / "caller-1").touch()
    with pytest.raises(KeyError):
        keyring.current()
    assert [path.name for path in own_keys.iterdir()] == ["caller-1"]


def test_a_new_key_does_not_take_the_place_of_one_that_is_being_copied(own_keys: Path) -> None:
    keyring.current()
    (own_keys / "caller-2").touch()
    assert keyring.add() == "3"
    assert keyring.current()[0] == "3"


def run(*args: str) -> Result:
    return CliRunner().invoke(keys_command.command, list(args))


def test_add_makes_a_key_and_rotate_uses_it(cast: Cast, nine: datetime) -> None:
    cast.register(nine, caller=LIU)
    added = run("add")
    assert (added.exit_code, "caller-2" in added.output, "复制到其他每台机器" in added.output) == (0, True, True)
    for done in (1, 0):
        rotated = run("rotate")
        assert (rotated.exit_code, f"caller-2，重新加密 {done} 件" in rotated.output) == (0, True)
        assert "现在的数据不再需要它" in rotated.output
    assert list(keyring.keys()) == ["1", "2"]


def test_what_was_typed_is_sealed_anew_too(cast: Cast, own_keys: Path) -> None:
    staff, at = cast.staff["agent"].pk, timezone.now()
    for n, typed in enumerate(("暖气不热", "水管漏水")):
        assert drafts.keep(staff, drafts.slot("order.registered", place=n), QueryDict(f"text={typed}"), at)
    Draft.objects.filter(slot="order.registered:1").update(body="7:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    keyring.add()
    assert drafts.keep(staff, drafts.slot("order.registered", place=2), QueryDict("text=路灯不亮"), at)
    rotated = run("rotate")
    assert rotated.exit_code == 0, rotated.output
    assert "、1 份未提交的草稿" in rotated.output
    assert "1 份草稿不能解密" in rotated.output
    (own_keys / "caller-1").unlink()
    keyring.lookup.cache_clear()
    for n, typed in ((0, "暖气不热"), (2, "路灯不亮")):
        kept = drafts.take_up(staff, drafts.slot("order.registered", place=n))
        assert kept
        assert kept.data["text"] == typed


def test_a_caller_whom_nobody_can_read_is_named_and_stops_no_other(cast: Cast, nine: datetime) -> None:
    forged, gone, good = (cast.register(later(nine, minutes=n), caller=LIU) for n in range(3))
    Caller.objects.filter(pk=forged.pk).update(name="1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    Caller.objects.filter(pk=gone.pk).update(phone="7:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    keyring.add()
    result = run("rotate")
    assert result.exit_code == 1
    assert "重新加密 1 件" in result.output
    assert all(f"工单 {order.number} 的诉求人信息不能解密" in result.output for order in (forged, gone))
    assert "不再需要它" not in result.output
    assert Caller.objects.get(pk=good.pk).name.startswith("2:")


def test_the_old_key_is_needed_while_anything_is_under_it(
    cast: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.register(nine, caller=LIU)
    keyring.add()
    # As when a machine without the new key writes on behind the last pass.
    monkeypatch.setattr(rotation, "PASSES", 0)
    result = run("rotate")
    assert (result.exit_code, "仍有密文在用旧密钥" in result.output) == (1, True)
    assert "不再需要它" not in result.output


@pytest.mark.django_db(transaction=True)
def test_an_act_that_began_before_is_waited_for(nine: datetime) -> None:
    cast = make_cast()
    cast.register(nine, caller=LIU)
    written, go_on = Event(), Event()

    def register() -> None:
        try:
            with transaction.atomic():
                cast.register(later(nine, minutes=1), caller=LIU)
                written.set()
                go_on.wait(20)
        finally:
            connections.close_all()

    writing = Thread(target=register)
    writing.start()
    assert written.wait(20)
    keyring.add()
    try:
        with pytest.raises(StillWriting):
            rotate(patience=0)
    finally:
        go_on.set()
    assert rotate() == Rotation("2", done=2)
    writing.join()
    assert all(caller.name.startswith("2:") for caller in Caller.objects.all())
