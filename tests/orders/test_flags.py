"""A caller is marked (诉求人标记): the mark is his, stands on his orders, and does only what rules make of it."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, later, make_cast, request
from tests.orders.showing import refusal
from tests.orders.stages import REASON, TOLD, reach
from tests.rulebooks import Shelf, Tables, stored

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record, record_many
from lianxin.ledger.models import Clock, Enclosure, Entry, Notice, Task
from lianxin.ledger.verify import verify
from lianxin.orders import flags
from lianxin.orders.erasure import erase
from lianxin.orders.models import Caller, Order
from lianxin.orders.under_packs import caller_flags
from lianxin.rules.policy import PolicyError
from lianxin.rules.policy_table import table

WHY = "多次来电辱骂话务员，已劝阻。"
PHONE = {"name": "钱多多", "phone": "13900007777"}
OTHER = {"caller": {"phone": "13955558888"}, "reason": "号码听错，已核对。"}
#: An order of a caller who insults people is handled within a day, and the unit's principal is told of it.
FAST: dict[str, Any] = {
    "id": "flags:handle",
    "title": "办理（诉求人有标记）",
    "origin": "测试",
    "kind": "handle",
    "on": "share",
    "when": "'abuse' in order.caller_flags",
    "from": "dispatch",
    "until": "audit",
    "allow": "1 workday",
}
CARE: dict[str, Any] = {
    "id": "flags:care",
    "title": "上门须两人",
    "origin": "测试",
    "kind": "care",
    "from": ["dispatch"],
    "when": "size(order.caller_flags) > 0 && share.depth == 0",
    "post": "principal",
    "allow": "4 hours",
}


def flag(cast: Cast, order: Order, at: datetime, code: str = "abuse", who: str = "supervisor") -> None:
    cast.do(who, "caller.flagged", order.pk, at, flag=code, reason=WHY)


def lift(cast: Cast, order: Order, at: datetime, code: str = "abuse") -> None:
    cast.do("leader", "caller.unflagged", order.pk, at, flag=code, reason="已当面道歉。")


def flags_of(*orders: Order) -> list[list[str]]:
    for order in orders:
        order.refresh_from_db()
        assert bool(order.caller_flags) == Caller.objects.get(pk=order.pk).flagged
    return [order.caller_flags for order in orders]


def handling(order: Order) -> Clock:
    return Clock.objects.get(order=order, kind="handle", ended_at=None)


# --- whose it is -----------------------------------------------------------------------------
def test_it_stands_on_all_that_run_and_on_what_he_asks_later(base: Cast, nine: datetime) -> None:
    first, second = base.register(nine), base.register(later(nine, minutes=1))
    other = base.register(nine, caller=PHONE)
    nobody = base.register(nine, caller=None)
    flag(base, first, later(nine, minutes=2))
    third = base.register(later(nine, minutes=3))
    # However it is written, it is his number.
    fourth = base.register(later(nine, minutes=3), caller={"phone": "+86 139-0000-2086"})
    assert flags_of(first, second, other, nobody, third, fourth) == [["abuse"], ["abuse"], [], [], ["abuse"], ["abuse"]]
    flag(base, fourth, later(nine, minutes=4), "threat", "leader")
    assert flags_of(first, third) == [["abuse", "threat"], ["abuse", "threat"]]
    assert list(verify()) == []


def test_it_is_lifted_on_all_of_them(base: Cast, nine: datetime) -> None:
    orders = [base.register(nine), base.register(nine)]
    flag(base, orders[0], later(nine, minutes=1))
    base.do("agent", "order.answered", orders[0].pk, later(nine, minutes=2), told=TOLD)
    flag(base, orders[1], later(nine, minutes=3), "threat")
    # What has ended keeps up as long as it is marked: from it a later order learns of the mark.
    lift(base, orders[1], later(nine, minutes=4))
    assert flags_of(*orders, base.register(later(nine, minutes=5))) == [["threat"]] * 3
    lift(base, orders[0], later(nine, minutes=6), "threat")
    assert flags_of(*orders, base.register(later(nine, minutes=7))) == [[]] * 3
    assert list(verify()) == []


def test_what_ended_before_hears_of_it_when_it_is_taken_up_again(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "closed", nine)
    new = base.register(at)
    flag(base, new, at)
    assert flags_of(order) == [[]]
    base.do("supervisor", "order.reopened", order.pk, later(at, minutes=1), reason=REASON)
    assert flags_of(order) == [["abuse"]]
    again, at = reach(base, "called_back", later(at, minutes=2))
    assert flags_of(again) == [["abuse"]]
    assert list(verify()) == []


def test_what_is_handled_again_after_its_end_hears_of_it_too(base: Cast, nine: datetime) -> None:
    stored(base, "flagged", clock=[FAST], task=[CARE])
    order, at = reach(base, "closed", nine)
    flag(base, base.register(at), at)
    base.do("callback", "order.rehandled", order.pk, later(at, minutes=1), reason=REASON)
    assert flags_of(order) == [["abuse"]]
    # Its new round begins with what is known then: its limit, and the duty that the dispatch lays.
    assert handling(order).rule == "flags:handle"
    assert Task.objects.filter(order=order, rule="flags:care", done_at=None).count() == 1
    assert list(verify()) == []


def test_of_another_centre_nobody_is_marked(base: Cast, nine: datetime) -> None:
    other = make_cast("other", "base")
    there, here = other.register(nine), base.register(nine)
    flag(base, here, later(nine, minutes=1))
    assert flags_of(there, other.register(later(nine, minutes=2))) == [[], []]


def test_a_corrected_number_brings_the_marks_of_its_caller(base: Cast, nine: datetime) -> None:
    wrong, his, real = base.register(nine), base.register(nine), base.register(nine, caller=PHONE)
    flag(base, his, later(nine, minutes=1))
    flag(base, real, later(nine, minutes=1), "untrue")
    said = {"caller": PHONE, "reason": "号码听错，已核对。"}
    base.do("agent", "order.caller_corrected", wrong.pk, later(nine, minutes=2), **said)
    assert flags_of(wrong, his, real) == [["untrue"], ["abuse"], ["untrue"]]
    # What was said of him on this very order goes with him.
    base.do("agent", "order.caller_corrected", his.pk, later(nine, minutes=3), **said)
    assert flags_of(wrong, his, real) == [["abuse", "untrue"]] * 3
    # A name alone changes nothing.
    base.do("agent", "order.caller_corrected", his.pk, later(nine, minutes=4), caller={"name": "钱多"}, reason=REASON)
    assert flags_of(his, base.register(later(nine, minutes=5))) == [["abuse", "untrue"], []]
    assert list(verify()) == []


def test_nobody_gives_an_order_marks_from_outside(base: Cast, nine: datetime) -> None:
    order = base.register(nine, flags=["threat"])
    assert flags_of(order) == [[]]
    flag(base, order, later(nine, minutes=1))
    assert flags_of(base.register(later(nine, minutes=2), flags=["threat"])) == [["abuse"]]


# --- who, and when not -----------------------------------------------------------------------
def test_without_a_number_nobody_can_be_marked(base: Cast, nine: datetime) -> None:
    for caller in (None, {"name": "李某", "phone": ""}):
        order = base.register(nine, caller=caller)
        said = refusal(base, "supervisor", "caller.flagged", order, nine, flag="abuse", reason=WHY)
        assert said == {"": "诉求人没有留下联系电话，不能标记：标记随电话号码"}


def test_which_flags_there_are_is_the_packs(base: Cast, nine: datetime, books: Shelf) -> None:
    order = base.register(nine)
    said = refusal(base, "leader", "caller.flagged", order, nine, flag="loud", reason=WHY)
    assert said == {"flag": "请选择标记：骚扰、辱骂、恐吓、攻击、虚假"}

    def change(book: Tables) -> None:
        book["caller"] = {"flags": [{"code": "loud", "title": "吵闹"}]}

    books.adopt(base, change)
    assert refusal(base, "leader", "caller.flagged", order, nine, flag="abuse", reason=WHY) == {
        "flag": "请选择标记：吵闹"
    }
    flag(base, order, nine, "loud")
    assert flags_of(order, base.register(nine)) == [["loud"], ["loud"]]


def test_a_pack_from_before_has_none(base: Cast, nine: datetime, books: Shelf) -> None:
    order = base.register(nine)
    books.adopt(base, lambda book: book.pop("caller"))
    said = refusal(base, "leader", "caller.flagged", order, nine, flag="abuse", reason=WHY)
    assert said == {"flag": "现行规则包没有规定任何诉求人标记"}


def test_a_condition_names_a_flag_that_the_pack_has(base: Cast, books: Shelf) -> None:
    rule = {**FAST, "id": "S97", "when": "'loud' in order.caller_flags"}
    with pytest.raises(PolicyError, match="没有“loud”"):
        books.adopt(base, lambda book: book["clock"].insert(0, rule))


def test_a_limit_that_goes_by_it_is_told_in_words(base: Cast, books: Shelf) -> None:
    pack = books.adopt(base, lambda book: book["clock"].insert(0, {**FAST, "id": "S97"}))
    lines = "\n".join(table(pack))
    assert "诉求人标记为辱骂" in lines
    assert "abuse" not in lines


def test_a_queue_of_units_does_not_ask_for_it(base: Cast, books: Shelf) -> None:
    row = {"id": "S97", "title": "诉求人有标记", "origin": "测试", "code": "marked", "base": "share"}
    row["when"] = "!share.contacted && 'abuse' in order.caller_flags"

    def change(book: Tables) -> None:
        book["queue"].append({**row, "posts": posts})

    posts = {"dispatcher": 5, "clerk": 5}
    with pytest.raises(PolicyError, match="经办人不一定可以知道诉求人"):
        books.adopt(base, change)
    posts = {"dispatcher": 5}
    books.adopt(base, change)


def test_whoever_adopts_a_pack_without_a_flag_in_use_is_told(base: Cast, nine: datetime) -> None:
    order, ended = base.register(nine), base.register(nine)
    base.do("agent", "order.answered", ended.pk, nine, told=TOLD)
    flag(base, order, nine)
    flag(base, order, nine, "threat")
    assert caller_flags(base.centre) == {"abuse": 1, "threat": 1}


def test_not_twice_and_not_what_is_not_there(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    said = {"flag": "abuse", "reason": WHY}
    assert refusal(base, "leader", "caller.unflagged", order, at, **said) == {"": "本工单的诉求人没有标记"}
    flag(base, order, at)
    assert refusal(base, "leader", "caller.flagged", order, at, **said) == {"flag": "诉求人已有这一标记"}
    said["flag"] = "threat"
    assert refusal(base, "leader", "caller.unflagged", order, at, **said) == {"flag": "诉求人没有这一标记"}
    for who in ("agent", "dispatcher", "clerk@town", "principal@town"):
        with pytest.raises(Refused, match="您的岗位不能标记诉求人"):
            base.do(who, "caller.flagged", order.pk, at, **said)


def test_nothing_is_barred_and_nobody_is_told(base: Cast) -> None:
    at = timezone.now()
    registered = [record(Act("order.registered", base.actor("agent"), at, request())).order for _ in range(2)]
    record(Act("order.dispatched", base.actor("dispatcher"), at, _to(base), order=registered[1]))
    before = Notice.objects.count()
    said = {"flag": "attack", "reason": WHY}
    record(Act("caller.flagged", base.actor("leader"), at, said, order=registered[0]))
    assert Notice.objects.count() == before
    record(Act("order.dispatched", base.actor("dispatcher"), at, _to(base), order=registered[0]))
    assert Notice.objects.count() > before
    assert list(verify()) == []


def _to(base: Cast) -> dict[str, Any]:
    return {"shares": [{"unit": base.units["town"].pk}], "basis": "law"}


# --- what rules make of it -------------------------------------------------------------------
def test_clocks_and_duties_go_by_it(base: Cast, nine: datetime) -> None:
    stored(base, "flagged", clock=[FAST], task=[CARE])
    order, beside = (reach(base, "signed", later(nine, minutes=n))[0] for n in range(2))
    was = handling(order)
    assert was.rule == "S02"
    assert not Task.objects.filter(kind="care").exists()
    at = later(nine, minutes=10)
    flag(base, order, at)
    for found in (order, beside):
        now = handling(found)
        assert (now.rule, now.cause, now.start) == ("flags:handle", "correction", now.start)
        assert now.due < was.due
    # What waited only for this is laid now, and the next one is his from the beginning.
    third, _ = reach(base, "signed", later(nine, minutes=11))
    assert handling(third).rule == "flags:handle"
    cared = Task.objects.filter(kind="care").order_by("order").values_list("order", flat=True)
    assert list(cared) == [order.pk, beside.pk, third.pk]
    lift(base, third, later(nine, minutes=20))
    assert {handling(found).rule for found in (order, beside, third)} == {"S02"}
    assert list(verify()) == []


def test_clocks_go_by_the_marks_that_a_corrected_number_brings(base: Cast, nine: datetime) -> None:
    stored(base, "flagged", clock=[FAST])
    real = base.register(nine, caller=PHONE)
    flag(base, real, nine)
    order, at = reach(base, "signed", nine)
    assert handling(order).rule == "S02"
    base.do("agent", "order.caller_corrected", order.pk, at, caller=PHONE, reason=REASON)
    assert handling(order).rule == "flags:handle"
    base.do("agent", "order.caller_corrected", order.pk, later(at, minutes=1), **OTHER)
    assert handling(order).rule == "S02"
    assert list(verify()) == []


def test_a_registration_starts_what_goes_by_it(base: Cast, nine: datetime) -> None:
    rule = {**FAST, "id": "flags:dispatch", "kind": "dispatch", "on": "order", "from": "register", "until": "dispatch"}
    stored(base, "flagged", clock=[{**rule, "allow": "1 minutes"}])
    order = base.register(nine)
    flag(base, order, nine)
    found = Clock.objects.get(order=base.register(nine), kind="dispatch")
    assert (found.rule, found.due) == ("flags:dispatch", later(nine, minutes=1))


# --- batches, statements, races --------------------------------------------------------------
def test_in_a_batch_it_is_as_one_by_one(base: Cast, nine: datetime) -> None:
    def act(verb: str, order: int, minute: int, who: str = "agent", **said: Any) -> Act:
        then = later(nine, minutes=minute)
        return Act(verb, base.actor(who), then, said, order=order, recorded_at=then)

    mark = {"flag": "abuse", "reason": WHY}
    acts = [
        act("order.registered", -1, 0, **request()),
        act("order.registered", -2, 0, **request()),
        act("order.registered", -3, 0, **request(caller=PHONE)),
        act("caller.flagged", -1, 1, "leader", **mark),
        act("order.registered", -4, 2, **request()),
        act("order.caller_corrected", -3, 3, caller=request()["caller"], reason=REASON),
        act("order.registered", -5, 4, **request(caller=PHONE)),
        act("caller.unflagged", -4, 5, "leader", **mark),
        act("order.registered", -6, 6, **request()),
        act("caller.flagged", -6, 7, "leader", **{**mark, "flag": "threat"}),
    ]
    done = [result.order for result in record_many(acts) if not isinstance(result, Refused)]
    orders = [Order.objects.get(pk=pk) for pk in dict.fromkeys(done)]
    marked = ["threat"]
    assert flags_of(*orders) == [marked, marked, marked, marked, [], marked]
    told = Entry.objects.filter(action=flags.TOLD).order_by("pk").values_list("order", flat=True)
    assert {orders.index(Order.objects.get(pk=pk)) for pk in told} == {0, 1, 2, 3}
    assert list(verify()) == []


def test_in_a_batch_a_corrected_number_takes_the_mark_along(base: Cast, nine: datetime) -> None:
    order = base.register(nine)
    flag(base, order, nine)
    corrected = {"caller": PHONE, "reason": REASON}
    acts = [
        Act("order.caller_corrected", base.actor("agent"), nine, corrected, order=order.pk, recorded_at=nine),
        *(
            Act("order.registered", base.actor("agent"), nine, request(caller=caller), recorded_at=nine)
            for caller in (request()["caller"], PHONE)
        ),
    ]
    record_many(acts)
    assert flags_of(*Order.objects.order_by("pk")) == [["abuse"], [], ["abuse"]]
    assert list(verify()) == []


def test_what_leaned_on_a_mark_that_was_refused_is_refused_with_it(base: Cast, nine: datetime) -> None:
    order = base.register(nine)
    mark = {"flag": "abuse", "reason": WHY}
    acts = [
        Act("caller.flagged", base.actor("leader"), nine, mark, order=order.pk, recorded_at=nine),
        Act("order.registered", base.actor("agent"), nine, request(), recorded_at=nine),
        Act("caller.flagged", base.actor("agent"), nine, mark, order=order.pk, recorded_at=nine),
        Act("order.registered", base.actor("agent"), nine, request(caller=PHONE), recorded_at=nine),
    ]
    results = record_many(acts, collect=True)
    assert [isinstance(result, Refused) for result in results] == [True, True, True, False]
    assert flags_of(order) == [[]]


def test_a_registration_costs_no_further_statement(base: Cast, nine: datetime, monkeypatch: Any) -> None:
    def cost(**said: Any) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            base.register(nine, **said)
        # The savepoint of the test, and the look at the order afterwards, are not of the door.
        return len([query for query in seen.captured_queries if "SAVEPOINT" not in query["sql"]])

    base.register(nine)
    marked = base.register(nine, caller=PHONE)
    flag(base, marked, nine)
    costs = {cost(), cost(caller=PHONE), cost(caller=None)}
    monkeypatch.setattr(flags, "ahead", lambda *given: None)
    monkeypatch.setattr(flags.Callers, "flags", lambda *given: ())
    assert costs == {cost()}


def test_a_large_batch_asks_once(base: Cast, nine: datetime, django_assert_max_num_queries: Any) -> None:
    marked = base.register(nine, caller=PHONE)
    flag(base, marked, nine)
    callers = [{"phone": f"1390000{n:04}"} for n in range(7760, 7790)]
    acts = [
        Act("order.registered", base.actor("agent"), nine, request(caller=caller), recorded_at=nine)
        for caller in callers
    ]
    with django_assert_max_num_queries(12):
        record_many(acts)
    assert Order.objects.filter(caller_flags=["abuse"]).count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("corrected", [False, True])
def test_one_who_is_marked_while_he_is_registered_is_marked(nine: datetime, *, corrected: bool) -> None:
    base = make_cast("base", "base")
    first = base.register(nine, **({"caller": PHONE} if corrected else {}))
    if corrected:
        flag(base, first, nine)
    asked, go = threading.Event(), threading.Event()
    whole = flags.Callers.keep

    def keep(self: Any, *given: Any) -> None:
        whole(self, *given)
        asked.set()
        assert go.wait(10)

    def registering() -> None:
        try:
            base.register(later(nine, minutes=1))
        finally:
            connections.close_all()

    def marking() -> None:
        at = later(nine, minutes=2)
        try:
            if corrected:
                base.do("agent", "order.caller_corrected", first.pk, at, caller=request()["caller"], reason=REASON)
            else:
                flag(base, first, at)
        finally:
            connections.close_all()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flags.Callers, "keep", keep)
        one = threading.Thread(target=registering)
        one.start()
        assert asked.wait(10)
        patch.setattr(flags.Callers, "keep", whole)
        two = threading.Thread(target=marking)
        two.start()
        two.join(0.5)
        assert two.is_alive(), "it waits for the registration"
        go.set()
        one.join(10)
        two.join(10)
    assert flags_of(*Order.objects.order_by("pk")) == [["abuse"], ["abuse"]]
    assert list(verify()) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_mark_two_callers_do_not_stop_each_other(nine: datetime, monkeypatch: Any) -> None:
    base = make_cast("base", "base")
    orders = [base.register(nine), base.register(nine, caller=PHONE)]
    both, whole, asked = threading.Barrier(2), flags.Callers.keep, list[int]()

    def keep(self: Any, *given: Any) -> None:
        whole(self, *given)
        asked.append(1)
        time.sleep(0.2)

    def marking(place: int) -> None:
        both.wait(10)
        try:
            flag(base, orders[place], nine)
        finally:
            connections.close_all()

    monkeypatch.setattr(flags, "_SLICES", 1)
    monkeypatch.setattr(flags.Callers, "keep", keep)
    threads = [threading.Thread(target=marking, args=[place]) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert flags_of(*orders) == [["abuse"], ["abuse"]]
    assert len(asked) == 2, "neither had to be done again"


# --- erased ----------------------------------------------------------------------------------
def test_it_goes_with_the_caller_when_an_order_is_erased(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "closed", nine)
    flag(base, order, at)
    assert [body.get("named") for body in _bodies(order)] == ["辱骂"]
    erase(order, timezone.now())
    assert flags_of(order) == [[]]
    said = str([*_bodies(order), *Entry.objects.filter(order=order).values("payload", "derived")])
    assert "abuse" not in said
    assert "辱骂" not in said
    # Nobody knows him any more.
    assert flags_of(base.register(later(at, days=1))) == [[]]
    again = refusal(base, "leader", "caller.flagged", order, later(at, days=1), flag="abuse", reason=WHY)
    assert again == {"": "原文已按期删除，不能标记诉求人，请另行登记"}
    assert list(verify()) == []


def test_as_long_as_another_order_of_his_is_kept_he_is_marked(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "closed", nine)
    flag(base, order, at)
    kept = base.register(at)
    erase(order, timezone.now())
    assert flags_of(kept, base.register(later(at, minutes=1))) == [["abuse"], ["abuse"]]
    assert list(verify()) == []


def _bodies(order: Order) -> list[dict[str, Any]]:
    found = Enclosure.objects.filter(entry__order=order, entry__action__in=flags.ACTIONS)
    return list(found.values_list("body", flat=True))


def test_verify_names_a_mark_that_the_ledger_does_not_know(base: Cast, nine: datetime) -> None:
    order = base.register(nine)
    flag(base, order, nine)
    Order.objects.filter(pk=order.pk).update(caller_flags=["threat"])
    assert [found.where for found in verify()] == [order.number]
    Order.objects.filter(pk=order.pk).update(caller_flags=["abuse"])
    Caller.objects.filter(pk=order.pk).update(flagged=False)
    assert [found.where for found in verify()] == [order.number]
