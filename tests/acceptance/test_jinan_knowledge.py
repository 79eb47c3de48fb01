"""Rows of Jinan's rule book about what is answered at once: by an article, by what an earlier order came to, or with
the word that there is nothing, and then a call of three (C63, C34, C19)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.cast import Cast, later, make_cast
from tests.dispatch.catalogue import category
from tests.orders.stages import reach
from tests.rulebooks import stored

from lianxin.intake.knowledge import keeping
from lianxin.intake.models import Article
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Entry
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

pytestmark = pytest.mark.django_db
SAID = "已按规定答复：供热期为 11 月 15 日至次年 3 月 15 日。"


@pytest.fixture
def jinan(db: None) -> Cast:
    return make_cast("jinan", "jinan-cg")


def article(cast: Cast, at: datetime, over: Article | None = None, **changes: Any) -> Article:
    """An article of the town, drafted by its clerk and approved by the supervisor."""
    said = {
        "title": "供热期从哪天到哪天",
        "text": "供热期为 11 月 15 日至次年 3 月 15 日，可以提前或延长。",
        "basis": "《城市供热条例》",
        "clause": "第十二条",
        "keywords": "供热期、供暖",
        "valid_from": date(2026, 1, 1),
        "unit": cast.units["town"],
    } | changes
    drafted = Article(centre=cast.centre, drafted_by=cast.staff["clerk@town"], drafted_at=at, **said)
    kept = keeping.draft(drafted, over)
    keeping.approve(kept, cast.staff["supervisor"].pk, at)
    return Article.objects.get(pk=kept.pk)


def answer(cast: Cast, order: Order, at: datetime, **said: Any) -> Order:
    cast.do("agent", "order.answered", order.pk, at, told=SAID, **said)
    return Order.objects.get(pk=order.pk)


def why_not(cast: Cast, order: Order, at: datetime, **said: Any) -> dict[str, str]:
    """Why it is refused; nothing has changed."""
    before = Entry.objects.count()
    with pytest.raises(Refused) as refused:
        cast.do("agent", "order.answered", order.pk, at, told=SAID, **said)
    assert Entry.objects.count() == before
    assert Order.objects.get(pk=order.pk).state == "registered"
    return dict(refused.value.problems)


# --- C63 -----------------------------------------------------------------------------------------
def test_c63_a_direct_answer_names_its_article_or_says_there_is_none(jinan: Cast, nine: datetime) -> None:
    found = article(jinan, nine)
    order = jinan.register(nine)
    assert "答复依据" in why_not(jinan, order, nine)["grounds"]
    assert "编号" in why_not(jinan, order, nine, grounds="article")["article"]
    assert "没有这个编号" in why_not(jinan, order, nine, grounds="article", article="ZS999999")["article"]
    assert answer(jinan, order, nine, grounds="article", article=found.code.lower()).state == "answered"
    said = Entry.objects.get(order=order.pk, action="order.answered").payload
    assert (said["article"], said["article_id"]) == (found.ref, found.pk)
    nothing = answer(jinan, jinan.register(nine), nine, grounds="none")
    assert nothing.state == "answered"
    assert list(verify()) == []


def test_c63_must_not_bite_where_the_pack_does_not_ask(db: None, nine: datetime) -> None:
    base = make_cast("based", "base")
    assert answer(base, base.register(nine), nine).state == "answered"


def test_c63_what_is_past_its_validity_or_not_yet_valid_is_no_ground(jinan: Cast, nine: datetime) -> None:
    day = nine.date()
    old = article(jinan, nine, valid_until=day)
    coming = article(jinan, nine, valid_from=day + timedelta(days=2))
    order = jinan.register(nine)
    tomorrow = later(nine, days=1)
    assert "有效期" in why_not(jinan, order, tomorrow, grounds="article", article=old.ref)["article"]
    assert "有效期" in why_not(jinan, order, tomorrow, grounds="article", article=coming.ref)["article"]
    assert answer(jinan, order, later(nine, hours=1), grounds="article", article=old.ref).state == "answered"


def test_c63_what_was_taken_out_of_use_or_never_approved_is_no_ground(jinan: Cast, nine: datetime) -> None:
    gone = article(jinan, nine)
    keeping.retire(gone, jinan.staff["supervisor"].pk, later(nine, minutes=1))
    only = Article(
        centre=jinan.centre,
        unit=jinan.units["town"],
        title="没有审核",
        text="没有审核的口径",
        basis="《条例》",
        clause="一",
        valid_from=date(2026, 1, 1),
        drafted_by=jinan.staff["clerk@town"],
        drafted_at=nine,
    )
    keeping.draft(only, None)
    order = jinan.register(nine)
    then = later(nine, minutes=2)
    assert "停用" in why_not(jinan, order, then, grounds="article", article=gone.ref)["article"]
    assert "没有这个编号" in why_not(jinan, order, then, grounds="article", article=only.ref)["article"]


def test_c63_another_centre_s_article_is_no_ground(jinan: Cast, nine: datetime) -> None:
    foreign = article(make_cast("other", "jinan-cg"), nine)
    order = jinan.register(nine)
    assert "没有这个编号" in why_not(jinan, order, nine, grounds="article", article=foreign.ref)["article"]


# --- C34 -----------------------------------------------------------------------------------------
def test_c34_what_is_in_hand_or_settled_is_answered_by_it_and_not_sent_again(jinan: Cast, nine: datetime) -> None:
    for stage in ("signed", "closed"):
        first, then = reach(jinan, stage, nine)
        again = jinan.register(then)
        jinan.do("agent", "order.linked", again.pk, then, number=first.number)
        ended = answer(jinan, again, then, grounds="earlier", earlier=first.number)
        assert ended.state == "answered"
        assert not ended.shares.exists()
        said = Entry.objects.get(order=again.pk, action="order.answered")
        assert (said.payload["earlier"], said.payload["earlier_id"]) == (first.number, first.pk)
    assert list(verify()) == []


def test_c34_the_same_caller_s_same_kind_of_request_needs_no_link(jinan: Cast, nine: datetime) -> None:
    kind = category(jinan, "供暖温度")
    first = jinan.register(nine, category=kind)
    answer(jinan, first, nine, grounds="article", article=article(jinan, nine).ref)
    again = jinan.register(later(nine, hours=1), category=kind)
    assert answer(jinan, again, later(nine, hours=1), grounds="earlier", earlier=first.number).state == "answered"


def test_c34_an_unrelated_order_or_one_that_nobody_has_in_hand_is_no_ground(jinan: Cast, nine: datetime) -> None:
    first, then = reach(jinan, "signed", nine)
    order = jinan.register(then, category=category(jinan, "路灯"))
    assert "不是同一事项" in why_not(jinan, order, then, grounds="earlier", earlier=first.number)["earlier"]
    assert "自己" in why_not(jinan, order, then, grounds="earlier", earlier=order.number)["earlier"]
    assert "没有这个工单号" in why_not(jinan, order, then, grounds="earlier", earlier="无此号")["earlier"]
    waiting = jinan.register(then)
    jinan.do("agent", "order.linked", order.pk, then, number=waiting.number)
    assert "还没有办结" in why_not(jinan, order, then, grounds="earlier", earlier=waiting.number)["earlier"]
    # Merged into the very order that is to be answered it says nothing either.
    jinan.do("agent", "order.merged", waiting.pk, then, number=order.number)
    assert "还没有办结" in why_not(jinan, order, then, grounds="earlier", earlier=waiting.number)["earlier"]


def test_c34_an_answer_that_had_no_ground_is_none_for_the_next(jinan: Cast, nine: datetime) -> None:
    first, second = jinan.register(nine), jinan.register(nine)
    answer(jinan, first, nine, grounds="none")
    jinan.do("agent", "order.linked", second.pk, nine, number=first.number)
    assert "也没有依据" in why_not(jinan, second, nine, grounds="earlier", earlier=first.number)["earlier"]


def test_c34_an_article_superseded_while_the_form_was_open_is_told(jinan: Cast, nine: datetime) -> None:
    old = article(jinan, nine)
    order = jinan.register(nine)
    new = article(jinan, later(nine, minutes=1), over=old, text="供热期改为 11 月 10 日至次年 3 月 20 日。")
    then = later(nine, minutes=2)
    assert new.ref in why_not(jinan, order, then, grounds="article", article=old.ref)["article"]
    assert answer(jinan, order, then, grounds="article", article=new.ref).state == "answered"
    # The version that was in force before stays as it was.
    assert Article.objects.get(pk=old.pk).text.startswith("供热期为")


# --- C19 -----------------------------------------------------------------------------------------
CALL = {"reason": "kb_miss", "minutes": 6, "line": "12330", "person": "刘工", "result": "12330 已当场解答专利续费。"}


def joined(cast: Cast, order: Order, at: datetime, **said: Any) -> None:
    cast.do("agent", "order.call_joined", order.pk, at, **{**CALL, "started": at - timedelta(minutes=5), **said})


def no_call(cast: Cast, order: Order, at: datetime, **said: Any) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        joined(cast, order, at, **said)
    return dict(refused.value.problems)


def test_c19_a_call_of_three_stands_on_the_order_with_its_parties_and_reason(jinan: Cast, nine: datetime) -> None:
    order, then = jinan.register(nine), later(nine, minutes=8)
    joined(jinan, order, then)
    answer(jinan, order, then, grounds="none")
    joined(jinan, order, later(nine, minutes=9), line="", unit=jinan.units["bureau"].pk)
    first, second = Entry.objects.filter(order=order.pk, action="order.call_joined").order_by("number")
    assert first.payload["parties"] == ["caller", "agent", "third"]
    assert (first.payload["reason"], first.payload["third"], second.payload["third"]) == ("kb_miss", "12330", "住建局")
    # Who was on the line is a person's name: sealed off from the entry.
    assert "刘工" not in str(first.payload)
    assert first.enclosure.body["person"] == "刘工"
    assert list(verify()) == []


def test_c19_whoever_answered_by_an_article_had_no_gap(jinan: Cast, nine: datetime) -> None:
    order, then = jinan.register(nine), later(nine, minutes=8)
    answer(jinan, order, then, grounds="article", article=article(jinan, nine).ref)
    assert "已写明依据" in no_call(jinan, order, then)["reason"]


def test_c19_no_other_reason_no_third_and_no_time_that_was_not(jinan: Cast, nine: datetime) -> None:
    order, then = jinan.register(nine), later(nine, minutes=8)
    assert "知识库没有答案" in no_call(jinan, order, then, reason="busy")["reason"]
    assert "只填一项" in no_call(jinan, order, then, line="")["line"]
    assert "只填一项" in no_call(jinan, order, then, unit=jinan.units["bureau"].pk)["line"]
    assert "开始时间" in no_call(jinan, order, then, started=later(then, minutes=1))["started"]
    assert "开始时间" in no_call(jinan, order, then, started=later(nine, days=-1))["started"]
    assert not Entry.objects.filter(action="order.call_joined").exists()


def test_c19_must_not_bite_under_a_pack_without_such_calls(jinan: Cast, nine: datetime) -> None:
    stored(jinan, "none", knowledge={"call_reasons": []})
    assert "没有规定三方通话" in no_call(jinan, jinan.register(nine), later(nine, minutes=8))[""]


def test_c19_for_which_reasons_and_whether_only_of_a_gap_is_the_packs(jinan: Cast, nine: datetime) -> None:
    reason = {"code": "expert", "title": "请专家解答", "missing": False}
    stored(jinan, "experts", knowledge={"call_reasons": [reason], "named": False})
    order, then = jinan.register(nine), later(nine, minutes=8)
    assert "请专家解答" in no_call(jinan, order, then)["reason"]
    answer(jinan, order, then, grounds="article", article=article(jinan, nine).ref)
    joined(jinan, order, then, reason="expert")
    # Nor need an answer name anything here.
    assert answer(jinan, jinan.register(nine), nine).state == "answered"
