"""A complaint about somebody never reaches him, nor his unit alone (C64): each way round is tried."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.acceptance.zhoucun import REASON, fresh, refused, task
from tests.cast import Cast, _post, later, make_cast, request
from tests.orders.stages import PAYLOADS, REPLY
from tests.rulebooks import Shelf, Tables

from lianxin.directory import snapshot
from lianxin.directory.models import Absence, Post, Staff, Unit
from lianxin.dispatch import handover
from lianxin.exchange import replies
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Notice
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.orders.succession import follow_posts
from lianxin.proceedings.models import Proceeding
from lianxin.telling.viewers import of_person, of_unit

pytestmark = pytest.mark.django_db
WHY = "来电人投诉执法人员态度粗暴、处理不公。"


@pytest.fixture
def jinan(db: None) -> Cast:
    """A bureau with two teams under the rule book of Jinan."""
    cast = make_cast("jinan", "jinan-cg")
    for code, name in (("third", "城管三中队"), ("fourth", "城管四中队")):
        cast.units[code] = Unit.objects.create(
            centre=cast.centre, parent=cast.units["bureau"], code=code, name=name, type="department", position=20
        )
        for role in ("clerk", "hotline_deputy"):
            _post(cast, f"{role}@{code}", cast.units[code], role)
    return cast


def name(cast: Cast, order: Order, at: datetime, *people: str, by: str = "agent", **said: Any) -> None:
    named = {"people": [cast.staff[who].pk for who in people], "reason": WHY}
    cast.do(by, "order.recused", order.pk, at, **named | said)


def site(staff: Staff) -> Client:
    found = Client()
    found.force_login(staff)
    return found


def pages(order: Order) -> Iterator[str]:
    """Each page by which somebody may come upon an order."""
    yield from ("/", "/orders/", f"/search/?q={order.number}", "/notices/", "/flow/", "/figures/", "/proceedings/")
    yield from (f"/orders/{order.number}/", f"/orders/{order.number}/slip/", f"/?q={order.number}")


def nothing(staff: Staff, order: Order) -> None:
    """He finds the order in no list, no search, no count, and cannot open it."""
    assert not Order.objects.visible_to(staff).filter(pk=order.pk).exists()
    client = site(staff)
    for path in pages(order):
        page = client.get(path, follow=True)
        text = page.content.decode()
        asked = f"“{order.number}”" in text or f'value="{order.number}"' in text
        assert order.appeal.title not in text, path
        assert asked or order.number not in text or page.status_code == 404, path
    assert client.get(f"/orders/{order.number}/").status_code == 404
    assert client.get(f"/orders/{order.number}/order.urged/").status_code == 404


# --- he sees nothing ---------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["dispatcher", "supervisor", "leader", "agent", "callback", "auditor", "analyst"])
def test_c64_whoever_of_the_centre_is_complained_of_finds_it_nowhere(jinan: Cast, nine: datetime, who: str) -> None:
    order = jinan.register(nine, title="投诉热线工作人员态度差", text="来电人投诉接线人员挂断电话。")
    other = jinan.register(later(nine, minutes=1))
    assert Order.objects.visible_to(jinan.staff[who]).count() == 2
    name(jinan, order, later(nine, minutes=2), who, by="supervisor" if who != "supervisor" else "leader")
    nothing(jinan.staff[who], order)
    assert list(Order.objects.visible_to(jinan.staff[who])) == [other], "all else he sees as before"
    assert list(verify()) == []


def test_c64_nor_by_any_other_of_his_posts(jinan: Cast, nine: datetime) -> None:
    """As B of the same post, at another unit that has a share, as a leader: it is the person, not the post."""
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "heat")
    man = jinan.staff["clerk@third"]
    Post.objects.filter(pk=jinan.posts["clerk@heat"].pk).update(holder_b=man)
    Post.objects.filter(pk=jinan.posts["leader"].pk).update(holder_b=man)
    assert Order.objects.visible_to(man).filter(pk=order.pk).exists()
    name(jinan, order, nine, "clerk@third")
    nothing(man, order)
    Absence.objects.create(staff=jinan.staff["leader"], start=nine, end=None)
    Staff.objects.filter(pk=man.pk).update(name="改名后", username="renamed")
    nothing(Staff.objects.get(pk=man.pk), order)


def test_c64_he_takes_no_act_on_it_though_he_knows_its_number(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "heat", "third")
    name(jinan, order, nine, "clerk@third")
    for who, verb, said in (
        ("clerk@third", "share.signed", {}),
        ("clerk@third", "share.opined", {"text": "没有这回事，请不予采信。"}),
        ("clerk@third", "order.recused", {"people": [jinan.staff["clerk@third"].pk], "lifts": True, "reason": REASON}),
    ):
        assert "没有这件工单" in str(refused(jinan, who, verb, order, nine, **said)) or verb == "order.recused"
    with pytest.raises(Refused, match="没有这件工单"):
        jinan.do("clerk@third", "share.signed", order.pk, nine)
    man = jinan.staff["clerk@third"]
    Post.objects.filter(pk=jinan.posts["supervisor"].pk).update(holder_a=man)
    jinan.posts["supervisor"].refresh_from_db()
    lifted = {"people": [man.pk], "lifts": True, "reason": REASON}
    assert "没有这件工单" in str(refused(jinan, "supervisor", "order.recused", order, nine, **lifted))


def test_c64_he_is_told_nothing_and_what_he_was_told_before_he_reads_no_more(jinan: Cast, nine: datetime) -> None:
    now = timezone.now()
    order = Order.objects.get(pk=record(Act("order.registered", jinan.actor("agent"), now, REGISTRATION)).order)
    shares = [{"unit": jinan.units["third"].pk, "role": "lead"}]
    sent = {"shares": shares, "basis": "duty_list"}
    record(Act("order.dispatched", jinan.actor("dispatcher"), now, sent, order=order.pk))
    man = jinan.staff["clerk@third"]
    told = Notice.objects.filter(order=order, staff=man)
    assert told.count() == 1
    page = site(man)
    assert order.number in page.get("/").content.decode()
    said = {"people": [man.pk], "reason": WHY}
    record(Act("order.recused", jinan.actor("agent"), now, said, order=order.pk))
    assert order.number not in page.get("/").content.decode() + page.get("/notices/", follow=True).content.decode()
    urged = {"by": "caller", "text": "请尽快处理这件投诉。"}
    record(Act("order.urged", jinan.actor("agent"), now, urged, order=order.pk))
    assert told.count() == 1, "nothing more"
    directory = snapshot.of(jinan.centre.pk)
    assert of_person(directory, man.pk).whole({order.pk}) == set()
    assert of_unit(directory, jinan.units["third"].pk).whole({order.pk}) == set(), "the group of his team"
    assert of_unit(directory, jinan.units["bureau"].pk).whole({order.pk}) == {order.pk}


REGISTRATION = {
    "channel": "phone",
    "source": "city",
    "cls": "complaint",
    "title": "投诉执法人员粗暴执法",
    "text": "来电人投诉城管三中队执法人员态度粗暴。",
    "requests": ["查明情况并答复"],
    "caller": {"name": "刘素芬", "phone": "13900002086"},
    "told": "已告知诉求人由承办单位以外的人员核查。",
}


def test_c64_nor_does_he_carry_it_out_in_an_export(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine, upstream_number="S2026-64", source="city")
    jinan.do("agent", "order.answered", order.pk, nine, **ANSWER)
    span = (jinan.centre, later(nine, days=-1), later(nine, days=1))
    assert replies.sheet(*span, None, jinan.staff["dispatcher"].pk)[1] == 1
    name(jinan, order, nine, "dispatcher")
    assert replies.sheet(*span, None, jinan.staff["dispatcher"].pk)[1] == 0
    assert replies.sheet(*span, None, jinan.staff["supervisor"].pk)[1] == 1


ANSWER = {"told": "已告知诉求人向纪检部门反映的途径。", "grounds": "none"}


def test_c64_named_with_the_registration_he_never_had_it(jinan: Cast, nine: datetime) -> None:
    man = jinan.staff["dispatcher"]
    order = jinan.register(nine, complained=[man.pk])
    assert fresh(order).owner_person_id == jinan.staff["dispatcher:b"].pk
    nothing(man, order)
    assert not Notice.objects.filter(order=order, staff=man, kind="order.recused").exists()
    at_once = request(complained=[jinan.staff["clerk@heat"].pk], urgency="urgent", basis="duty_list")
    with pytest.raises(Refused):
        jinan.do("agent", "order.registered", None, nine, **at_once, dispatch_to=jinan.units["heat"].pk)
    page = site(jinan.staff["agent"]).get("/register/").content.decode()
    assert "被投诉人员" in page
    assert list(verify()) == []


def test_c64_a_form_asks_for_him_only_where_the_pack_has_him_named(base: Cast, nine: datetime) -> None:
    assert "被投诉人员" not in site(base.staff["agent"]).get("/register/").content.decode()
    with pytest.raises(Refused, match="没有规定"):
        base.register(nine, complained=[base.staff["dispatcher"].pk])


# --- nor his unit alone ------------------------------------------------------------------------
def test_c64_his_unit_alone_does_not_get_it(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    name(jinan, order, nine, "clerk@third")
    assert fresh(order).recused_units == [jinan.units["third"].pk]

    def given(*units: tuple[str, str]) -> dict[str, Any]:
        return {"shares": [{"unit": jinan.units[u].pk, "role": role} for u, role in units], "basis": "duty_list"}

    sent = ("dispatcher", "order.dispatched", order, nine)
    assert "不能只由被投诉人所在的单位承办" in str(refused(jinan, *sent, **given(("third", "lead"))))
    assert "不能只由" in str(refused(jinan, *sent, **given(("third", "lead"), ("heat", "assist"))))
    jinan.do("dispatcher", "order.dispatched", order.pk, nine, **given(("bureau", "lead"), ("third", "assist")))
    assert "不能只由" in str(refused(jinan, "dispatcher", "share.role_changed", order, nine, **_role(jinan, order)))
    moved = {
        "unit": jinan.units["third"].pk,
        "basis": "duty_list",
        "reason": REASON,
        "of_unit": jinan.units["bureau"].pk,
    }
    assert "不能只由" in str(refused(jinan, "dispatcher", "share.reassigned", order, nine, **moved))
    assert list(verify()) == []


def test_c64_that_a_unit_is_complained_of_is_told_beside_the_field_that_chose_it(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    name(jinan, order, nine, "clerk@third")
    third, basis = jinan.units["third"].pk, {"basis": "duty_list"}
    sent = {"shares": [{"unit": third, "role": "lead"}], **basis}
    assert refused(jinan, "dispatcher", "order.dispatched", order, nine, **sent).keys() == {"shares"}
    jinan.dispatch(order, nine, "bureau")
    moved = {"unit": third, "reason": REASON, "of_unit": jinan.units["bureau"].pk, **basis}
    assert refused(jinan, "dispatcher", "share.reassigned", order, nine, **moved).keys() == {"unit"}
    jinan.do("clerk@bureau", "return.filed", order.pk, later(nine, minutes=5), **PAYLOADS["return.filed"](jinan, order))
    granted = {"approved": True, "next_unit": third, "reason": REASON, **basis}
    at = later(nine, minutes=9)
    assert refused(jinan, "dispatcher", "return.decided", order, at, **granted).keys() == {"next_unit"}
    # What chooses nobody is told above the form: the unit does nothing while it has it alone.
    other = jinan.register(nine)
    jinan.dispatch(other, nine, "third")
    name(jinan, other, later(nine, minutes=1), "clerk@third")
    assert refused(jinan, "hotline_deputy@third", "share.signed", other, at).keys() == {""}


def test_c64_at_the_desk_it_stands_at_the_unit_where_an_order_is_dispatched_as_it_is_taken_in(
    base: Cast, books: Shelf
) -> None:
    def changed(book: Tables) -> None:
        book["registration"] |= {"dispatched": ["urgent"]}
        book["sight"] |= {"recused_by": ["agent"], "recusal_lifted_by": ["leader"]}

    books.adopt(base, changed)
    form = {
        "key": "c" * 32,
        "source": "city",
        "cls": "complaint",
        "title": "投诉城管三中队执法粗暴",
        "text": "来电人投诉城管三中队执法人员态度粗暴。",
        "requests": "查明情况并答复",
        "told": "已告知诉求人由承办单位以外的人员核查。",
        "urgency": "urgent",
        "basis": "law",
        "dispatch_to": "热力公司",
        "complained": f"{base.staff['clerk@heat'].name}（热力公司）",
        "channel": "phone",
    }
    answer = site(base.staff["agent"]).post("/register/", form)
    assert answer.status_code == 422
    assert not Order.objects.exists()
    shown = answer.context["form"]
    assert "不能只由" in str(shown.errors.get("dispatch_to")), shown.errors
    assert "__all__" not in shown.errors


def _role(cast: Cast, order: Order) -> dict[str, Any]:
    return {"of_unit": cast.units["third"].pk, "role": "lead", "reason": REASON}


def test_c64_nor_from_above_nor_after_he_was_moved(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    name(jinan, order, nine, "clerk@third")
    jinan.dispatch(order, nine, "bureau")
    jinan.do("clerk@bureau", "share.signed", order.pk, nine)
    down = {"unit": jinan.units["third"].pk}
    assert "不能向其下派" in str(refused(jinan, "clerk@bureau", "share.delegated", order, nine, **down))
    jinan.do("clerk@bureau", "share.delegated", order.pk, nine, unit=jinan.units["fourth"].pk)
    # He is moved to the heating company: neither that nor the team where it was has it alone.
    Staff.objects.filter(pk=jinan.staff["clerk@third"].pk).update(unit=jinan.units["heat"])
    again = jinan.register(nine)
    name(jinan, again, nine, "clerk@third", units=[jinan.units["third"].pk])
    for unit in ("third", "heat"):
        said = {"shares": [{"unit": jinan.units[unit].pk, "role": "lead"}], "basis": "duty_list"}
        assert "不能只由" in str(refused(jinan, "dispatcher", "order.dispatched", again, nine, **said)), unit
    jinan.dispatch(again, nine, "town")


def test_c64_a_unit_complained_of_as_such_may_assist_and_every_other_order_is_its_own(
    jinan: Cast, nine: datetime
) -> None:
    order, other = jinan.register(nine), jinan.register(nine)
    name(jinan, order, nine, units=[jinan.units["third"].pk])
    shares = [{"unit": jinan.units["third"].pk, "role": "dual"}, {"unit": jinan.units["heat"].pk, "role": "dual"}]
    jinan.do("dispatcher", "order.dispatched", order.pk, nine, shares=shares, basis="duty_list")
    jinan.do("clerk@third", "share.signed", order.pk, nine)
    gone = {"of_unit": jinan.units["heat"].pk, "reason": REASON}
    assert "不能只由" in str(refused(jinan, "dispatcher", "share.released", order, nine, **gone))
    jinan.dispatch(other, nine, "third")
    jinan.do("clerk@third", "share.signed", other.pk, nine)


def test_c64_named_after_the_dispatch_his_unit_does_nothing_more_until_it_goes_elsewhere(
    jinan: Cast, nine: datetime
) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "third")
    jinan.do("clerk@third", "share.signed", order.pk, nine)
    name(jinan, order, nine, "clerk@third")
    share = Share.objects.get(order=order)
    assert share.holder_id == jinan.staff["clerk@third:b"].pk, "the other holder of his post"
    assert fresh(order).owner_person_id == share.holder_id
    page = site(jinan.staff["hotline_deputy@third"]).get(f"/orders/{order.number}/")
    assert page.status_code == 200
    why = str(refused(jinan, "hotline_deputy@third", "inner.audited", order, nine, approved=True))
    assert "请确定其他单位主办" in why
    to = {"to": jinan.staff["clerk@third"].pk}
    assert refused(jinan, "hotline_deputy@third", "share.transferred", order, nine, **to)
    found = task(order, "watch_complaint")
    assert (found.post_role, found.holder_id) == ("supervisor", jinan.staff["supervisor"].pk)
    gone = {"unit": jinan.units["heat"].pk, "basis": "duty_list", "reason": REASON}
    jinan.do("dispatcher", "share.reassigned", order.pk, nine, **gone)
    assert fresh(order).owner_unit_id == jinan.units["heat"].pk
    assert list(verify()) == []


# --- somebody always answers -------------------------------------------------------------------
def test_c64_where_he_is_the_only_one_of_the_unit_somebody_above_has_it(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "third")
    man = jinan.staff["clerk@third"]
    for post in ("clerk@third", "hotline_deputy@third"):
        Post.objects.filter(pk=jinan.posts[post].pk).update(holder_a=man, holder_b=None)
    name(jinan, order, nine, "clerk@third")
    share = Share.objects.get(order=order)
    above = {jinan.staff[f"{role}@bureau"].pk for role in ("principal", "hotline_deputy", "clerk")}
    assert share.holder_id in above
    assert fresh(order).owner_person_id in above
    # A job that looks after posts finds nothing to put right.
    before = Entry.objects.count()
    follow_posts(later(nine, minutes=5))
    assert Entry.objects.count() == before
    assert list(verify()) == []


def test_c64_what_a_whole_unit_is_complained_of_for_lies_above_and_is_handed_over_once(
    jinan: Cast, nine: datetime
) -> None:
    """At a step that a post of the unit answers for, too."""
    order = jinan.register(nine)
    (share,) = jinan.dispatch(order, nine, "heat")
    jinan.do("clerk@heat", "share.signed", order.pk, nine, share=share.pk)
    jinan.do("clerk@heat", "share.replied", order.pk, later(nine, minutes=1), **REPLY, share=share.pk)
    assert fresh(order).node == "unit_audit"
    name(jinan, order, nine, *sorted(who for who in jinan.staff if "@heat" in who))
    owner = fresh(order).owner_person_id
    before = Entry.objects.count()
    for minutes in (5, 10):
        jinan.posts["clerk@town"].save()
        follow_posts(later(nine, minutes=minutes))
    assert Entry.objects.count() == before
    assert fresh(order).owner_person_id == owner


def test_c64_the_dispatcher_complained_of_is_no_owner_and_lays_hands_on_nothing(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    man = jinan.staff["dispatcher"]
    assert order.owner_person_id == man.pk
    Post.objects.filter(pk=jinan.posts["dispatcher"].pk).update(holder_b=None)
    name(jinan, order, nine, "dispatcher")
    now = fresh(order)
    assert (now.owner_person_id, now.vacant) == (jinan.staff["supervisor"].pk, "dispatcher")
    before = Entry.objects.count()
    follow_posts(later(nine, minutes=5))
    assert Entry.objects.count() == before, "it does not go back to him by itself"
    nothing(man, order)


def test_c64_the_supervisor_complained_of_does_not_watch_over_himself(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    Post.objects.filter(pk=jinan.posts["supervisor"].pk).update(holder_b=None)
    name(jinan, order, nine, "supervisor")
    found = task(order, "watch_complaint")
    assert (found.post_role, found.holder_id) == ("leader", jinan.staff["leader"].pk)
    follow_posts(later(nine, minutes=5))
    assert task(order, "watch_complaint").holder_id == jinan.staff["leader"].pk


def test_c64_what_he_carries_on_about_it_goes_to_another_and_he_sees_it_no_more(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "heat")
    text = {"title": "督办粗暴执法投诉", "text": "请在时限内查明情况并报告。", "due": later(nine, days=9)}
    jinan.do("leader", "supervision.opened", None, nine, numbers=[order.number], **text)
    root = Proceeding.objects.get(kind="supervision")
    jinan.do("clerk@heat", "supervision.reported", root.pk, nine, result="已经查明。")
    man = jinan.staff["supervisor"]
    assert Proceeding.objects.get().owner_person_id == man.pk
    name(jinan, order, nine, "supervisor")
    assert Proceeding.objects.get().owner_person_id == jinan.staff["supervisor:b"].pk
    # The job that follows the posts leaves it there, and writes nothing each time that it looks.
    handed = Entry.objects.filter(proceeding=root, action="proceeding.handed_over")
    before = handed.count()
    for minutes in (5, 10):
        jinan.posts["clerk@town"].save()
        follow_posts(later(nine, minutes=minutes))
    assert handed.count() == before
    assert Proceeding.objects.get().owner_person_id == jinan.staff["supervisor:b"].pk
    assert not Proceeding.objects.visible_to(man).exists()
    assert site(man).get(f"/proceedings/{root.number}/").status_code == 404
    with pytest.raises(Refused, match="没有这件专办事项"):
        jinan.do("supervisor", "supervision.settled", root.pk, nine)
    jinan.do("leader", "supervision.settled", root.pk, nine)
    assert list(verify()) == []


def test_c64_nobody_hands_it_to_him(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    jinan.dispatch(order, nine, "heat", "third")
    name(jinan, order, nine, "clerk@third:b")
    directory = snapshot.of(jinan.centre.pk)
    person, to = jinan.staff["clerk@third"].pk, jinan.staff["clerk@third:b"].pk
    plan = handover.of_person(directory, person, to, nine)
    assert [step.why for step in plan.steps] == ["这件工单投诉的就是这名人员，不能由其承办，请选择其他人员"]
    Absence.objects.create(staff=jinan.staff["clerk@third"], start=nine, end=None)
    follow_posts(later(nine, minutes=5))
    assert to not in set(Share.objects.filter(order=order).values_list("holder", flat=True))


# --- repeats -----------------------------------------------------------------------------------
@pytest.mark.parametrize("first", [True, False])
def test_c64_a_repeat_and_its_main_order_are_kept_from_him_together(jinan: Cast, nine: datetime, first: bool) -> None:
    main, repeat = jinan.register(nine), jinan.register(nine, title="再次投诉执法人员态度粗暴")
    jinan.dispatch(main, nine, "heat")
    if first:
        name(jinan, repeat, nine, "clerk@heat")
    jinan.do("agent", "order.merged", repeat.pk, nine, number=main.number)
    if not first:
        name(jinan, repeat, nine, "clerk@heat", units=[])
    for order in (main, repeat):
        assert fresh(order).recused == [jinan.staff["clerk@heat"].pk]
        nothing(jinan.staff["clerk@heat"], order)
    assert list(verify()) == []


# --- who names ---------------------------------------------------------------------------------
def test_c64_only_a_supervisor_or_leader_takes_it_back_and_then_he_sees_it_again(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    name(jinan, order, nine, "dispatcher")
    lifted = {"people": [jinan.staff["dispatcher"].pk], "lifts": True, "reason": "查明投诉的不是该人员。"}
    assert "撤销" in str(refused(jinan, "agent", "order.recused", order, nine, **lifted))
    jinan.do("supervisor", "order.recused", order.pk, nine, **lifted)
    assert (fresh(order).recused, fresh(order).recused_units) == (None, None)
    assert Order.objects.visible_to(jinan.staff["dispatcher"]).filter(pk=order.pk).exists()


def test_c64_taken_back_goes_what_came_with_him_and_stays_what_was_named_as_such(jinan: Cast, nine: datetime) -> None:
    order, man = jinan.register(nine), jinan.staff["clerk@third"]
    third, heat = jinan.units["third"].pk, jinan.units["heat"].pk
    lifted = {"people": [man.pk], "lifts": True, "reason": "查明投诉的不是该人员。"}
    name(jinan, order, nine, "clerk@third")
    assert fresh(order).recused_units == [third]
    # He is moved meanwhile: the unit that came with him goes with him.
    man.unit = jinan.units["heat"]
    man.save()
    Post.objects.filter(holder_a=man).update(holder_a=None)
    assert "没有登记" in str(
        refused(jinan, "leader", "order.recused", order, nine, **lifted | {"people": [], "units": [third]})
    )
    jinan.do("leader", "order.recused", order.pk, nine, **lifted)
    assert (fresh(order).recused, fresh(order).recused_units, fresh(order).recused_for) == (None, None, {})
    # A unit that was named as such stays when one of its people is taken back.
    jinan.do("leader", "order.recused", order.pk, nine, units=[heat], reason=WHY)
    name(jinan, order, nine, "clerk@third")
    jinan.do("leader", "order.recused", order.pk, nine, **lifted)
    assert (fresh(order).recused, fresh(order).recused_units) == (None, [heat])
    jinan.do("leader", "order.recused", order.pk, nine, units=[heat], lifts=True, reason=WHY)
    assert fresh(order).recused_units is None
    assert list(verify()) == []


def test_c64_who_names_and_who_takes_it_back_is_the_packs(base: Cast, books: Shelf, nine: datetime) -> None:
    order = base.register(nine)
    said = {"people": [base.staff["dispatcher"].pk], "reason": WHY}
    assert "没有规定" in str(refused(base, "supervisor", "order.recused", order, nine, **said))

    def changed(book: Tables) -> None:
        book["sight"] |= {"recused_by": ["callback"], "recusal_lifted_by": ["leader"]}

    books.adopt(base, changed)
    assert "由回访员登记" in str(refused(base, "supervisor", "order.recused", order, nine, **said))
    base.do("callback", "order.recused", order.pk, nine, **said)
    assert "由中心领导撤销" in str(refused(base, "callback", "order.recused", order, nine, **said | {"lifts": True}))
    base.do("leader", "order.recused", order.pk, nine, **said | {"lifts": True})


def test_c64_bad_input_is_told_beside_its_field(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    root = jinan.units["centre"].pk
    for said, field in (
        ({}, "people"),
        ({"people": [999_999]}, "people"),
        ({"units": [root]}, "units"),
        ({"people": [jinan.staff["agent"].pk], "lifts": True}, "people"),
    ):
        found = refused(jinan, "supervisor", "order.recused", order, nine, **said | {"reason": WHY})
        assert field in found, said


def test_c64_it_costs_no_statement_more(jinan: Cast, nine: datetime, django_assert_num_queries: Any) -> None:
    orders = [jinan.register(later(nine, minutes=n)) for n in range(6)]
    man = jinan.staff["dispatcher"]
    for order in orders[:3]:
        name(jinan, order, later(nine, minutes=9), "dispatcher")
    client = site(man)
    client.get("/")
    with django_assert_num_queries(len(_asked(client))):
        page = client.get("/")
    assert sum(order.number in page.content.decode() for order in orders) == 3


def _asked(client: Client) -> list[Any]:
    with CaptureQueriesContext(connection) as found:
        client.get("/")
    return list(found.captured_queries)
