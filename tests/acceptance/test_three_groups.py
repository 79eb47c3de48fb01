"""A district whose pack names three groups, its own types, layers and reasons: from registration to printed bulletin.

Seed 004 wants streets, departments and zones ranked apart.  Nothing of this centre is called as the shipped packs
call it, so whatever code still knew by its spelling would show here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils.html import strip_tags
from docx import Document
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.web import REPLY, Site, share_of
from tests.rulebooks import three_groups

from lianxin.bulletins import drill, issue
from lianxin.bulletins.document import Paragraph, Table, plain
from lianxin.bulletins.weekly import figure
from lianxin.directory.models import PolicyVersion, Unit
from lianxin.followup.models import Callback
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

NINE = shanghai("2026-11-16 09:00")
WEEK = (date(2026, 11, 16), date(2026, 11, 22))
KINDS = {
    "town": ("street", "streets"),
    "bureau": ("office", "offices"),
    "heat": ("zone", "zones"),
    "village": ("community", ""),
}


@pytest.fixture
def qu(db: None, tmp_path: Path) -> Iterator[Cast]:
    """The cast under the pack `three`: 大店镇 is a street, 住建局 a department, 热力公司 a zone."""
    with three_groups(tmp_path):
        cast = make_cast("qu", "three", KINDS)
        for unit in cast.units.values():
            unit.full_clean()
        yield cast


def handled(cast: Cast, unit: str, hours: int) -> Order:
    """Registered, sent to `unit`, replied, passed and closed."""
    at = later(NINE, hours=hours)
    order = cast.register(at)
    cast.dispatch(order, later(at, minutes=5), unit)
    passed(cast, order, unit, later(at, minutes=10))
    return order


def passed(cast: Cast, order: Order, unit: str, at: Any) -> None:
    share = share_of(order)
    cast.do(f"clerk@{unit}", "share.signed", order.pk, at, share=share.pk)
    cast.do(f"clerk@{unit}", "share.contacted", order.pk, at, text="已电话联系，约定上门。")
    cast.do(f"clerk@{unit}", "share.replied", order.pk, at, **REPLY)
    cast.do(f"hotline_deputy@{unit}", "share.unit_audited", order.pk, at, share=share.pk, approved=True)
    cast.do("auditor", "share.passed", order.pk, at, share=share.pk)


@pytest.fixture
def lived(qu: Cast) -> Cast:
    """Three of the zone's, two of the street's, one of the department's that a return brought there; one graded."""
    for hours in range(3):
        graded = handled(qu, "heat", hours)
    grades = {"process_grade": "satisfied", "result_grade": "dissatisfied", "solved": False}
    at = later(NINE, hours=20)
    qu.do("system", "callback.recorded", graded.pk, at, layer="province", **grades)
    for hours in range(2):
        handled(qu, "town", hours)
    order = qu.register(later(NINE, hours=5))
    qu.dispatch(order, later(NINE, hours=5, minutes=5), "town")
    petition = {"return_reason": "border", "reason": "事发地在两区交界处", "legal_basis": "派单目录"}
    qu.do("clerk@town", "return.filed", order.pk, later(NINE, hours=5, minutes=10), **petition)
    decision = {"approved": True, "basis": "duty_list", "reason": "情况属实，同意退单。"}
    next_unit = qu.units["bureau"].pk
    qu.do("dispatcher", "return.decided", order.pk, later(NINE, hours=6), next_unit=next_unit, **decision)
    passed(qu, order, "bureau", later(NINE, hours=7))
    return qu


def test_the_bulletin_prints_three_groups(lived: Cast) -> None:
    made = issue.weekly(lived.centre, *WEEK, later(NINE, days=7))
    lines = [plain(block.runs) for block in made.bulletin.blocks if isinstance(block, Paragraph)]
    assert [line for line in lines if "排名" in line] == [
        "承办量排名第一位的板块是热力公司，占诉求总量的50.0%。",
        "承办量排名第一位的街道是大店镇，占诉求总量的33.3%。",
        "承办量排名第一位的区直部门是住建局，占诉求总量的16.7%。",
    ]
    tables = [block for block in made.bulletin.blocks if isinstance(block, Table)]
    found = [(table.label, table.caption, [[cell.text for cell in row] for row in table.rows]) for table in tables]
    assert found == [
        ("附件1", "街道办理情况", [["1", "大店镇", "2", "-"]]),
        ("附件2", "区直部门办理情况", [["1", "住建局", "1"]]),
        ("附件3", "板块办理情况", [["1", "热力公司", "3", "3"]]),
    ]
    for key in issue.printed(made.bulletin):
        assert drill.orders_of(made.gathered, drill.read(made.gathered, key)), key
    zone = drill.read(made.gathered, "unit_share.group.zones")
    assert (zone.title, len(drill.orders_of(made.gathered, zone))) == ("板块 前几位承办单位占诉求总量的比例", 3)
    for strange in ("unit_share", "unit_share.group.town", "class_share.group.zones", "handled.group.zones"):
        with pytest.raises(KeyError):
            drill.read(made.gathered, strange)
    # What would be printed of it today: `corrections` holds it against what was.
    again = (made.gathered.figures, made.gathered.pack)
    assert figure(*again, "unit_share.group.zones") == "50.0%"
    assert figure(*again, "unit_share.group.moons") == "0.0%"
    written = Document(io.BytesIO(issue.render(made.bulletin, ".docx")))
    text = "\n".join(paragraph.text for paragraph in written.paragraphs)
    for words in ("板块是热力公司", "街道是大店镇", "区直部门是住建局", "附件3：板块办理情况"):
        assert words in text
        assert words in strip_tags(issue.render(made.bulletin, ".html").decode())
    assert issue.render(made.bulletin, ".pdf").startswith(b"%PDF")


def test_the_figures_have_a_table_a_group_and_count_reasons(lived: Cast) -> None:
    site = Site(lived)
    page = site.get("leader", "/figures/?week=2026-W47").content.decode()
    assert [page.count(f"<h2>{title}</h2>") for title in ("街道", "区直部门", "板块", "镇街")] == [1, 1, 1, 0]
    assert page.index(">热力公司</th>") > page.index("<h2>板块</h2>")
    assert '<th scope="row">辖区交界，责任不清</th>' in page
    behind = site.get("leader", "/bulletins/2026-W47/orders/?key=return_asked.reason.border").content.decode()
    assert "辖区交界，责任不清 退单申请量" in behind
    assert Task.objects.get(kind="return").order.number in behind


def test_the_assessed_layer_is_the_pack_s(lived: Cast) -> None:
    made = issue.weekly(lived.centre, *WEEK, later(NINE, days=7))
    heat = next(unit for unit in made.gathered.figures.units if unit.name == "热力公司")
    assert made.gathered.scope.layer == "province"
    assert Callback.objects.get().layer == "province"
    page = Site(lived).get("callback", f"/orders/{Callback.objects.get().order.number}/").content.decode()
    assert "省级回访：过程满意，结果不满意，未解决" in page
    assert "<dt>省级回访</dt>" in page
    assert heat.group == "zones"


def test_the_pack_s_reasons_are_asked_told_and_listed(qu: Cast) -> None:
    site = Site(qu)
    order = site.dispatched("town")
    form = site.get("clerk@town", f"/orders/{order.number}/return.filed/").content.decode()
    assert "退单理由" in form
    assert "辖区交界，责任不清" in form
    assert "与在办工单重复" not in form
    words = {"reason": "事发地在两区交界处", "legal_basis": "派单目录"}
    unsaid = site.do("clerk@town", order, "return.filed", **words)
    assert unsaid.status_code == 422
    with pytest.raises(Refused, match="退单理由只能是：辖区交界，责任不清、不属本单位职责"):
        qu.do("clerk@town", "return.filed", order.pk, order.registered_at, return_reason="duplicate", **words)
    site.done("clerk@town", order, "return.filed", return_reason="border", **words)
    queue = site.get("dispatcher", "/?queue=returns").content.decode()
    assert "申请退单：辖区交界，责任不清" in queue
    page = site.get("dispatcher", f"/orders/{order.number}/").content.decode()
    assert "申请退单：辖区交界，责任不清，依据派单目录" in page
    assert [*verify(centre=qu.centre.pk)] == []


def test_call_backs_are_of_the_pack_s_layers(qu: Cast) -> None:
    order = handled(qu, "heat", 0)
    at = later(NINE, hours=2)
    form = Site(qu).get("callback", f"/orders/{order.number}/callback.recorded/").content.decode()
    assert re.findall(r'name="layer" value="(\w+)"\s+id="[\w-]+"( checked)?', form) == [
        ("province", ""),
        ("own", " checked"),
    ]
    with pytest.raises(Refused, match="回访层级只能是：省级、区级"):
        qu.do("callback", "callback.recorded", order.pk, at, layer="city", solved=True)
    qu.do("callback", "callback.recorded", order.pk, at, solved=True)
    assert Callback.objects.get().layer == "own"
    order.refresh_from_db()
    assert order.called_back_round == 1


def test_what_the_period_s_pack_lacks_stops_nothing(lived: Cast) -> None:
    """From Thursday on another pack is in force: units, reasons and layers of before are counted under their codes."""
    PolicyVersion.objects.create(centre=lived.centre, pack_id="base", effective_from=date(2026, 11, 19))
    page = Site(lived).get("leader", "/figures/?week=2026-W47").content.decode()
    assert "<h2>zones（本期规则包中没有的分组）</h2>" in page
    assert page.index(">热力公司</th>") > page.index("<h2>zones（")
    # The reason is told in the words of the order's own pack.
    assert '<th scope="row">辖区交界，责任不清</th>' in page
    made = issue.weekly(lived.centre, *WEEK, later(NINE, days=7))
    tables = [block for block in made.bulletin.blocks if isinstance(block, Table)]
    assert [table.rows for table in tables] == [(), ()]
    assert tables[-1].note.endswith("另有3家不参加排名的单位承办6件。")
    assert Unit.objects.get(code="heat").ranking_group == "zones"
