"""An order is shown to those who neither lead nor handle it: by an act, as far as the act and the pack say, until it is
withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from tests.cast import Cast, _post, body, later
from tests.orders.showing import adopt, refusal, sees, show
from tests.orders.stages import reach
from tests.rulebooks import Shelf, Tables

from lianxin.directory import snapshot
from lianxin.directory.models import Unit
from lianxin.ledger.models import Entry
from lianxin.ledger.verify import verify
from lianxin.orders import sights
from lianxin.orders.models import Order, Sight


@pytest.fixture
def npc(base: Cast) -> Unit:
    return body(base)


# --- to whom ---------------------------------------------------------------------------------
def test_it_is_shown_to_a_unit_a_post_or_a_person_and_to_nobody_else(base: Cast, npc: Unit, nine: datetime) -> None:
    body(base, "media", "县融媒体中心", ("clerk", "principal"))
    order, at = reach(base, "signed", nine)
    show(base, order, at, units=[npc.pk], role="npc_deputy")
    show(base, order, at, people=[base.staff["clerk@media"].pk])
    seeing = {who for who in base.posts if "@" in who and sees(base, who, order)}
    town = {f"{role}@town" for role in ("clerk", "hotline_deputy", "principal")}
    assert seeing == town | {"npc_deputy@npc", "clerk@media"}
    show(base, order, at, units=[npc.pk])
    assert {who for who in base.posts if who.endswith("@npc") and sees(base, who, order)} == {
        "npc_deputy@npc",
        "clerk@npc",
        "principal@npc",
    }
    assert list(verify()) == []


def test_a_unit_sees_its_own_orders_and_those_that_are_shown_to_it_in_one_list(base: Cast, nine: datetime) -> None:
    own, seen, unseen = (base.register(later(nine, minutes=n)) for n in range(3))
    for order, unit in ((own, "heat"), (seen, "town"), (unseen, "town")):
        base.dispatch(order, later(nine, minutes=5), unit)
    show(base, seen, later(nine, minutes=6), units=[base.units["heat"].pk])
    clerk = Order.objects.visible_to(base.staff["clerk@heat"])
    assert set(clerk) == {own, seen}
    assert clerk.count() == 2
    # Whole it sees its own alone: from there queues, words and callers start.
    whole = Order.objects.in_reach(
        base.centre.pk, [("clerk", base.units["heat"].pk)], None, snapshot.of(base.centre.pk)
    )
    assert set(whole) == {own}


def test_a_sight_ends_when_it_is_withdrawn(base: Cast, npc: Unit, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    given = show(base, order, at)
    assert sees(base, "npc_deputy@npc", order)
    base.do("leader", "order.hidden", order.pk, later(at, minutes=5), sight=given.pk)
    given.refresh_from_db()
    assert (given.since, given.until) == (at, later(at, minutes=5))
    assert not sees(base, "npc_deputy@npc", order)
    again = refusal(base, "leader", "order.hidden", order, later(at, minutes=6), sight=given.pk)
    assert again == {"": "本工单没有向别人开放查看"}
    assert list(verify()) == []


def test_given_and_withdrawn_in_one_batch_leaves_the_same_rows(base: Cast, npc: Unit, nine: datetime) -> None:
    from lianxin.ledger.acts import Act
    from lianxin.ledger.door import record_many

    order, at = reach(base, "signed", nine)
    first = show(base, order, at)
    later_ = later(at, minutes=1)
    acts = [
        Act(verb, base.actor("leader"), later_, said, order=order.pk, recorded_at=later_)
        for verb, said in (
            ("order.shown", {"reason": "copy", "units": [base.units["heat"].pk]}),
            ("order.hidden", {"sight": first.pk + 1}),
            ("order.hidden", {"sight": first.pk}),
        )
    ]
    record_many(acts)
    assert set(Sight.objects.filter(order=order).values_list("until", flat=True)) == {later_}
    assert list(verify()) == []


@pytest.mark.parametrize("who", ["agent", "auditor", "callback", "analyst", "patrol", "clerk@town", "principal@npc"])
def test_others_show_it_to_nobody(base: Cast, npc: Unit, nine: datetime, who: str) -> None:
    order, at = reach(base, "signed", nine)
    show(base, order, at)
    problems = refusal(base, who, "order.shown", order, at, reason="copy", units=[npc.pk])
    assert problems == {"": "您的岗位不能开放查看"}


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"reason": "friend"}, "reason", "请选择事由"),
        ({"units": [], "people": []}, "units", "请选择查看单位或查看人员"),
        ({"units": [], "people": ["clerk@npc"], "role": "clerk"}, "role", "哪个单位的"),
        ({"units": ["centre"]}, "units", "中心自己不用开放"),
        ({"people": [0]}, "people", "已停用"),
        ({"caller": True, "ground": "要当面走访诉求人。"}, "caller", "不能开放诉求人"),
    ],
)
def test_what_is_not_shown(base: Cast, npc: Unit, nine: datetime, said: dict[str, Any], field: str, words: str) -> None:
    order, at = reach(base, "signed", nine)
    told: dict[str, Any] = {"reason": "partner", "units": ["npc"], **said}
    told["units"] = [base.units[name].pk for name in told["units"]]
    told["people"] = [base.staff[who].pk if who else 0 for who in told.get("people", ())]
    assert words in refusal(base, "supervisor", "order.shown", order, at, **told)[field]


def test_the_same_is_not_shown_twice(base: Cast, npc: Unit, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    show(base, order, at)
    assert "先收回再改" in refusal(base, "leader", "order.shown", order, at, reason="partner", units=[npc.pk])["units"]
    show(base, order, at, reason="copy")
    assert Sight.objects.filter(order=order, until=None).count() == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("what = 'files'", "“可查看”与账目不符"),
        ("caller = true", "“开放诉求人”与账目不符"),
        ("until = NULL", "“止”与账目不符"),
    ],
)
def test_a_sight_that_somebody_widens_by_sql_is_found(
    base: Cast, npc: Unit, nine: datetime, change: str, words: str
) -> None:
    order, at = reach(base, "signed", nine)
    given = show(base, order, at)
    base.do("leader", "order.hidden", order.pk, at, sight=given.pk)
    assert list(verify()) == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"UPDATE orders_sight SET {change} WHERE id = %s", [given.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    assert any(words in str(found) for found in verify())


def test_the_database_takes_no_sight_of_nobody_and_none_of_two(base: Cast, npc: Unit, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    given = show(base, order, at)
    for wrong in (
        {"to_unit": None},
        {"to_person": base.staff["clerk@npc"]},
        {"to_unit": None, "to_person": base.staff["clerk@npc"], "to_role": "clerk"},
        {"what": "all"},
        {"until": later(at, minutes=-1)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Sight.objects.filter(pk=given.pk).update(**wrong)


# --- how much --------------------------------------------------------------------------------
def test_what_a_reason_shows_is_the_packs_and_the_act_may_say_otherwise(
    books: Shelf, base: Cast, npc: Unit, nine: datetime
) -> None:
    """sight.reasons: code, title, what, caller."""
    order, at = reach(base, "signed", nine)
    shown = {}
    for reason in ("supervises", "deputy", "partner", "meeting", "media", "copy"):
        given = show(base, order, at, reason=reason)
        shown[reason] = given.what
    assert shown == {
        "supervises": "text",
        "meeting": "text",
        "partner": "text",
        "deputy": "progress",
        "media": "progress",
        "copy": "progress",
    }
    assert show(base, order, at, reason="copy", units=[base.units["heat"].pk], what="files").what == "files"
    adopt(
        books,
        base,
        {"code": "copy", "title": "抄送上级", "what": "files"},
        {"code": "own", "title": "x", "what": "text"},
    )
    assert show(base, order, at, reason="copy", units=[base.units["bureau"].pk]).what == "files"
    problems = refusal(base, "leader", "order.shown", order, at, reason="media", units=[npc.pk])
    assert problems["reason"] == "请选择事由：抄送上级、x"


def test_the_caller_is_shown_only_where_the_pack_allows_it_and_the_act_gives_a_ground(
    books: Shelf, base: Cast, npc: Unit, nine: datetime
) -> None:
    order, at = reach(base, "signed", nine)
    adopt(
        books,
        base,
        {"code": "deputy", "title": "代表走访", "what": "text", "caller": True},
        {"code": "copy", "title": "抄送", "what": "text", "caller": False},
    )
    said: dict[str, Any] = {"units": [npc.pk], "caller": True}
    ground = {"ground": "代表要当面走访诉求人。"}
    assert (
        "不能开放诉求人" in refusal(base, "leader", "order.shown", order, at, reason="copy", **said, **ground)["caller"]
    )
    assert "写明依据" in refusal(base, "leader", "order.shown", order, at, reason="deputy", **said)["ground"]
    only = refusal(base, "leader", "order.shown", order, at, reason="deputy", what="progress", **said, **ground)
    assert "只开放进度的" in only["caller"]
    why = {"reason": "走访前电话预约"}
    given = show(base, order, at, reason="deputy")
    assert "没有向您开放" in refusal(base, "npc_deputy@npc", "caller.unmasked", order, at, **why)[""]
    base.do("leader", "order.hidden", order.pk, at, sight=given.pk)
    show(base, order, at, reason="deputy", caller=True, **ground)
    for who in ("npc_deputy@npc", "clerk@npc"):
        base.do(who, "caller.unmasked", order.pk, at, **why)
    assert list(verify()) == []


def test_of_a_confidential_order_only_the_progress_is_shown(
    books: Shelf, base: Cast, npc: Unit, nine: datetime
) -> None:
    adopt(books, base, {"code": "deputy", "title": "代表走访", "what": "files", "caller": True})
    order = base.register(nine, confidential=True)
    given = show(base, order, nine, reason="deputy", caller=True, ground="代表要当面走访诉求人。")
    seen = sights.view(Order.objects.get(pk=order.pk), [given])
    assert seen is not None
    assert (seen.whole, seen.text, seen.files, seen.caller) == (False, False, False, False)
    problems = refusal(base, "npc_deputy@npc", "caller.unmasked", order, nine, reason="走访前电话预约")
    assert "没有向您开放" in problems[""]


def test_of_several_sights_the_widest_is_shown(base: Cast, npc: Unit, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    copy = show(base, order, at, reason="copy")
    files = show(base, order, at, reason="partner", what="files")
    seen = sights.view(order, [files, copy])
    assert seen is not None
    assert (seen.text, seen.files, seen.sight) == (True, True, files.pk)
    assert sights.view(order, []) is None
    base.do("leader", "order.hidden", order.pk, at, sight=files.pk)
    for given, running in ((copy, True), (Sight.objects.get(pk=files.pk), False)):
        assert sights.is_of(given, [("clerk", npc.pk)], None) == running


def test_words_are_shown_without_the_caller_and_without_numbers() -> None:
    told = "刘素芬反映，联系人王先生 139 0000 2086，座机0539-7212345。"
    assert sights.veiled(told, "刘素芬") == "刘**反映，联系人王先生 139 **** 2086，座机053 **** 2345。"


# --- a body ----------------------------------------------------------------------------------
def test_a_body_is_given_no_order(base: Cast, npc: Unit, nine: datetime) -> None:
    order, at = reach(base, "registered", nine)
    said = {"shares": [{"unit": npc.pk}], "basis": "law"}
    assert "不承办工单" in refusal(base, "dispatcher", "order.dispatched", order, at, **said)["shares"]


def test_a_body_sees_nothing_of_what_lies_below_it(base: Cast, npc: Unit, nine: datetime) -> None:
    Unit.objects.filter(pk=base.units["village"].pk).update(parent=npc)
    order, at = reach(base, "registered", nine)
    base.dispatch(order, at, "village")
    assert sees(base, "clerk@village", order)
    assert not sees(base, "clerk@npc", order)


def test_what_serves_as_a_body_is_the_packs_word(books: Shelf, base: Cast, nine: datetime) -> None:
    """units.types serves_as: a town that the pack calls a body handles nothing."""
    order, at = reach(base, "registered", nine)

    def change(book: Tables) -> None:
        for kind in book["units"]["types"]:
            if kind["code"] == "town":
                kind["serves_as"] = "body"
                del kind["groups"]

    books.adopt(base, change)
    said = {"shares": [{"unit": base.units["town"].pk}], "basis": "law"}
    assert "不承办工单" in refusal(base, "dispatcher", "order.dispatched", order, at, **said)["shares"]


def test_a_sub_centre_is_known_by_what_its_type_serves_as(books: Shelf, base: Cast, nine: datetime) -> None:
    def change(book: Tables) -> None:
        for kind in book["units"]["types"]:
            if kind["serves_as" if "serves_as" in kind else "code"] == "sub_centre":
                kind["code"] = "branch"

    books.adopt(base, change)
    branch = Unit.objects.create(
        centre=base.centre, parent=base.units["centre"], code="east", name="城东分中心", type="branch"
    )
    _post(base, "auditor@east", branch, "auditor")
    order, _ = reach(base, "registered", nine)
    assert sees(base, "auditor@east", order)
    assert not sees(base, "clerk@heat", order)


# --- an opinion, and nothing else --------------------------------------------------------------
def test_whoever_is_shown_an_order_says_what_he_thinks_and_does_nothing_else(
    base: Cast, npc: Unit, nine: datetime
) -> None:
    order, at = reach(base, "signed", nine)
    assert refusal(base, "npc_deputy@npc", "order.opinion", order, at, text="请尽快检修。") == {"": "没有这件工单"}
    show(base, order, at)
    for who in ("npc_deputy@npc", "clerk@npc"):
        base.do(who, "order.opinion", order.pk, at, text="请尽快检修。")
    assert refusal(
        base, "clerk@npc", "share.progressed", order, at, text="正在检修", of_unit=base.units["town"].pk
    ) == {"": "您的单位不承办这件工单"}
    assert refusal(base, "clerk@town", "order.opinion", order, at, text="我们也有话说。") == {
        "": "没有向您开放查看，不能代表意见"
    }
    assert refusal(base, "supervisor", "order.opinion", order, at, text="督办员的话。") == {"": "您的岗位不能代表意见"}
    assert Entry.objects.filter(order=order, action="order.opinion").count() == 2
