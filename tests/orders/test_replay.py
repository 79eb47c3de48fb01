"""A replay arrives at the same rows and asks nobody: no table of states, no pack, no directory, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from tests.cast import Cast, later, request
from tests.orders.stages import HAPPY, PAYLOADS, reach

from lianxin.directory import adopted, ciphers, snapshot
from lianxin.ledger import store, verbs
from lianxin.ledger.acts import EMPTY, Act, Actor, private_fields
from lianxin.ledger.chain import GENESIS, entry_digest
from lianxin.ledger.door import record
from lianxin.ledger.models import FORMAT, Enclosure, Entry, part_id
from lianxin.ledger.replay import replay, step
from lianxin.ledger.verify import verify
from lianxin.orders.book import ORDERS
from lianxin.orders.docket import Docket
from lianxin.orders.models import Order
from lianxin.rules import lifecycle, policy

#: Column -> another value than the ledger wrote.
OTHERWISE = {
    "format": 9,
    "action": "order.closed",
    "version": 9,
    "via": "portal",
    "post_role": "leader",
    "citizen": bytes(32),
    "clock": "none",
    "key": "another",
    "request_digest": bytes(32),
    "payload": {"a": 1},
    "derived": {"a": 1},
    "enclosure_digest": bytes(32),
    "number": 10**6,
    "order_id": 10**12,
    "proceeding_id": 10**12,
    "staff_id": 10**12,
    "post_id": 10**12,
    "unit_id": 10**12,
}


def lives(base: Cast, nine: datetime) -> Iterator[Order]:
    """An order at every stage that a verb of the happy path needs, and that verb done."""
    for verb, (who, stage) in HAPPY.items():
        if not stage:
            continue
        order, at = reach(base, stage, nine)
        base.do(who, verb, order.pk, later(at, minutes=5), **PAYLOADS[verb](base, order))
        yield Order.objects.get(pk=order.pk)


def bodies(order: Order) -> dict[int, dict[str, Any]]:
    return {e.entry_id: e.body for e in Enclosure.objects.filter(entry__order=order)}


def in_hand(docket: Docket) -> dict[str, Any]:
    """What a verb's effect can see of a docket."""
    order = {f.attname: getattr(docket.order, f.attname) for f in Order._meta.concrete_fields}
    order["head_digest"] = bytes(order["head_digest"])
    parts = {name: sorted(getattr(docket, name)) for name in ("all_shares", "clocks", "tasks")}
    states = [(s.id, str(s.state)) for s in docket.shares()]
    return {"order": order, "shares": states, **parts}


def test_a_replay_asks_no_table_and_no_pack(base: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = list(lives(base, nine))
    ledgers = [(order, list(Entry.objects.filter(order=order).order_by("number")), bodies(order)) for order in orders]

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a replay looked outside the ledger")

    for module, name in ((lifecycle, "find"), (lifecycle, "allowed"), (snapshot, "of"), (adopted, "find"),
                         (policy, "find"), (policy, "load")):  # fmt: skip
        monkeypatch.setattr(module, name, refuse)
    for order, entries, private in ledgers:
        docket = replay(order.centre_id, entries, private)
        assert (str(docket.order.state), docket.order.parts) == (order.state, order.parts)


def test_the_replays_docket_hides_what_the_loaded_one_hides(base: Cast, nine: datetime) -> None:
    """Before every entry of a life: what the ledger would load then, and what the replay has in hand."""
    seen: list[dict[str, Any]] = []
    path = ["pending", "signed", "draft", "replied", "to_callback", "called_back", "closed"]
    for stage in path:
        other, _ = reach(base, stage, nine)
        entries = list(Entry.objects.filter(order=other).order_by("number"))
        docket, private = ORDERS.begin(other.pk, other.centre_id, entries[0].at, entries[0].derived), bodies(other)
        for entry in entries:
            step(docket, other.centre_id, entry, private.get(entry.pk, {}))
        with transaction.atomic():
            loaded = store.load({ORDERS: ({other.pk}, set())}).dockets
        assert in_hand(docket) == in_hand(loaded[other.pk]), stage
        seen.append(in_hand(docket))
    assert len({len(s["clocks"]) for s in seen}) > 1, "the lives differ in what runs"


@pytest.mark.parametrize("column", OTHERWISE)
def test_the_digest_covers_every_column(base: Cast, nine: datetime, column: str) -> None:
    entry = Entry.objects.get(order=base.register(nine))
    assert entry_digest(entry, GENESIS) == bytes(entry.digest)
    setattr(entry, column, OTHERWISE[column])
    assert entry_digest(entry, GENESIS) != bytes(entry.digest)


@pytest.mark.parametrize("column", ["at", "recorded_at", "written_at"])
def test_the_digest_covers_every_time(base: Cast, nine: datetime, column: str) -> None:
    entry = Entry.objects.get(order=base.register(nine))
    setattr(entry, column, later(getattr(entry, column), seconds=1))
    assert entry_digest(entry, GENESIS) != bytes(entry.digest)


def test_no_column_was_forgotten() -> None:
    names = {field.attname for field in Entry._meta.concrete_fields}
    assert names == {*OTHERWISE, "id", "at", "recorded_at", "written_at", "digest"}


def test_an_entry_says_its_format_its_version_and_its_way(base: Cast, nine: datetime) -> None:
    entry = Entry.objects.get(order=base.register(nine))
    assert (entry.format, entry.version, entry.via, entry.citizen) == (FORMAT, 1, "desk", None)
    pk = record(Act("order.registered", Actor.system(base.centre.pk), nine, request(), recorded_at=nine)).order
    assert Entry.objects.get(order=pk).via == "system"
    pk = record(
        Act("order.registered", base.actor("agent"), nine, request(), via="platform:city", recorded_at=nine)
    ).order
    assert Entry.objects.get(order=pk).via == "platform:city"
    assert list(verify()) == []


def test_a_citizen_may_stand_in_the_ledger_as_actor(
    base: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No verb is his yet: with one that is, the entry keeps who he was by the keyed hash of his number."""
    from dataclasses import replace

    order, at = reach(base, "registered", nine)
    row = lifecycle.find("order.supplemented")
    real = lifecycle.find
    allowed = replace(row, posts=row.posts | {"citizen"})
    monkeypatch.setattr(lifecycle, "find", lambda action: allowed if action == row.action else real(action))
    hashed = bytes.fromhex(ciphers.fingerprint("phone", "13900002086"))
    actor = Actor.of_citizen(base.centre.pk, hashed)
    record(
        Act("order.supplemented", actor, at, {"text": "还有楼道灯不亮"}, order=order.pk, recorded_at=at, via="portal")
    )
    entry = Entry.objects.get(pk=part_id(order.pk, 2))
    assert (bytes(entry.citizen or b""), entry.post_role, entry.staff_id) == (hashed, "citizen", None)
    assert list(verify()) == []


def test_defaults_are_written(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "registered", nine)
    base.dispatch(order, at, "town")
    payload = Entry.objects.get(pk=part_id(order.pk, 2)).payload
    assert payload["shares"] == [{"unit": base.units["town"].pk, "role": "lead"}]
    assert payload["basis_text"] == ""


def test_a_private_field_has_no_default_but_nothing() -> None:
    """So that a field that was left out of an enclosure means the same for ever."""
    for action in verbs.registered():
        model = verbs.get(action).payload
        for name in private_fields(model):
            info = model.model_fields[name]
            default = list(info.default) if isinstance(info.default, tuple) else info.default
            assert info.is_required() or default in EMPTY, f"{action}: {name}"


def test_an_old_version_of_a_verb_replays_what_it_did(
    base: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, at = reach(base, "registered", nine)
    base.do("agent", "order.corrected", order.pk, at, cls="complaint")
    old = verbs.get("order.corrected")

    class Newer(type(old)):  # type: ignore[misc]
        version = 2

        def effect(self, deed: Any) -> None:
            deed.order.cls = "consult"

    monkeypatch.setitem(verbs._VERSIONS, ("order.corrected", 2), Newer())
    monkeypatch.setitem(verbs._REGISTRY, "order.corrected", verbs._VERSIONS["order.corrected", 2])
    base.do("agent", "order.corrected", order.pk, at, cls="help")
    assert [e.version for e in Entry.objects.filter(order=order).order_by("number")][1:] == [1, 2]
    assert Order.objects.get(pk=order.pk).cls == "consult"
    assert list(verify()) == []
