"""xlsx in and out: errors by row, all or nothing, twice changes nothing, out and in again changes nothing."""

import io
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from lianxin.directory import snapshot, trees
from lianxin.directory.models import Area, Category, Post, Staff, Unit
from lianxin.directory.sheets import SHEETS, Categories, Outcome, People, Posts, Units, WorkbookError
from lianxin.rules.policy import POLICIES

from .conftest import World


def xlsx(*rows: tuple[Any, ...]) -> io.BytesIO:
    file = openpyxl.Workbook()
    for row in rows:
        file.active.append(row)
    out = io.BytesIO()
    file.save(out)
    out.seek(0)
    return out


def said(outcome: Outcome) -> list[str]:
    return [str(error) for error in outcome.errors]


@pytest.mark.parametrize("name", SHEETS)
def test_what_was_exported_and_imported_changes_nothing(here: World, name: str):
    trees.plant(here.centre, trees.read(POLICIES / "categories" / "junan.csv"))
    Unit.objects.create(centre=here.centre, parent=here.root, code="x", name="=1+1", type="bank", active=False)
    before = snapshot.of(here.centre.pk).stamp
    sheet = SHEETS[name](here.centre)
    outcome = sheet.load(io.BytesIO(sheet.export()))
    assert (outcome.errors, outcome.changes) == ([], [])
    assert (
        outcome.unchanged
        == {"units": 4, "areas": 1, "staff": 3, "posts": 4, "categories": 616, "charges": 1, "shifts": 0}[name]
    )
    assert snapshot.of(here.centre.pk).stamp == before


@pytest.mark.parametrize("name", SHEETS)
def test_an_export_rebuilds_an_empty_centre(here: World, there: World, name: str):
    """What a sheet says of one centre, another can take over (people have other user names there)."""
    sheet = SHEETS[name](here.centre)
    rows = list(openpyxl.load_workbook(io.BytesIO(sheet.export())).active.values)
    moved = [
        tuple(str(cell).replace("jia-", "yi-").replace("甲地", "乙地") if cell else None for cell in row)
        for row in rows
    ]
    outcome = SHEETS[name](there.centre).load(xlsx(*moved))
    assert (said(outcome), outcome.changes) == ([], [])


UNITS = ("编码", "名称", "类型", "排名组", "上级单位编码", "排序", "备注")


def test_units_are_made_whatever_the_order_of_their_rows(here: World):
    rows = [
        UNITS,
        ("v1", "二村", "村（社区）", None, "t1", 2, "新设"),
        ("t1", "团林镇", "镇街", "镇街", None, 1.0, None),
        (),
        ("jia-town", "甲地大店镇", "镇街", "镇街", "jia-root", 9, None),
    ]
    checked = Units(here.centre).check(xlsx(*rows))
    assert str(checked) == "将新增 2 条，修改 1 条，0 条不变。"
    assert not Unit.objects.filter(code="t1").exists(), "a check changes nothing"
    assert checked.changes[-1].cells == (("排序", "0", "9"),)

    assert str(Units(here.centre).load(xlsx(*rows))) == "已新增 2 条，修改 1 条，0 条不变。"
    village = Unit.objects.get(code="v1")
    assert (village.parent.code, village.parent.parent, village.position) == ("t1", here.root, 2)
    assert str(Units(here.centre).load(xlsx(*rows))) == "已新增 0 条，修改 0 条，3 条不变。"


def test_one_wrong_row_and_nothing_is_imported(here: World):
    rows = [
        UNITS,
        ("good", "岭泉镇", "镇街", "镇街", None, 1, None),
        ("bad 1", "坏一", "镇街", "县直部门单位", None, 1, None),
        ("b2", None, "乡", None, None, "一", None),
        ("b3", "坏三", "银行保险", None, "nowhere", 1, None),
        ("good", "岭泉镇", "镇街", "镇街", None, 1, None),
        ("b4", "坏四", "热线中心", None, None, 1, None),
        ("c1", "圈一", "镇街", None, "c2", 1, None),
        ("c2", "圈二", "镇街", None, "c1", 1, None),
    ]
    outcome = Units(here.centre).load(xlsx(*rows))
    assert said(outcome) == [
        "第 3 行“编码”：编码只能用字母、数字、“-”和“_”，并以字母或数字开头。",
        "第 3 行“排名组”：“镇街”类型的单位不能排在“县直部门单位”，只能排在：镇街。",
        "第 4 行“名称”：不能为空。",
        "第 4 行“类型”：“乡”不可用，请填：热线中心、分中心、镇街、部门单位、企业、医院、银行保险、村（社区）、"
        "监督联络机构。",
        "第 4 行“排序”：“一”不是整数，请填 0 以上的整数。",
        "第 5 行“上级单位编码”：没有编码为“nowhere”的单位，或该单位所在行有错误。",
        "第 6 行：与第 2 行重复（good）。",
        "第 7 行：一个中心只能有一个最上级单位，请选择上级单位。",
        "第 8 行：上级互相指向，成了一个圈，请改正。",
        "第 9 行：上级互相指向，成了一个圈，请改正。",
    ]
    assert str(outcome) == "有 10 处错误，没有导入任何内容。"
    assert here.centre.units.count() == 3


def test_units_may_change_places(here: World):
    """The town goes below its village: right in the end, though not at every step."""
    rows = [
        ("编码", "名称", "类型", "排名组", "上级单位编码"),
        ("jia-town", "甲地大店镇", "镇街", "镇街", "jia-village"),
        ("jia-village", "甲地一村", "村（社区）", None, None),
    ]
    assert said(Units(here.centre).load(xlsx(*rows))) == []
    here.town.refresh_from_db()
    assert here.town.parent == here.village


def test_a_unit_of_another_centre_is_out_of_reach(here: World, there: World):
    outcome = Units(here.centre).load(xlsx(UNITS, ("v9", "九村", "村（社区）", None, "yi-town", 1, None)))
    assert said(outcome) == ["第 2 行“上级单位编码”：没有编码为“yi-town”的单位，或该单位所在行有错误。"]
    # The same code is another unit in another centre.
    assert Units(here.centre).load(xlsx(UNITS, ("yi-town", "同码", "镇街", None, None, 1, None))).created == 1
    there.town.refresh_from_db()
    assert there.town.name == "乙地大店镇"


STAFF = ("用户名", "姓名", "单位编码", "职务", "办公电话", "到岗日期", "启用", "初始密码")


def test_staff_come_with_a_first_password_that_counts_once(here: World):
    row = ("wang", "王某", "jia-town", "科员", 5397212345, "2021/10/25", "是", "chu-ci-denglu")
    assert People(here.centre).load(xlsx(STAFF, row)).created == 1
    wang = Staff.objects.get(username="wang")
    assert (wang.phone, wang.joined_on.isoformat(), wang.unit) == ("5397212345", "2021-10-25", here.town)
    assert wang.check_password("chu-ci-denglu")
    assert not wang.is_staff
    assert not wang.is_superuser
    again = People(here.centre).load(xlsx(STAFF, (*row[:6], "否", "another-one-7")))
    assert again.changes[0].cells == (("启用", "是", "否"),)
    wang.refresh_from_db()
    assert wang.check_password("chu-ci-denglu")
    assert "初始密码" not in next(iter(openpyxl.load_workbook(io.BytesIO(People(here.centre).export())).active.values))


def test_wrong_staff_rows_say_why(here: World, there: World):
    Staff.objects.create_superuser("root", name="总管", centre=here.centre, password="x")
    outcome = People(here.centre).load(
        xlsx(
            STAFF,
            ("yi-clerk", "冒名", None, None, None, None, None, None),
            ("root", "降级", None, None, None, None, "否", None),
            ("li", "李某", "nowhere", None, None, "十月", None, None),
            ("zhao", "赵某", None, None, None, None, None, "123"),
        )
    )
    reasons = said(outcome)
    assert reasons[0].startswith("第 2 行“用户名”：已存在")
    assert reasons[1].startswith("第 3 行“用户名”：已存在")
    assert reasons[2:4] == [
        "第 4 行“单位编码”：没有编码为“nowhere”的单位，请先导入单位。",
        "第 4 行“到岗日期”：“十月”不是日期，请按 2021-10-25 的格式填写。",
    ]
    assert reasons[4].startswith("第 5 行“初始密码”：密码")
    assert not Staff.objects.filter(username__in=("li", "zhao")).exists()


def test_posts_are_filled_by_sheet(here: World):
    head = ("单位编码", "角色", "岗位名称", "A角用户名", "B角用户名")
    rows = [
        ("jia-village", "经办人", None, "jia-deputy", "jia-clerk"),
        ("jia-town", "经办人", "甲地热线岗", "jia-deputy", "jia-clerk"),
    ]
    assert str(Posts(here.centre).load(xlsx(head, *rows))) == "已新增 1 条，修改 1 条，0 条不变。"
    here.post.refresh_from_db()
    assert (here.post.holder_a, here.post.holder_b) == (here.deputy, here.clerk)
    assert Post.objects.get(unit=here.village).name == "经办人"
    wrong = Posts(here.centre).load(
        xlsx(
            head,
            ("jia-town", "派单员", None, "jia-clerk", None),
            ("jia-town", "经办人", None, "jia-clerk", "jia-clerk"),
        )
    )
    assert said(wrong) == ["第 2 行“角色”：“派单员”岗位只能设在热线中心或分中心。", "第 3 行：A角和B角不能是同一人。"]


def test_categories_bring_those_above_them(here: World):
    head = ("一级类别", "二级类别", "三级类别", "编码", "排序")
    rows = [
        ("甲地居民生活", "用水", "停水", "010201", 1),
        ("交通", "公交", None, "02", None),
        ("交通", None, None, "0200", 5),
    ]
    assert str(Categories(here.centre).load(xlsx(head, *rows))) == "已新增 4 条，修改 0 条，0 条不变。"
    water = Category.objects.get(code="010201")
    assert (water.level, water.path()) == (3, ("甲地居民生活", "用水", "停水"))
    assert Categories(here.centre).load(xlsx(head, *rows)).unchanged == 3
    gap = Categories(here.centre).load(xlsx(head, ("交通", None, "线路", None, None), (None, "公交", None, None, None)))
    assert said(gap) == [
        "第 2 行“二级类别”：有下级类别时不能为空。",
        "第 3 行“一级类别”：有下级类别时不能为空。",
        "第 3 行“一级类别”：不能为空。",
    ]


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (io.BytesIO(b"no workbook"), "请先导出一份作为模板"),
        (io.BytesIO(b""), "文件是空的"),
        (xlsx(("编码", "名称")), "表头缺少列：类型"),
        (xlsx(("编码", "名称", "类型", "职称")), "不认识的列：职称"),
        (xlsx(("编码", "名称", "类型", "编码")), "重复的列名"),
        (xlsx(), "文件里没有内容"),
    ],
)
def test_a_file_that_is_no_such_sheet_is_refused(here: World, file: io.BytesIO, sentence: str):
    with pytest.raises(WorkbookError, match=sentence):
        Units(here.centre).check(file)


def test_areas_come_by_sheet_with_those_above_them(here: World):
    rows = [("一级区域", "二级区域"), ("大店镇", "中心村"), ("大店镇", "六合村"), ("坊前镇", "中心村"), ("", "孤村")]
    sheet = SHEETS["areas"](here.centre)
    outcome = sheet.load(xlsx(*rows))
    assert said(outcome) == [
        "第 5 行“一级区域”：有下级区域时不能为空。",
        "第 5 行“一级区域”：不能为空。",
    ]
    outcome = SHEETS["areas"](here.centre).load(xlsx(*rows[:-1]))
    assert (outcome.errors, outcome.created) == ([], 5)
    areas = snapshot.of(here.centre.pk).areas.values()
    assert sorted((areas_parent(area, here), area.name) for area in areas if area.name == "中心村") == [
        ("坊前镇", "中心村"),
        ("大店镇", "中心村"),
    ]


def test_an_area_is_taken_out_of_use_by_sheet_and_a_sheet_without_the_column_leaves_it_so(here: World):
    rows = [
        ("一级区域", "二级区域", "启用"),
        ("大店镇", "", "否"),
        ("大店镇", "中心村", ""),
        ("坊前镇", "中心村", "是"),
    ]
    assert SHEETS["areas"](here.centre).load(xlsx(*rows)).errors == []
    known = snapshot.of(here.centre.pk).areas
    in_use = {(areas_parent(area, here), area.name): area.active for area in known.values() if area.match_keys}
    assert in_use[("", "大店镇")] is False
    assert in_use[("大店镇", "中心村")] is False, "below what is out of use nothing is in use"
    assert in_use[("坊前镇", "中心村")] is True
    again = SHEETS["areas"](here.centre).load(xlsx(*(row[:2] for row in rows)))
    assert (again.errors, again.changes) == ([], [])
    assert not Area.objects.get(centre=here.centre, name="大店镇").active
    wrong = SHEETS["areas"](here.centre).load(xlsx(rows[0], ("大店镇", "", "也许")))
    assert len(wrong.errors) == 1
    assert "启用" in said(wrong)[0]


def areas_parent(area: Any, here: World) -> str:
    return snapshot.of(here.centre.pk).areas[area.parent].name if area.parent else ""


def test_first_passwords_are_given_back_once_and_must_be_changed(here: World):
    rows = [("用户名", "姓名", "初始密码"), ("n1", "甲", "生成"), ("n2", "乙", "Own-Secret-77"), ("n3", "丙", "")]
    sheet = People(here.centre)
    assert sheet.load(xlsx(*rows)).errors == []
    made = sheet.first_passwords()
    assert made is not None
    (_, found) = openpyxl.load_workbook(io.BytesIO(made)).active.iter_rows(values_only=True)
    assert found[:2] == ("n1", "甲")
    people = {person.username: person for person in Staff.objects.filter(username__in=("n1", "n2", "n3"))}
    assert people["n1"].check_password(found[2])
    assert [people[name].must_change_password for name in ("n1", "n2", "n3")] == [True, True, False]
    assert not people["n3"].has_usable_password()
    assert sheet.first_passwords() is None, "only once"


def test_dates_of_chinese_suites_and_other_files_are_read_as_orders_are(here: World):
    html = (
        "<html><meta charset=utf-8><table><tr><td>说明</td></tr><tr><td>用户名</td><td>姓名</td><td>到岗日期</td></tr>"
    )
    html += "<tr><td>007</td><td>丁</td><td>2021年10月25日</td></tr></table></html>"
    assert People(here.centre).load(io.BytesIO(html.encode())).errors == []
    found = Staff.objects.get(username="007")
    assert (found.name, found.joined_on.isoformat()) == ("丁", "2021-10-25")


def shaped(*rows: tuple[str, ...], hidden_rows: tuple[int, ...] = (), more: Any = None) -> io.BytesIO:
    """A sheet “单位” of which some rows are hidden; `more` goes on with the book."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("单位")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
            if number in hidden_rows:
                sheet.set_row(number, None, None, {"hidden": True})
        if more:
            more(book, sheet)
    out.seek(0)
    return out


HEAD, TOWN = ("编码", "名称", "类型"), "镇街"


def test_what_a_filter_hides_is_not_imported_and_that_is_told(here: World):
    rows = [HEAD, ("t1", "团林镇", TOWN), *((f"h{n}", f"筛掉的{n}", TOWN) for n in range(7)), ("t2", "岭泉镇", TOWN)]
    file = shaped(*rows, hidden_rows=tuple(range(2, 9)))
    outcome = Units(here.centre).check(file)
    assert [change.what for change in outcome.changes] == ["t1", "t2"]
    assert outcome.remarks == ["第 3、4、5、6、7 行等 7 行被筛选或隐藏，没有导入；要导入，请在表格里取消筛选或隐藏。"]


def test_hidden_columns_merged_cells_and_other_sheets_are_told(here: World):
    def more(book: xlsxwriter.Workbook, sheet: Any) -> None:
        sheet.set_column(1, 1, None, None, {"hidden": True})
        sheet.merge_range(1, 2, 2, 2, TOWN)
        for name in ("旧表", "另一张"):
            other = book.add_worksheet(name)
            other.write_row(0, 0, HEAD)
        book.worksheets()[1].hide()
        book.add_worksheet("说明").write_string(0, 0, "略")

    outcome = Units(here.centre).check(shaped(HEAD, ("t1", "团林镇", ""), ("t2", "岭泉镇", ""), more=more))
    assert (len(outcome.changes), outcome.errors) == (2, [])
    assert outcome.remarks == [
        "工作表“单位”有合并的单元格，已把其中的内容填入所合并的每一行。",
        "工作表“单位”的 B 列是隐藏的，照样读取，请核对。",
        "工作表“旧表”有同样的表头，是隐藏的，没有读取。",
        "工作表“另一张”有同样的表头，一次只导入一张，没有读取。",
    ]


def test_a_hidden_sheet_is_not_read(here: World):
    def hide(book: xlsxwriter.Workbook, sheet: Any) -> None:
        book.add_worksheet("说明").activate()
        sheet.hide()

    with pytest.raises(WorkbookError, match="只有隐藏的工作表“单位”有所要的表头"):
        Units(here.centre).check(shaped(HEAD, ("t1", "团林镇", TOWN), more=hide))


def test_damaged_signs_are_told_with_their_rows(here: World):
    text = "编码,名称,类型\nt1,团林镇,镇街\nt2,岭泉镇,镇街\n".encode().replace("岭".encode(), b"\xff")
    outcome = Units(here.centre).check(io.BytesIO(text))
    assert outcome.remarks == ["第 3 行：有残缺的字符，已用“\ufffd”代替，请核对。"]


def test_a31_the_sheet_refuses_a_post_with_one_holder_only(here: World):
    rows = [
        ("单位编码", "角色", "岗位名称", "A角用户名", "B角用户名"),
        ("jia-town", "经办人", "甲", here.clerk.username, None),
        ("jia-town", "经办人", "乙", here.clerk.username, here.deputy.username),
        ("jia-town", "经办人", "丙", None, None),
    ]
    outcome = Posts(here.centre).check(xlsx(*rows))
    assert said(outcome) == ["第 2 行“B角用户名”：岗位要同时有A角和B角，请指定B角；暂时没有人选的，两项都不填。"]
