"""The dispatch catalogue on the desk: looked up by all, changed in drafts, read in from a sheet, taken beside an order
by one key, and for many orders at once (C26)."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.web import Site
from tests.dispatch.catalogue import category, drafted, enacted, row
from tests.rulebooks import stored

from lianxin.desk.refused import of_orders
from lianxin.desk.views import dispatching
from lianxin.directory import snapshot
from lianxin.directory.sheets import workbook
from lianxin.dispatch.catalogue import sheet
from lianxin.dispatch.models import CatalogueBatch, CatalogueRow
from lianxin.ledger.models import Entry, Journal
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.proceedings.models import Proceeding

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(db: None) -> Cast:
    return make_cast("base", "base")


@pytest.fixture
def site(base: Cast) -> Site:
    return Site(base)


def now() -> datetime:
    return timezone.now()


def words(answer: Any) -> str:
    """What the page says, without its marks."""
    text = re.sub(r"<(script|style).*?</\1>", "", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def send(site: Site, who: str, path: str, **data: Any) -> Any:
    return site.at(who).post(path, data)


def typed(**changes: str) -> dict[str, str]:
    """A row as it is typed into the form: by the headers of the sheet."""
    said = {
        sheet.CODE: "R1",
        sheet.ITEM: "室温不达标",
        sheet.CATEGORY: "供暖温度",
        sheet.LEAD: "热力公司",
        sheet.BASIS: "权责清单",
        "依据": "供热管理办法",
    } | changes
    return {f"c{n}": said.get(header, "") for n, header in enumerate(sheet.HEADERS)}


def file(*lines: dict[str, str]) -> SimpleUploadedFile:
    cells = ([line.get(header, "") for header in sheet.HEADERS] for line in lines)
    return SimpleUploadedFile("目录.xlsx", workbook.write("派单目录", sheet.HEADERS, cells, {}))


LINE = {
    sheet.CODE: "R1",
    sheet.ITEM: "室温不达标",
    sheet.CATEGORY: "居民生活 › 供暖 › 供暖温度",
    sheet.LEAD: "热力公司",
    sheet.ASSISTS: "大店镇，住建局",
    sheet.BASIS: "权责清单",
    "依据": "供热管理办法",
    "依据核对日期": "2026-11-01",
    sheet.LIMIT: "3个工作日",
    "关键词": "室温;暖气",
}


SPANS = {"stale": "1 days", "objection": "2 workdays", "look_back": "1 days"}


# --- looked up ------------------------------------------------------------------------------------
def test_c26_everybody_looks_up_whose_duty_it_is(base: Cast, site: Site) -> None:
    enacted(base, now(), row(base, "R1", "供暖温度", "heat", item="室温不达标"), row(base, "R2", "路灯", "bureau"))
    for who in ("clerk@town", "agent", "dispatcher"):
        assert "室温不达标" in words(site.get(who, "/catalogue/?q=室温"))
        assert "R2" not in words(site.get(who, "/catalogue/?q=室温"))
    assert "R2" in words(site.get("agent", "/catalogue/?unit=住建局"))
    # By the category that it is of, or one above.
    assert "室温不达标" in words(site.get("agent", "/catalogue/?q=居民生活"))
    assert "没有找到" in words(site.get("agent", "/catalogue/?q=不存在"))
    found = CatalogueRow.objects.get(code="R1")
    assert "供热管理办法" in words(site.get("clerk@town", f"/catalogue/rows/{found.pk}/"))
    # A unit changes nothing, and another centre's is not there.
    assert send(site, "clerk@town", f"/catalogue/rows/{found.pk}/", **typed()).status_code == 403
    assert site.get("clerk@town", "/catalogue/new/").status_code == 403
    assert send(site, "clerk@town", "/catalogue/usual/").status_code == 403
    stranger = Site(make_cast("other", "base"))
    assert stranger.get("dispatcher", f"/catalogue/rows/{found.pk}/").status_code == 404
    assert "室温不达标" not in words(stranger.get("dispatcher", "/catalogue/"))


def test_what_nobody_has_looked_at_for_long_and_what_has_no_unit_are_listed(base: Cast, site: Site) -> None:
    day = now().date()
    rows = [
        row(base, "R1", "供暖温度", "heat", basis_day=day),
        row(base, "R2", "路灯", "bureau", basis_day=day.replace(year=day.year - 2)),
        row(base, "R3", "路灯", "bureau"),
        row(base, "R4", "路灯", None, basis_day=day),
        row(base, "R5", "路灯", None, script="请拨打供电热线。", basis_day=day),
    ]
    enacted(base, now(), *rows)
    stale, unitless = (words(site.get("supervisor", f"/catalogue/?state={state}")) for state in ("stale", "unitless"))
    assert [code for code in ("R1", "R2", "R3", "R4", "R5") if code in stale] == ["R2", "R3"]
    assert [code for code in ("R1", "R2", "R3", "R4", "R5") if code in unitless] == ["R4"]


def test_how_long_a_basis_holds_is_the_packs(base: Cast, site: Site) -> None:
    enacted(base, now(), row(base, "R1", "供暖温度", "heat", basis_day=now().date()), row(base, "R2", "路灯", "bureau"))
    rules = {"bases": [{"code": "powers", "title": "权力清单", "basis": "law"}], **SPANS}
    CatalogueRow.objects.filter(code="R1").update(basis_day=now().date().replace(day=1))
    stored(base, "own", catalogue=rules)
    page = words(site.get("supervisor", "/catalogue/?state=stale"))
    assert "R1" in page
    assert "权力清单" in page


# --- changed ---------------------------------------------------------------------------------------
def test_a_row_is_drafted_shown_by_what_it_changes_and_enacted_by_another_post(base: Cast, site: Site) -> None:
    answer = send(site, "dispatcher", "/catalogue/new/", **typed())
    batch = CatalogueBatch.objects.get()
    assert answer.url == f"/catalogue/drafts/{batch.pk}/"
    assert "没有派单目录" in words(site.get("agent", "/catalogue/")), "a draft is in force nowhere"
    page = words(site.get("supervisor", answer.url))
    assert "新增 R1 室温不达标" in page
    # Whoever drafts does not enact; a unit does not even see it.
    assert send(site, "dispatcher", answer.url, do="enact").status_code == 403
    assert site.get("clerk@heat", answer.url).status_code == 404
    for day in ("明天", "2020-01-01", "9999-12-31"):
        assert send(site, "supervisor", answer.url, do="enact", since=day).status_code == 422
    assert send(site, "supervisor", answer.url, do="enact").status_code == 302
    assert "室温不达标" in words(site.get("agent", "/catalogue/"))
    assert send(site, "supervisor", answer.url, do="enact").status_code == 409
    found = CatalogueRow.objects.get()
    changed = typed(**{sheet.LEAD: "住建局", sheet.LIMIT: "3个工作日"})
    answer = send(site, "dispatcher", f"/catalogue/rows/{found.pk}/", **changed)
    assert "热力公司 → 住建局" in words(site.get("supervisor", answer.url))
    # Taken out again, nothing is left of it.
    drawn = CatalogueRow.objects.get(since=None)
    send(site, "dispatcher", answer.url, do="out", row=drawn.pk)
    assert not CatalogueRow.objects.filter(since=None).exists()
    actions = list(Journal.objects.filter(centre=base.centre).values_list("action", flat=True))
    assert [action for action in actions if action.startswith("catalogue.")] == [
        "catalogue.written",
        "catalogue.enacted",
        "catalogue.written",
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({sheet.CODE: ""}, "不能为空"),
        ({sheet.CATEGORY: "没有的类别"}, "没有“没有的类别”这个"),
        ({sheet.BASIS: ""}, "请写明依据类别"),
        ({sheet.DUAL: "热力公司"}, "同一单位只能写一次"),
        ({sheet.LIMIT: "尽快"}, "不是时限"),
        ({sheet.LIMIT: "0日"}, "不是时限"),
        ({"依据核对日期": "去年"}, "不是日期"),
        ({sheet.ASSISTS: "没有的单位"}, "没有叫“没有的单位”的单位"),
        ({sheet.CODE: "R" * 25}, "最多 24 个字"),
        ({sheet.ITEM: "长" * 81}, "最多 80 个字"),
    ],
)
def test_what_is_wrong_with_a_row_stands_beside_its_field(
    base: Cast, site: Site, changes: dict[str, str], sentence: str
) -> None:
    answer = send(site, "dispatcher", "/catalogue/new/", **typed(**changes))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "室温不达标" in answer.content.decode() or sheet.ITEM in changes, "what was typed stays"
    assert not CatalogueBatch.objects.exists()


def test_many_rows_are_changed_at_once(base: Cast, site: Site) -> None:
    enacted(base, now(), *(row(base, f"R{n}", "供暖温度", "heat") for n in range(3)), row(base, "R9", "路灯", "bureau"))
    answer = send(site, "dispatcher", "/catalogue/many/", unit="热力公司", header=sheet.LEAD, text="大店镇")
    batch = CatalogueBatch.objects.get(enacted_at=None)
    assert answer.url == f"/catalogue/drafts/{batch.pk}/"
    assert set(batch.rows.values_list("code", "lead__code")) == {(f"R{n}", "town") for n in range(3)}
    for header, text, why in (
        (sheet.LEAD, "没有的单位", "没有叫“没有的单位”的单位"),
        ("事项名称", "同一个", "请选择要改的一项"),
        ("", "", "请选择要改的一项"),
    ):
        answer = send(site, "dispatcher", "/catalogue/many/", unit="热力公司", header=header, text=text)
        assert answer.status_code == 422
        assert why in words(answer)
    assert "没有符合条件" in words(
        send(site, "dispatcher", "/catalogue/many/", q="没有", header=sheet.LEAD, text="大店镇")
    )


def test_a_sheet_becomes_a_draft_and_what_is_exported_can_be_read_in_again(base: Cast, site: Site) -> None:
    answer = send(
        site, "dispatcher", "/catalogue/import/", file=file(LINE, LINE | {sheet.CODE: "R2", sheet.AREA: "大店镇"})
    )
    batch = CatalogueBatch.objects.get()
    assert answer.url == f"/catalogue/drafts/{batch.pk}/"
    assert send(site, "supervisor", answer.url, do="enact").status_code == 302
    found = CatalogueRow.objects.get(code="R1")
    assert (found.limit, found.words, str(found.basis_day)) == ("3 workdays", "室温、暖气", "2026-11-01")
    assert found.assists == [base.units["town"].pk, base.units["bureau"].pk]
    body = site.get("dispatcher", "/catalogue/sheet.xlsx").content
    assert Journal.objects.filter(action="catalogue.exported").exists()
    answer = send(site, "dispatcher", "/catalogue/import/", file=SimpleUploadedFile("再次.xlsx", body))
    assert "与现行目录相同，没有改动" in words(site.get("dispatcher", answer.url))


def test_a_sheet_with_one_row_wrong_is_not_read_at_all(base: Cast, site: Site) -> None:
    wrong = LINE | {sheet.CODE: "R2", sheet.LEAD: "没有的单位"}
    answer = send(site, "dispatcher", "/catalogue/import/", file=file(LINE, wrong, LINE))
    assert answer.status_code == 422
    page = words(answer)
    assert "第 3 行“主办单位”：没有叫“没有的单位”的单位" in page
    assert "与第 2 行重复" in page
    for sent, why in ((io.BytesIO(b"no sheet"), "文件"), (None, "请选择表格文件")):
        more = {"file": SimpleUploadedFile("a.xlsx", sent.read())} if sent else {}
        answer = send(site, "dispatcher", "/catalogue/import/", **more)
        assert answer.status_code == 422
        assert why in words(answer)
    assert not CatalogueBatch.objects.exists()


def test_a_draft_says_what_it_would_have_changed(base: Cast, site: Site) -> None:
    at = later(now(), hours=-5)
    enacted(base, at, row(base, "R1", "供暖温度", "heat"))
    order = base.register(later(at, hours=1), category=category(base, "供暖温度"))
    base.dispatch(order, later(at, hours=2), "heat")
    batch = drafted(base, now(), row(base, "R1", "供暖温度", "bureau"))
    page = words(site.get("supervisor", f"/catalogue/drafts/{batch.pk}/compared/"))
    assert "其中 1 件的建议单位会不同" in page
    assert f"{order.number} {order.appeal.title}" in page
    assert "热力公司 热力公司 住建局" in page
    assert site.get("clerk@heat", f"/catalogue/drafts/{batch.pk}/compared/").status_code == 404


def test_how_far_a_draft_is_held_against_the_past_and_how_long_an_objection_waits_is_the_packs(
    base: Cast, site: Site
) -> None:
    at = later(now(), days=-3)
    enacted(base, at, row(base, "R1", "供暖温度", "heat"))
    base.dispatch(base.register(at, category=category(base, "供暖温度")), at, "heat")
    batch = drafted(base, now(), row(base, "R1", "供暖温度", "bureau"))
    compared = f"/catalogue/drafts/{batch.pk}/compared/"
    assert "近 92 天首次派单、属于所改类别的 1 件" in words(site.get("supervisor", compared))
    stored(base, "own", catalogue={"bases": [{"code": "powers", "title": "权责清单", "basis": "law"}], **SPANS})
    assert "近 1 天首次派单、属于所改类别的 0 件" in words(site.get("supervisor", compared))
    said = {"level": "R1", "text": "换热站产权已移交物业，不应由我单位办理。"}
    wednesday = shanghai("2026-11-25 09:00")
    root = base.do("clerk@heat", "coordination.objected", None, wednesday, **said).order
    assert Proceeding.objects.get(pk=root).due_at == shanghai("2026-11-28 00:00")


def test_a_ruling_that_goes_into_the_catalogue_waits_there_until_a_row_comes_from_it(base: Cast, site: Site) -> None:
    order = base.register(now(), category=category(base, "供暖温度"))
    units = [base.units["heat"].pk]
    base.do("dispatcher", "order.coordinated", order.pk, now(), units=units, question="换热站归谁管，说法不一。")
    root = Entry.objects.get(action="coordination.opened").proceeding
    said = {
        "shares": [{"unit": units[0], "role": "lead"}],
        "basis": "law",
        "basis_text": "《供热条例》",
        "reason": "换热站产权属热力公司。",
        "catalogue": "yes",
        "item": "换热站检修",
    }
    base.do("supervisor", "coordination.ruled", root.pk, now(), **said)
    root.refresh_from_db()
    assert "编入草案" in words(site.get("dispatcher", "/catalogue/"))
    page = site.get("dispatcher", f"/catalogue/new/?ruling={root.number}").content.decode()
    assert "换热站检修" in page
    assert f"职责界定 {root.number}：《供热条例》" in page
    filled = typed(**{sheet.CODE: "R7", sheet.ITEM: "换热站检修"}) | {"ruling": root.number}
    send(site, "dispatcher", "/catalogue/new/", **filled)
    assert CatalogueRow.objects.get(code="R7").ruling_id == root.pk
    assert "编入草案" not in words(site.get("dispatcher", "/catalogue/"))
    # Dropped, the draft gives it back.
    batch = CatalogueBatch.objects.get()
    send(site, "dispatcher", f"/catalogue/drafts/{batch.pk}/", do="drop")
    assert "编入草案" in words(site.get("dispatcher", "/catalogue/"))


# --- beside an order --------------------------------------------------------------------------------
def waiting(base: Cast, about: str = "供暖温度", **more: Any) -> Order:
    return base.register(now(), category=category(base, about), **more)


def taking(site: Site, order: Order, code: str, **more: Any) -> Any:
    data = {"take": code, "key": "k" * 32, "seen": str(order.head_number)} | more
    return send(site, "dispatcher", f"/orders/{order.number}/order.dispatched/", **data)


def test_c26_one_key_takes_what_the_catalogue_proposes(base: Cast, site: Site) -> None:
    rows = row(base, "R1", "供暖温度", "heat", assists=["town"], limit="3 workdays"), row(base, "R2", "供暖", "bureau")
    enacted(base, now(), *rows)
    order = waiting(base)
    page = site.get("dispatcher", f"/orders/{order.number}/").content.decode()
    assert 'data-key="1"' in page
    assert "热力公司主办、大店镇协办，3个工作日内" in words(site.get("dispatcher", f"/orders/{order.number}/"))
    assert taking(site, order, "R1", note="请尽快检修。").status_code == 302
    entry = Entry.objects.get(order=order, action="order.dispatched")
    assert (entry.payload["item"], entry.payload["basis"]) == ("R1", "duty_list")
    assert [(share.unit.code, share.role) for share in Share.objects.filter(order=order).order_by("pk")] == [
        ("heat", "lead"),
        ("town", "assist"),
    ]
    assert list(verify()) == []
    # Who does not dispatch is shown nothing of it; nor is anybody, of what is out.
    other = waiting(base)
    assert "派单目录推荐" not in words(site.get("supervisor", f"/orders/{other.number}/"))
    assert "派单目录推荐" not in words(site.get("dispatcher", f"/orders/{order.number}/"))


def test_c26_what_is_not_proposed_cannot_be_taken_and_what_was_typed_stays(base: Cast, site: Site) -> None:
    enacted(base, now(), row(base, "R1", "供暖温度", "heat"), row(base, "R2", "路灯", "bureau"))
    base.units["heat"].active = False
    base.units["heat"].save()
    order = waiting(base)
    for code in ("R1", "R2", "R9", "\x00"):
        answer = taking(site, order, code, note="请尽快检修暖气管道。")
        assert answer.status_code == 422, code
        assert "请尽快检修暖气管道。" in answer.content.decode()
    assert not Share.objects.filter(order=order).exists()


def test_who_has_sent_the_order_back_is_said(base: Cast, site: Site) -> None:
    enacted(base, now(), row(base, "R1", "供暖温度", "heat"))
    order = waiting(base)
    base.dispatch(order, now(), "heat")
    more = {"return_reason": "not_duty", "reason": "不属于我单位职责。", "legal_basis": "三定规定"}
    base.do("clerk@heat", "return.filed", order.pk, now(), **more)
    share = Share.objects.get(order=order)
    granted = {"share": share.pk, "approved": True, "next_unit": base.units["bureau"].pk, "basis": "law"}
    base.do("dispatcher", "return.decided", order.pk, now(), reason="同意改派。", **granted)
    base.do("dispatcher", "order.recalled", order.pk, now(), reason="派错，重新派单。")
    said = words(site.get("dispatcher", f"/orders/{order.number}/"))
    assert "这家单位已退回过本工单：不属于本单位职责，依据三定规定" in said
    assert "热力公司：不属于本单位职责，依据三定规定。不属于我单位职责。（同意，改派住建局）" in said
    assert "热线中心：撤回派单。派错，重新派单。" in said
    # At the desk it stands in the lane of what came back, is not ticked by itself, and still may be sent there.
    page = site.get("dispatcher", "/dispatching/")
    assert "退回、撤回后再派 1" in words(page)
    assert "热力公司：不属于本单位职责，依据三定规定。不属于我单位职责。（同意，改派住建局）" in words(page)
    assert f'aria-label="派出 {order.number}">' in page.content.decode()
    order.refresh_from_db()
    assert batch_of(site, order).status_code == 409
    answer = batch_of(site, order, **{f"choice-{order.pk}": "1"})
    assert answer.status_code == 302, words(answer)


def test_a_petition_that_waits_and_one_that_was_refused_are_told_apart(base: Cast, site: Site) -> None:
    enacted(base, now(), row(base, "R1", "供暖温度", "heat"))
    order = waiting(base)
    base.dispatch(order, now(), "heat")
    more = {"return_reason": "not_duty", "reason": "不属于我单位职责。", "legal_basis": "三定规定"}
    base.do("clerk@heat", "return.filed", order.pk, now(), **more)
    directory = snapshot.of(base.centre.pk)
    pack = directory.pack_now
    assert pack is not None

    def ruled() -> list[str]:
        return [each.ruled for each in of_orders(directory, pack, [order])[order.pk]]

    assert ruled() == ["待审定"]
    share = Share.objects.get(order=order)
    refused = {"share": share.pk, "approved": False, "reason": "目录已经写明，由你单位承办。"}
    base.do("dispatcher", "return.decided", order.pk, now(), **refused)
    assert ruled() == ["不同意，强派：目录已经写明，由你单位承办。"]


# --- many at once ------------------------------------------------------------------------------------
def batch_of(site: Site, *orders: Order, **changes: str) -> Any:
    data: dict[str, Any] = {"key": "b" * 32, "order": [order.pk for order in orders]}
    for order in orders:
        data |= {f"item-{order.pk}": "R1", f"seen-{order.pk}": str(order.head_number)}
    return site.at("dispatcher").post("/dispatching/", data | changes)


def test_c26_many_orders_go_out_together_and_what_is_not_clear_is_left(base: Cast, site: Site) -> None:
    rows = [row(base, "R1", "供暖温度", "heat"), row(base, "R3", "路灯", "bureau"), row(base, "R4", "路灯", "town")]
    enacted(base, now(), *rows)
    clear = [waiting(base) for _ in range(3)]
    doubtful, unknown = waiting(base, "路灯"), waiting(base, "市容环境")
    page = words(site.get("dispatcher", "/dispatching/"))
    assert "待派 5 件，目录有明确建议的 3 件" in page
    assert "有几条都可能，请逐件确定" in page
    assert "目录中没有" in page
    answer = batch_of(site, *clear[:2], doubtful, unknown)
    assert answer.status_code == 409
    assert "有 2 件没有派出" in words(answer)
    sent = Entry.objects.filter(action="order.dispatched").order_by("order")
    assert [(entry.order_id, entry.payload["item"]) for entry in sent] == [(each.pk, "R1") for each in clear[:2]]
    # Sent twice, the same form does nothing twice; who does not dispatch has no such page.
    assert batch_of(site, *clear[:2]).status_code == 422
    assert site.get("clerk@heat", "/dispatching/").status_code == 403
    assert list(verify()) == []


def test_the_urgent_stand_first_and_one_is_sent_alone(base: Cast, site: Site) -> None:
    enacted(
        base,
        now(),
        row(base, "R1", "供暖温度", "heat"),
        row(base, "R3", "路灯", "bureau"),
        row(base, "R4", "路灯", "town"),
    )
    plain, urgent, doubtful = waiting(base), waiting(base, urgency="urgent"), waiting(base, "路灯")
    page = words(site.get("dispatcher", "/dispatching/"))
    assert page.index("紧急 1") < page.index("目录明确 1") < page.index("须逐件确定 1")
    assert page.index(urgent.number) < page.index(plain.number) < page.index(doubtful.number)
    # One button sends this one; what else is ticked stays where it is.
    assert batch_of(site, urgent, plain, one=str(urgent.pk)).status_code == 302
    assert {share.order_id for share in Share.objects.all()} == {urgent.pk}
    # Of two that may be, a person picks one; without picking nothing is sent.
    assert batch_of(site, doubtful, **{f"item-{doubtful.pk}": "", f"choice-{doubtful.pk}": "1"}).status_code == 409
    picked = {f"item-{doubtful.pk}": "R4", f"choice-{doubtful.pk}": "1"}
    assert batch_of(site, doubtful, **picked).status_code == 302
    assert Share.objects.get(order=doubtful).unit.code == "town"


def test_more_than_a_page_is_paged(base: Cast, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "MOST", 2)
    for _ in range(2):
        waiting(base)
    urgent = waiting(base, urgency="urgent")
    first = words(site.get("dispatcher", "/dispatching/"))
    assert first.count("填写派单") == 2
    assert urgent.number in first, "an urgent one is on the first page, however many came before it"
    assert words(site.get("dispatcher", "/dispatching/?page=2")).count("填写派单") == 1
    assert words(site.get("dispatcher", "/dispatching/?page=99")).count("填写派单") == 1


def test_c26_what_has_changed_since_it_was_shown_is_not_sent(base: Cast, site: Site) -> None:
    enacted(base, now(), row(base, "R1", "供暖温度", "heat"))
    order, other = waiting(base), waiting(base)
    # The catalogue sends it elsewhere now, or somebody has added to the order since.
    answer = batch_of(site, order, **{f"item-{order.pk}": "R8"})
    assert "目录的建议已经改变" in words(answer)
    base.do("agent", "order.supplemented", other.pk, now(), text="诉求人又来电，补充反映水管漏水。")
    assert "有 1 件没有派出" in words(batch_of(site, other))
    assert not Share.objects.exists()


def test_what_was_ticked_and_picked_stays_where_something_is_refused(base: Cast, site: Site) -> None:
    rows = [row(base, "R1", "供暖温度", "heat"), row(base, "R3", "路灯", "bureau"), row(base, "R4", "路灯", "town")]
    enacted(base, now(), *rows)
    order, doubtful = waiting(base), waiting(base, "路灯")
    page = site.get("dispatcher", "/dispatching/").content.decode()
    assert f'value="{order.pk}" id="order-{order.pk}" aria-label="派出 {order.number}" checked' in page
    base.do("agent", "order.supplemented", doubtful.pk, now(), text="诉求人又来电，补充反映路灯不亮。")
    picked = {f"item-{doubtful.pk}": "R4", f"choice-{doubtful.pk}": "1", f"item-{order.pk}": "R1"}
    page = batch_of(site, doubtful, **picked).content.decode()
    assert f'name="item-{doubtful.pk}" value="R4" checked' in page
    assert f'name="item-{doubtful.pk}" value="R3">' in page
    assert f'aria-label="派出 {doubtful.number}" checked' in page
    assert f'aria-label="派出 {order.number}" checked' not in page


def test_the_page_of_many_costs_the_same_however_many(base: Cast, site: Site) -> None:
    enacted(base, now(), row(base, "R1", "供暖温度", "heat"))
    counts = []
    for number in (2, 12):
        for _ in range(number):
            waiting(base)
        site.get("dispatcher", "/dispatching/")
        with CaptureQueriesContext(connection) as queries:
            site.get("dispatcher", "/dispatching/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_which_basis_a_row_stands_for_is_the_packs(base: Cast, site: Site) -> None:
    bases = [{"code": "powers", "title": "权责清单", "basis": "city_order"}]
    stored(base, "own", catalogue={"bases": bases, **SPANS})
    enacted(base, now(), row(base, "R1", "供暖温度", "heat"))
    order = waiting(base)
    assert taking(site, order, "R1").status_code == 302
    assert Share.objects.get(order=order).basis == "city_order"


# --- how often it was right --------------------------------------------------------------------------
def test_how_often_the_first_dispatch_was_right_by_item_dispatcher_and_unit(base: Cast, site: Site) -> None:
    at = later(now(), minutes=-30)
    enacted(base, at, row(base, "R1", "供暖温度", "heat", item="室温不达标"))
    stayed, moved = (base.register(at, category=category(base, "供暖温度")) for _ in range(2))
    base.dispatch(stayed, at, "heat", item="R1")
    base.dispatch(moved, at, "heat")
    more = {"share": Share.objects.get(order=moved).pk, "unit": base.units["bureau"].pk, "basis": "law"}
    base.do("dispatcher", "share.reassigned", moved.pk, later(at, minutes=5), reason="属住建局职责。", **more)
    page = site.get("supervisor", "/figures/first/")
    said = words(page)
    assert "首派准确率 50.00%" in said
    assert "R1 室温不达标 1 0 100.00%" in said
    assert "没有按目录派单的 1 1 0.00%" in said
    assert f"{base.staff['dispatcher'].name} 2 1 50.00%" in said
    assert "热力公司 2 1 50.00%" in said
    assert "2026-W48 2 1 50.00%" in said, "the week beside those before it"
    assert "2026-W47 — — -" in said, "nothing went out in the week before"
    links = re.findall(r'href="(/bulletins/[^"]*first_sent[^"]*)"', page.content.decode())
    behind = {link: words(site.get("supervisor", link.replace("&amp;", "&"))) for link in links}
    assert len(links) == 5
    for link, text in behind.items():
        assert (stayed.number in text) == ("item.-" not in link), link
        assert (moved.number in text) == ("item.R1" not in link), link
    assert site.get("clerk@heat", "/figures/first/").status_code == 403
    assert "首派准确率" in words(site.get("supervisor", "/figures/"))
