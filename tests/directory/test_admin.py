"""What an administrator does in the admin: passwords, import and export, and what it tells him and the journal."""

import base64
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianxin.directory import administration
from lianxin.directory.models import Staff, Unit
from lianxin.directory.signals import administered
from lianxin.rules.worktime import Calendar

from .conftest import MONDAY, World
from .test_sheets import UNITS, xlsx


@pytest.fixture
def told():
    """What the hook for the journal hears."""
    heard = []

    def hear(sender, actor, action, objects, centre, message, **_):
        heard.append((sender.__name__, actor.username, action, [str(one) for one in objects], centre))

    administered.connect(hear)
    yield heard
    administered.disconnect(hear)


def test_a_password_is_set_in_the_admin(signed_in: Client, here: World, told: list):
    address = f"/admin/directory/staff/{here.clerk.pk}/password/"
    page = signed_in.get(address).content.decode()
    assert "If disabled" not in page
    assert signed_in.post(address, {"password1": "xin-mima-43", "password2": "xin-mima-43"}).status_code == 302
    here.clerk.refresh_from_db()
    assert here.clerk.check_password("xin-mima-43")
    assert told == [("Staff", "jia-admin", "change", ["甲地经办"], here.centre.pk)]


def test_a_person_is_added_with_and_without_a_password(signed_in: Client, here: World):
    base = {"name": "新来", "centre": here.centre.pk, "unit": here.town.pk, "usable_password": "true"}
    secret = {"password1": "xin-mima-43", "password2": "xin-mima-43"}
    assert signed_in.post("/admin/directory/staff/add/", base | secret | {"username": "n1"}).status_code == 302
    assert Staff.objects.get(username="n1").check_password("xin-mima-43")
    without = base | {"username": "n2", "usable_password": "false"}
    assert signed_in.post("/admin/directory/staff/add/", without).status_code == 302
    assert not Staff.objects.get(username="n2").has_usable_password()
    again = signed_in.post("/admin/directory/staff/add/", base | secret | {"username": "n1"})
    assert "已存在" in again.content.decode()


def test_every_change_is_told_once(signed_in: Client, here: World, told: list):
    values = {"centre": here.centre.pk, "name": "南区", "position": 3}
    signed_in.post("/admin/directory/area/add/", values)
    area = here.centre.areas.get(name="南区")
    signed_in.post(f"/admin/directory/area/{area.pk}/change/", values | {"name": "北区"})
    signed_in.post(f"/admin/directory/area/{area.pk}/delete/", {"post": "yes"})
    assert [(name, action, objects) for name, _, action, objects, _ in told] == [
        ("Area", "add", ["南区"]),
        ("Area", "change", ["北区"]),
        ("Area", "delete", ["北区"]),
    ]


def test_units_are_imported_after_a_look(signed_in: Client, here: World, told: list):
    address = "/admin/directory/unit/import/"
    assert "导入" in signed_in.get("/admin/directory/unit/").content.decode()
    file = xlsx(UNITS, ("t1", "团林镇", "镇街", "镇街", None, 1, None))
    file.name = "单位.xlsx"
    looked = signed_in.post(address, {"centre": here.centre.pk, "file": file})
    assert "将新增 1 条，修改 0 条，0 条不变。" in looked.content.decode()
    assert not Unit.objects.filter(code="t1").exists()

    content = looked.context["content"]
    assert base64.b64decode(content) == file.getvalue()
    done = signed_in.post(address, {"centre": here.centre.pk, "content": content}, follow=True)
    assert "已新增 1 条" in done.content.decode()
    assert Unit.objects.get(code="t1").centre == here.centre
    assert told == [("Unit", "jia-admin", "import", [], here.centre.pk)]


def test_a_wrong_sheet_is_answered_row_by_row(signed_in: Client, here: World, told: list):
    file = xlsx(UNITS, ("t1", "团林镇", "乡", None, None, 1, None))
    file.name = "单位.xlsx"
    page = signed_in.post("/admin/directory/unit/import/", {"centre": here.centre.pk, "file": file}).content.decode()
    assert "“乡”不可用" in page
    assert "确认导入" not in page
    assert told == []


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"file": io.BytesIO(b"not a workbook")},
        {"content": "not base64!"},
        {"content": base64.b64encode(b"no workbook").decode()},
        {"content": ""},
    ],
)
def test_no_upload_breaks_the_page(signed_in: Client, here: World, values: dict):
    response = signed_in.post("/admin/directory/unit/import/", {"centre": here.centre.pk} | values, follow=True)
    assert response.status_code == 200
    assert "确认导入" not in response.content.decode()


@pytest.mark.parametrize("centre", ["", "0", "x", "９９", "1" * 30])
def test_an_import_or_export_without_a_centre_is_refused(signed_in: Client, here: World, centre: str):
    response = signed_in.post("/admin/directory/unit/import/", {"centre": centre, "content": ""})
    assert response.status_code == 403
    expected = 200 if not centre else 403
    assert signed_in.get("/admin/directory/unit/export/", {"centre": centre}).status_code == expected


def test_an_export_is_a_sheet_by_name_and_day(signed_in: Client, here: World):
    response = signed_in.get("/admin/directory/staff/export/")
    assert "spreadsheetml" in response["Content-Type"]
    assert response["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E4%BA%BA%E5%91%98-jia-")


def test_b_enters_while_the_administrator_is_away(client: Client, here: World):
    Staff.objects.filter(pk=here.deputy.pk).update(is_staff=True)
    post = here.centre.posts.get(role="admin")
    post.holder_b = here.deputy
    post.save()
    client.force_login(here.deputy)
    assert client.get("/admin/directory/unit/").status_code == 403
    here.admin.absences.create(start=MONDAY)
    assert client.get("/admin/directory/unit/").status_code == 200


def test_the_administrator_is_told_what_is_missing(signed_in: Client, here: World):
    far = MONDAY.replace(year=2050)
    assert administration.notices(here.centre, far)[:2] == [
        f"{year} 年的放假安排尚未收录，暂按法定节假日和周末推算。请在公布后到“节假日与调休”中补录，以免期限算错。"
        for year in (2050, 2051)
    ]
    assert "有 1 个岗位只有一人，没有AB角。请到“岗位”中补齐。" in administration.notices(here.centre, MONDAY)
    here.policy.delete()
    assert any("尚无生效的规则版本" in notice for notice in administration.notices(here.centre, MONDAY))
    assert "尚无生效的规则版本" in signed_in.get("/admin/").content.decode()


def test_a_provisional_year_is_told_where_holidays_are_kept(signed_in: Client, here: World, monkeypatch):
    monkeypatch.setattr(Calendar, "is_provisional", lambda *_: True)
    assert "年的放假安排尚未收录" in signed_in.get("/admin/directory/holiday/").content.decode()


def test_the_preview_says_how_the_sheet_was_read(signed_in: Client, here: World):
    content = "编码,名称,类型\nt1,团林镇,镇街\nt2,岭泉镇,镇街\n".encode().replace("岭".encode(), b"\xff")
    upload = {"centre": here.centre.pk, "file": SimpleUploadedFile("单位.csv", content)}
    page = signed_in.post("/admin/directory/unit/import/", upload).content.decode()
    assert "第 3 行：有残缺的字符" in page
    assert "确认导入" in page


def test_a31_a_post_with_one_holder_only_is_refused_or_stays_empty(signed_in: Client, here: World):
    """By the form; the sheet asks the same (`tests/directory/test_sheets.py`)."""
    post = {"centre": here.centre.pk, "unit": here.town.pk, "role": "clerk", "name": "专窗"}
    alone = signed_in.post("/admin/directory/post/add/", post | {"holder_a": here.clerk.pk, "holder_b": ""})
    assert "岗位要同时有A角和B角，请指定B角" in alone.content.decode()
    second = signed_in.post("/admin/directory/post/add/", post | {"holder_a": "", "holder_b": here.clerk.pk})
    assert "请指定A角" in second.content.decode()
    assert not here.centre.posts.filter(name="专窗").exists()
    both = post | {"holder_a": here.clerk.pk, "holder_b": here.deputy.pk}
    assert signed_in.post("/admin/directory/post/add/", both).status_code == 302
    empty = signed_in.post("/admin/directory/post/add/", post | {"name": "空岗", "holder_a": "", "holder_b": ""})
    assert empty.status_code == 302
    # A pack that does not ask for it.
    here.policy.delete()
    third = post | {"name": "单岗", "holder_a": here.clerk.pk, "holder_b": ""}
    assert signed_in.post("/admin/directory/post/add/", third).status_code == 302
