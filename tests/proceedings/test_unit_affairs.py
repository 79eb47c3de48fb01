"""What a unit carries on by itself: the process that it goes by (B04) and what it mends of its own work (B40)."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from tests.cast import Cast, _post, later
from tests.desk.test_proceedings import key_in, send
from tests.desk.web import Site
from tests.proceedings.stages import abouts, actions, clocks, differences, dispatched, do, fresh, told
from tests.rulebooks import shelf, stored

from lianxin.ledger.acts import Act, Refused, Upload
from lianxin.ledger.door import record, record_many
from lianxin.ledger.models import Attachment, Entry
from lianxin.ledger.sweep import sweep
from lianxin.proceedings.models import Proceeding, Wording
from lianxin.rules import policy
from lianxin.rules.policy_explain import explain

PDF = Upload("办理流程.pdf", b"%PDF-1.4 flow")
SAID = {"title": "大店镇热线事项办理流程", "process": "签收、分办、联系、办理、审核、回复，逐环节专人负责。"}
WANTED = {"documents": [{"kind": "workflow", "title": "办理流程", "among": []}]}
NONE = "没有现行的办理流程"
WEAK = {"title": "首次联系不及时", "text": "近一月多件首次联系超过时限，夜间无人值守。"}


def issue(cast: Cast, at: datetime, who: str = "hotline_deputy@town", *files: Upload, **said: Any) -> Proceeding:
    act = Act("workflow.issued", cast.actor(who), at, SAID | said, files=files or (PDF,))
    return Proceeding.objects.get(pk=record(act).order)


def revise(cast: Cast, root: Proceeding, at: datetime, *files: Upload, process: str = "增加夜间值守一环。") -> None:
    said = {"process": process}
    record(Act("workflow.revised", cast.actor("principal@town"), at, said, order=root.pk, files=files))


# --- B04 --------------------------------------------------------------------------------------
def test_b04_a_unit_lays_down_its_process_and_revises_it_under_one_number(base: Cast, early: datetime) -> None:
    root = issue(base, early)
    assert (root.kind, root.state, root.unit, root.node) == ("workflow", "in_force", base.units["town"], "unit")
    assert root.owner_person == base.staff["hotline_deputy@town"]
    assert Wording.objects.get(proceeding=root).title == SAID["title"]
    assert Attachment.objects.get(proceeding=root).name == "办理流程.pdf"
    for n in (1, 2):
        revise(base, root, later(early, days=n), PDF)
    editions = Entry.objects.filter(proceeding=root).order_by("number").values_list("payload__edition", flat=True)
    assert list(editions) == [1, 2, 3]
    assert (fresh(root).state, fresh(root).number) == ("in_force", root.number)
    do(base, "principal@town", "workflow.withdrawn", root.pk, later(early, days=3), reason="机构改革，另行制定。")
    assert (fresh(root).state, fresh(root).is_open) == ("withdrawn", False)
    # Then another may be laid down.
    assert issue(base, later(early, days=4)).state == "in_force"
    assert differences() == []


def test_b04_a_second_one_is_refused_while_one_is_in_force(base: Cast, early: datetime) -> None:
    root = issue(base, early)
    for who in ("hotline_deputy@town", "principal@town"):
        with pytest.raises(Refused, match=f"本单位已有现行的办理流程 {root.number}，请修订那一件"):
            issue(base, later(early, days=1), who, title="另一份")
    assert Proceeding.objects.count() == 1
    assert issue(base, early, "hotline_deputy@bureau").unit == base.units["bureau"], "another unit has its own"
    # Nor two at once.
    acts = [Act("workflow.issued", base.actor("principal@heat"), early, SAID, files=(PDF,)) for _ in range(2)]
    done, refused = record_many(acts, collect=True)
    assert isinstance(refused, Refused)
    assert "请修订那一件" in str(refused)
    assert not isinstance(done, Refused)
    assert Proceeding.objects.filter(unit=base.units["heat"]).count() == 1


def test_b04_without_the_document_or_by_others_nothing_is_laid_down(base: Cast, early: datetime) -> None:
    with pytest.raises(Refused) as refused:
        record(Act("workflow.issued", base.actor("principal@town"), early, SAID))
    assert refused.value.problems == {"files": "请附上办理流程的文件"}
    for who in ("clerk@town", "supervisor", "leader"):
        with pytest.raises(Refused, match="您的岗位不能制定办理流程"):
            issue(base, early, who)
    with pytest.raises(Refused) as refused:
        issue(base, early, process="")
    assert set(refused.value.problems) == {"process"}
    # Whose it is, is not for the form to say.
    root = issue(base, early, unit=base.units["bureau"].pk)
    assert root.unit == base.units["town"]
    with pytest.raises(Refused, match="请附上办理流程的文件"):
        revise(base, root, later(early, days=1))
    for who in ("principal@bureau", "hotline_deputy@village"):
        act = Act("workflow.revised", base.actor(who), early, {"process": "别家改的。"}, order=root.pk, files=(PDF,))
        with pytest.raises(Refused, match="没有这件专办事项"):
            record(act)
    with pytest.raises(Refused, match="您的岗位不能废止"):
        do(base, "clerk@town", "workflow.withdrawn", root.pk, early, reason="经办人想废止。")
    assert actions(root) == ["workflow.issued"]


def test_b04_at_the_desk(base: Cast) -> None:
    site, url = Site(base), "/proceedings/new/workflow.issued/"
    assert url in site.get("principal@town", "/proceedings/").content.decode()
    assert site.get("clerk@town", url).status_code == 403
    page = site.get("principal@town", url).content.decode()
    assert "流程内容" in page
    assert "第几版" not in page
    without = send(site, "principal@town", url, **SAID)
    assert without.status_code == 422
    assert "请附上办理流程的文件" in without.content.decode()
    # With the file and a field left empty only the field is complained of.
    with_file = {"files": [SimpleUploadedFile("流程.pdf", b"%PDF-1.4 x")]}
    wrong = send(site, "principal@town", url, **SAID | {"process": ""}, **with_file).content.decode()
    assert "请填写本项" in wrong
    assert "请附上办理流程的文件" not in wrong
    filled = SAID | {"files": [SimpleUploadedFile("流程.pdf", b"%PDF-1.4 x")]}
    assert send(site, "principal@town", url, **filled).status_code == 302
    root = Proceeding.objects.get(kind="workflow")
    page = site.get("supervisor", f"/proceedings/{root.number}/").content.decode()
    assert SAID["process"] in page
    assert "流程.pdf" in page
    listed = site.get("supervisor", "/proceedings/?kind=workflow&view=open").content.decode()
    assert SAID["process"] in listed
    assert root.number not in site.get("clerk@bureau", "/proceedings/?view=all").content.decode()
    assert key_in(site.get("hotline_deputy@town", f"/proceedings/{root.number}/workflow.revised/"))


def staffed(site: Site, who: str = "supervisor", query: str = "") -> dict[str, str]:
    """The lines of 单位配备 by the name of their unit."""
    page = site.get(who, f"/staffing/{query}").content.decode()
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = [row.partition("</tr>")[0] for row in body.split("<tr")[1:]]
    return {row.partition('lx-t">')[2].partition("<")[0]: row for row in rows}


def test_b04_the_centre_sees_which_units_have_none(base: Cast, early: datetime) -> None:
    site, root = Site(base), issue(base, early)
    assert "办理流程" not in str(staffed(site)), "nothing is asked under the base"
    stored(base, "flows", units=WANTED)  # type: ignore[arg-type]
    lines = staffed(site)
    assert {name: NONE in line for name, line in lines.items()} == {"大店镇": False, "住建局": True, "热力公司": True}
    assert f'href="/proceedings/{root.number}/"' in lines["大店镇"]
    assert [*staffed(site, query="?state=short")] == ["住建局", "热力公司"]
    sheet = site.get("supervisor", "/staffing/sheet.xlsx?state=short")
    head, *rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(sheet.content)).active.iter_rows()]
    assert head[-2:] == ["办理流程", "提示"]
    assert [row[-2:] for row in rows] == [["无", NONE]] * 2
    # A unit sees its own line; what it withdraws it lacks.
    assert NONE not in staffed(site, "principal@town")["大店镇"]
    do(base, "principal@town", "workflow.withdrawn", root.pk, later(early, days=1), reason="另行制定，先行废止。")
    assert NONE in staffed(site, "principal@town")["大店镇"]


def test_b04_the_pack_says_of_which_units_and_what(base: Cast, early: datetime) -> None:
    site = Site(base)
    wanted = {"documents": [{"kind": "workflow", "title": "内部流程", "among": ["town"]}]}
    stored(base, "towns", units=wanted)  # type: ignore[arg-type]
    lines = staffed(site)
    assert "没有现行的内部流程" in lines["大店镇"]
    assert "流程" not in lines["住建局"] + lines["热力公司"]
    # One of another kind is none; nor is that of a village the town's.
    said = WEAK | {"unit": base.units["town"].pk}
    do(base, "supervisor", "rectification.ordered", None, early, **said)
    issue(base, early, "principal@village")
    assert "没有现行的内部流程" in staffed(site)["大店镇"]


def test_b04_all_units_are_asked_in_one_statement(base: Cast, early: datetime) -> None:
    site = Site(base)
    staffed(site)

    def cost() -> int:
        staffed(site)
        with CaptureQueriesContext(connection) as asked:
            staffed(site)
        return len(asked)

    stored(base, "none")
    without = cost()
    stored(base, "flows", units=WANTED)  # type: ignore[arg-type]
    assert cost() == without + 1
    for who in ("principal@town", "principal@bureau", "principal@heat"):
        issue(base, early, who)
    assert cost() == without + 1


def test_b04_a_pack_names_kinds_and_types_that_there_are(base: Cast, tmp_path: Any) -> None:
    with shelf(tmp_path) as books:
        for document, sentence in (
            ({"kind": "flowchart", "title": "流程图"}, "没有“flowchart”"),
            ({"kind": "workflow", "title": "流程", "among": ["street"]}, "没有“street”"),
            ({"kind": "workflow"}, "title"),
        ):
            with pytest.raises(policy.PolicyError, match=sentence) as refused:
                books.adopt(base, lambda book, d=document: book["units"].update(documents=[d]))  # type: ignore[misc]
            if "flowchart" in sentence:
                assert "workflow" in str(refused.value), "what is expected is said"
        wanted = [*WANTED["documents"], {"kind": "analysis", "title": "分析", "among": ["town", "bank"]}]
        pack = books.adopt(base, lambda book: book["units"].update(documents=wanted))
        assert any(
            "单位须有的文件 = 办理流程（各类单位）、分析（镇街、银行保险）" in line for line in explain(pack, {})
        )


# --- B40 --------------------------------------------------------------------------------------
def plan(cast: Cast, root: Proceeding, at: datetime, **changes: Any) -> None:
    said = {
        "measures": "夜间值守到人，逐件限时联系。",
        "people": [cast.staff["clerk@town"].pk],
        "due": later(at, days=5),
    }
    do(cast, "hotline_deputy@town", "rectification.planned", root.pk, at, **said | changes)


def mended(cast: Cast, at: datetime) -> Proceeding:
    """What the centre found of the town, mended by it and waiting for the check."""
    done = do(cast, "supervisor", "rectification.ordered", None, at, **WEAK, unit=cast.units["town"].pk)
    root = Proceeding.objects.get(pk=done.order)
    plan(cast, root, at)
    do(cast, "clerk@town", "rectification.done", root.pk, later(at, days=1), result="值守已排班，未再超时。")
    return fresh(root)


def test_b40_what_a_unit_finds_of_itself_is_mended_and_checked(base: Cast, early: datetime) -> None:
    order = dispatched(base, early)
    done = do(base, "principal@town", "rectification.begun", None, early, **WEAK, numbers=[order.number])
    root = Proceeding.objects.get(pk=done.order)
    assert (root.unit, root.state, root.due_at) == (base.units["town"], "found", None)
    assert abouts(root) == [("subject", "order", order.pk)]
    plan(base, root, later(early, hours=1))
    due = later(early, hours=1, days=5)
    assert (fresh(root).state, fresh(root).due_at) == ("planned", due)
    assert ("rectification.planned", base.staff["clerk@town"].username) in told(root)
    do(base, "clerk@town", "rectification.done", root.pk, later(early, days=2), result="值守已排班，未再超时。")
    assert (fresh(root).state, fresh(root).owner_person) == ("done", base.staff["supervisor"])
    again = later(early, days=9)
    said = {"reason": "仍有两件超时，请查明。", "due": again}
    do(base, "supervisor", "rectification.sent_back", root.pk, later(early, days=3), **said)
    assert (fresh(root).state, fresh(root).due_at) == ("planned", again)
    do(base, "clerk@town", "rectification.done", root.pk, later(early, days=4), result="已补排节假日值守。")
    assert clocks(root) == [(due, "met", None), (again, "met", None)]
    do(base, "leader", "rectification.passed", root.pk, later(early, days=5), finding="抽查一周，均在时限内联系。")
    assert (fresh(root).state, fresh(root).is_open) == ("passed", False)
    assert differences() == []


def test_b40_the_unit_does_not_check_itself(base: Cast, early: datetime) -> None:
    root = mended(base, early)
    at, said = later(early, days=2), {"finding": "自查合格，予以通过。"}
    for who in ("principal@town", "hotline_deputy@town", "clerk@town"):
        with pytest.raises(Refused, match="您的岗位不能核查通过"):
            do(base, who, "rectification.passed", root.pk, at, **said)
    # Nor does one of its people who holds a post at the centre as well.
    base.posts["supervisor"].holder_a = base.staff["hotline_deputy@town"]
    base.posts["supervisor"].save()
    for verb, more in (("passed", said), ("sent_back", {"reason": "拖到下月再说。", "due": later(at, days=9)})):
        with pytest.raises(Refused, match="整改单位的人员不能核查本单位的整改"):
            do(base, "supervisor", f"rectification.{verb}", root.pk, at, **more)
    assert fresh(root).state == "done"
    do(base, "leader", "rectification.passed", root.pk, at, **said)


def test_b40_what_was_found_wrongly_the_centre_takes_back(base: Cast, early: datetime) -> None:
    begun = do(base, "principal@town", "rectification.begun", None, early, **WEAK).order
    waiting, reason = mended(base, early).pk, {"reason": "所列超时件属系统故障，不是该镇的问题。"}
    for pk in (begun, waiting):
        for who in ("principal@town", "clerk@town", "clerk@bureau"):
            with pytest.raises(Refused):
                do(base, who, "rectification.withdrawn", pk, later(early, days=2), **reason)
        do(base, "supervisor", "rectification.withdrawn", pk, later(early, days=2), **reason)
        root = Proceeding.objects.get(pk=pk)
        assert (root.state, root.is_open) == ("withdrawn", False)
        assert ("rectification.withdrawn", base.staff["hotline_deputy@town"].username) in told(root) or pk == waiting
    assert differences() == []


def test_b40_another_unit_s_and_the_centre_s_are_refused(base: Cast, early: datetime) -> None:
    with pytest.raises(Refused, match="您的岗位不能查找短板"):
        do(base, "clerk@town", "rectification.begun", None, early, **WEAK)
    with pytest.raises(Refused, match="您的岗位不能要求整改"):
        do(base, "principal@town", "rectification.ordered", None, early, **WEAK, unit=base.units["bureau"].pk)
    with pytest.raises(Refused) as refused:
        do(base, "leader", "rectification.ordered", None, early, **WEAK, unit=base.units["centre"].pk)
    assert refused.value.problems == {"unit": "请选择承办单位"}
    done = do(base, "leader", "rectification.ordered", None, early, **WEAK, unit=base.units["town"].pk)
    root = Proceeding.objects.get(pk=done.order)
    with pytest.raises(Refused, match="没有这件专办事项"):
        do(base, "clerk@bureau", "rectification.planned", root.pk, early, measures="别家。", people=[1], due=early)
    with pytest.raises(Refused, match="只能填写本单位在岗的人员：住建局clerkA") as refused:
        plan(base, root, early, people=[base.staff["clerk@town"].pk, base.staff["clerk@bureau"].pk])
    assert set(refused.value.problems) == {"people"}
    with pytest.raises(Refused, match="时限应晚于现在"):
        plan(base, root, early, due=early)
    with pytest.raises(Refused, match="现在是“待定措施”"):
        do(base, "clerk@town", "rectification.done", root.pk, early, result="没有措施就完成。")


def test_b40_what_is_not_mended_in_time_is_late(base: Cast, early: datetime) -> None:
    done = do(base, "leader", "rectification.ordered", None, early, **WEAK, unit=base.units["town"].pk)
    root = Proceeding.objects.get(pk=done.order)
    plan(base, root, early)
    sweep(later(early, days=5))
    raised = {who for action, who in told(root) if action == "proceeding.breached"}
    assert raised == {base.staff[who].username for who in ("hotline_deputy@town", "supervisor", "leader")}
    do(base, "clerk@town", "rectification.done", root.pk, later(early, days=6), result="迟了一天，已完成。")
    assert clocks(root) == [(later(early, days=5), "met", later(early, days=5))]


def test_b40_at_the_desk(base: Cast) -> None:
    site = Site(base)
    _post(base, "line_deputy@town", base.units["town"], "line_deputy")
    assert send(site, "line_deputy@town", "/proceedings/new/rectification.begun/", **WEAK).status_code == 302
    root = Proceeding.objects.get()
    url = f"/proceedings/{root.number}/"
    typed = {"measures": "夜间值守到人。", "people": ["大店镇clerkA"], "due": "2026-12-20 18:00"}
    assert send(site, "hotline_deputy@town", f"{url}rectification.planned/", **typed).status_code == 302
    assert send(site, "clerk@town", f"{url}rectification.done/", result="值守已排班。").status_code == 302
    assert root.number in site.get("supervisor", "/?queue=proceedings").content.decode()
    listed = site.get("supervisor", "/proceedings/?kind=rectification").content.decode()
    assert "值守已排班。" in listed
    assert "大店镇clerkA" in listed
    assert send(site, "supervisor", f"{url}rectification.passed/", finding="抽查属实。").status_code == 302
