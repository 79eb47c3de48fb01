"""Ways to an order that do not begin at the order: whom it complains of comes by none of them upon it (C64)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from tests.acceptance.zhoucun import fresh, refused
from tests.cast import Cast, later, make_cast
from tests.desk.web import Site
from tests.dispatch.catalogue import category, drafted, enacted, row
from tests.orders.stages import PAYLOADS
from tests.orders.test_recusal import site as signed_in
from tests.proceedings.handovers import accepted, handed, shifts
from tests.proceedings.inspecting import begin, teams

from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.orders.succession import follow_posts
from lianxin.proceedings.models import About, Proceeding

pytestmark = pytest.mark.django_db
WHY = "来电人投诉工作人员态度粗暴、处理不公。"


@pytest.fixture
def jinan(db: None) -> Cast:
    return make_cast("jinan", "jinan-cg")


def name(cast: Cast, order: Order, at: datetime, *people: int, by: str = "agent") -> None:
    cast.do(by, "order.recused", order.pk, at, people=list(people), reason=WHY)


def names(page: str, order: Order) -> bool:
    """Whether its number stands there: not as the end of a proceeding's."""
    return re.search(rf"(?<![A-Z]){order.number}", page) is not None


def test_c64_he_does_not_read_of_it_where_a_draft_of_the_catalogue_is_compared(jinan: Cast, nine: datetime) -> None:
    about = category(jinan, "供暖温度")
    enacted(jinan, later(nine, days=-40), row(jinan, "R1", "供暖温度", "heat"))
    theirs, other = (jinan.register(later(nine, days=-3), category=about) for _ in range(2))
    for order in (theirs, other):
        jinan.dispatch(order, later(nine, days=-3), "heat")
    name(jinan, theirs, nine, jinan.staff["dispatcher"].pk)
    batch = drafted(jinan, nine, row(jinan, "R1", "供暖温度", "bureau"))
    path, site = f"/catalogue/drafts/{batch.pk}/compared/", Site(jinan)
    seen = site.get("dispatcher", path).content.decode()
    assert other.number in seen
    assert theirs.number not in seen
    assert theirs.number in site.get("supervisor", path).content.decode()


def test_c64_nor_among_the_rulings_that_the_catalogue_waits_for(jinan: Cast, nine: datetime) -> None:
    order = jinan.register(nine)
    asked = PAYLOADS["order.coordinated"](jinan, order)
    jinan.do("dispatcher", "order.coordinated", order.pk, nine, **asked)
    root = Proceeding.objects.get(kind="coordination")
    ruled: dict[str, Any] = {"shares": [{"unit": jinan.units["heat"].pk, "role": "lead"}], "basis": "law"}
    ruled |= {
        "basis_text": "《供热条例》",
        "reason": "换热站产权属热力公司。",
        "catalogue": "yes",
        "item": "投诉换热站",
    }
    jinan.do("supervisor", "coordination.ruled", root.pk, nine, **ruled)
    site = Site(jinan)
    assert root.number in site.get("dispatcher", "/catalogue/").content.decode()
    name(jinan, order, later(nine, minutes=5), jinan.staff["dispatcher"].pk)
    assert root.number not in site.get("dispatcher", "/catalogue/").content.decode()
    assert root.number in site.get("supervisor", "/catalogue/").content.decode()


@pytest.mark.parametrize("action", ["order.linked", "order.merged"])
def test_c64_nor_does_he_tie_another_order_to_it_by_its_number(jinan: Cast, nine: datetime, action: str) -> None:
    theirs, mine = jinan.register(nine), jinan.register(later(nine, minutes=1))
    jinan.dispatch(theirs, nine, "heat")
    name(jinan, theirs, nine, jinan.staff["dispatcher"].pk)
    found = refused(jinan, "dispatcher", action, mine, nine, number=theirs.number)
    assert found["number"] == "没有这个工单号，请核对"
    jinan.do("agent", action, mine.pk, nine, number=theirs.number)


def test_c64_nor_does_he_answer_by_it(jinan: Cast, nine: datetime) -> None:
    theirs, mine = jinan.register(nine), jinan.register(later(nine, minutes=1))
    jinan.dispatch(theirs, nine, "heat")
    name(jinan, theirs, nine, jinan.staff["agent"].pk)
    said = {"told": "已告知同一事项正在办理。", "grounds": "earlier", "earlier": theirs.number}
    assert refused(jinan, "agent", "order.answered", mine, nine, **said)["earlier"] == "没有这个工单号，请核对"


def test_c64_a_shift_is_handed_over_and_taken_over_by_those_of_whom_an_urgent_order_complains(
    jinan: Cast, nine: datetime
) -> None:
    """That order is left to others; all else goes over."""
    first, second = shifts(jinan, nine, "supervisor", "leads")
    at = later(nine, hours=1)
    theirs = jinan.register(at, urgency="urgent")
    other = jinan.register(at, urgency="urgent")
    name(jinan, theirs, at, second.pk)
    root = handed(jinan, first, later(nine, hours=7.5), "supervisor").order
    assert root is not None
    assert Proceeding.objects.visible_to(second).filter(pk=root).exists()
    accepted(jinan, second, root, later(nine, hours=8.1), "supervisor")
    about = set(About.objects.filter(proceeding=root, to_order__isnull=False).values_list("to_order", flat=True))
    assert about == {other.pk}


def test_c64_whom_an_order_complains_of_after_the_shift_was_handed_over_takes_it_over_without_that_order(
    jinan: Cast, nine: datetime
) -> None:
    """What he reads leaves it out, whatever names it; to all others the note says what it said."""
    first, second = shifts(jinan, nine, "supervisor", "leads")
    at = later(nine, hours=1)
    theirs, other = (jinan.register(at, urgency="urgent") for _ in range(2))
    text = f"{theirs.number} 等待单位回电，{other.number} 已约定上门。"
    root = handed(jinan, first, later(nine, hours=7.5), "supervisor", text=text).order
    assert root
    before = Proceeding.objects.get(pk=root)
    name(jinan, theirs, later(nine, hours=7.6), second.pk)
    taking, colleague = signed_in(second), signed_in(jinan.staff["leader"])
    number = before.number
    for address in (f"/proceedings/{number}/", "/proceedings/", "/proceedings/?kind=handover&view=all", "/", "/me/"):
        page = taking.get(address)
        assert page.status_code == 200, address
        assert not names(page.content.decode(), theirs), address
    page = taking.get(f"/proceedings/{number}/").content.decode()
    assert f"1 件：{other.number}" in page
    assert "2 件" not in page
    assert number not in taking.get(f"/proceedings/?view=all&q={theirs.number}").content.decode(), "nor by its number"
    assert number in taking.get(f"/proceedings/?view=all&q={other.number}").content.decode()
    assert f"2 件：{theirs.number}、{other.number}" in colleague.get(f"/proceedings/{number}/").content.decode()
    accepted(jinan, second, root, later(nine, hours=8.1), "supervisor", note="已核对。")
    assert Proceeding.objects.get(pk=root).state == "accepted"
    said = Entry.objects.get(proceeding=root, action="handover.accepted").payload
    assert theirs.pk not in said["orders"]
    assert not names(taking.get(f"/proceedings/{number}/").content.decode(), theirs)
    # It lies on somebody else meanwhile, and a supervisor watches over it.
    assert fresh(theirs).owner_person_id != second.pk
    assert list(verify()) == []


def test_c64_a_shift_that_nobody_takes_over_goes_to_the_supervisor_complained_of_without_that_order(
    jinan: Cast, nine: datetime
) -> None:
    """Else a complaint about whoever is to look after it would keep it from being settled."""
    first, _ = shifts(jinan, nine)
    theirs = jinan.register(later(nine, hours=1), urgency="urgent")
    root = handed(jinan, first, later(nine, hours=7.5)).order
    assert root
    record(Act("handover.lapsed", Actor.system(jinan.centre.pk), later(nine, hours=9), {}, order=root))
    name(jinan, theirs, later(nine, hours=9.1), jinan.staff["supervisor"].pk)
    mine = Proceeding.objects.get(pk=root)
    assert mine.owner_person_id == jinan.staff["supervisor"].pk
    assert not names(signed_in(jinan.staff["supervisor"]).get(f"/proceedings/{mine.number}/").content.decode(), theirs)
    settled = {"reason": "接班人迟到，已批评。"}
    jinan.do("supervisor", "handover.settled", root, later(nine, hours=10), **settled)
    assert Proceeding.objects.get(pk=root).state == "settled"
    follow_posts(later(nine, hours=11))
    assert list(verify()) == []


def test_c64_nor_does_he_inspect_by_it(jinan: Cast, nine: datetime) -> None:
    """He is told what he would be told of a number that there is not."""
    teams(jinan)
    theirs = jinan.register(nine)
    jinan.dispatch(theirs, nine, "town")
    name(jinan, theirs, nine, jinan.staff["clerk@team"].pk)
    with pytest.raises(Refused) as found:
        begin(jinan, later(nine, hours=1), "difficult", numbers=[theirs.number])
    assert found.value.problems["numbers"] == f"督查对象没有承办这个工单号：{theirs.number}"
    begin(jinan, later(nine, hours=1), "difficult", numbers=[theirs.number], by="principal@team")


def test_c64_a_matter_of_which_one_order_complains_of_its_owner_goes_to_another(jinan: Cast, nine: datetime) -> None:
    first, second = jinan.register(nine), jinan.register(later(nine, minutes=1))
    jinan.do("agent", "order.linked", second.pk, nine, number=first.number)
    matter = Proceeding.objects.get(kind="matter")
    said = {"cause": "换热站设备老化，多次抢修无效。", "measures": "更换设备，逐户回访。", "due": later(nine, days=20)}
    jinan.do("supervisor", "matter.studied", matter.pk, later(nine, hours=1), **said)
    name(jinan, second, later(nine, hours=2), jinan.staff["supervisor"].pk)
    other = jinan.staff["supervisor:b"].pk
    assert Proceeding.objects.get().owner_person_id == other
    with pytest.raises(Refused, match="没有这件专办事项"):
        jinan.do("supervisor", "matter.settled", matter.pk, later(nine, hours=3))
    jinan.posts["clerk@town"].save()
    follow_posts(later(nine, hours=3))
    assert Proceeding.objects.get().owner_person_id == other
    assert list(verify()) == []
