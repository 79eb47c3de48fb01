# ruff: noqa: E501 - headings stand in one line, as in the files
"""Exports of cities that nobody here knows, made in their habits, with the truth beside: no row is anybody's."""

from __future__ import annotations

import csv
import html
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import xlsxwriter

from lianxin.workbooks.times import SHANGHAI

NAMES = [a + b for a in "赵钱孙李周吴郑王单曾" for b in ("先生", "女士", "某", "建国", "小红")]
UNITS = ["大店镇政府", "坊前镇人民政府", "县住房和城乡建设局", "市公安局交警支队", "自来水公司", "城管局", "县教体局"]
TEXTS = [
    "来电人反映小区供暖温度过低，多次联系物业无果，请有关部门尽快处理并答复",
    "市民反映路灯损坏已有半月，夜间出行不便，请维修",
    "反映某工地夜间施工噪音扰民，严重影响休息，希望相关单位查处",
    "咨询医保异地就医备案的办理流程和所需材料",
]
STATES = ["已办结", "办理中", "待签收", "已归档"]


@dataclass(frozen=True, slots=True)
class Truth:
    """One order as it is."""

    number: str
    time: datetime
    caller: str
    phone: str
    text: str
    unit: str
    limit: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Export:
    """A file and what it should be understood as; `lacks` are fields that it has no column for."""

    name: str
    data: bytes
    truths: list[Truth]
    lacks: frozenset[str] = frozenset()


def truths(count: int, seed: int) -> list[Truth]:
    chance = random.Random(seed)
    found = []
    for n in range(count):
        at = datetime(2026, 3, 1, 8, tzinfo=SHANGHAI) + timedelta(seconds=n * 1901 + chance.randrange(600))
        found.append(
            Truth(
                number=f"20260301{seed:02}{n:08}",
                time=at,
                caller=chance.choice(NAMES),
                phone=f"13{chance.randrange(10**8, 10**9)}",
                text=f"{chance.choice(TEXTS)}（第{n}件）",
                unit=chance.choice(UNITS),
                limit=(at + timedelta(days=5)).replace(second=0),
                state=chance.choice(STATES),
            )
        )
    return found


def plain(count: int) -> Export:
    rows = truths(count, 1)
    head = [
        "序号",
        "工单编号",
        "受理时间",
        "来电人",
        "来电号码",
        "诉求内容",
        "承办单位",
        "办理时限",
        "工单状态",
        "受理人",
    ]
    table = [
        [str(n), r.number, _full(r.time), r.caller, r.phone, r.text, r.unit, _full(r.limit), r.state, "话务员7"]
        for n, r in enumerate(rows, 1)
    ]
    return Export("甲市.xlsx", _xlsx({"Sheet1": [head, *table]}), rows)


def two_rows(count: int) -> Export:
    rows = truths(count, 2)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("2026年")
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.merge_range(0, 0, 0, 8, "乙市 12345 热线工单明细表")
        sheet.write(1, 0, "导出时间：2026-04-01 09:00:00")
        for column, name in ((0, "热线编号"), (5, "诉求描述"), (6, "当前状态")):
            sheet.merge_range(2, column, 3, column, name)
        sheet.merge_range(2, 1, 2, 2, "诉求人信息")
        sheet.merge_range(2, 3, 2, 4, "时间")
        sheet.merge_range(2, 7, 2, 8, "办理")
        for column, name in (
            (1, "姓名"),
            (2, "联系方式"),
            (3, "来电时间"),
            (4, "截止时间"),
            (7, "主办单位"),
            (8, "派单时间"),
        ):
            sheet.write(3, column, name)
        for n, r in enumerate(rows, 4):
            for column, value in ((0, r.number), (1, r.caller), (2, r.phone), (5, r.text), (6, r.state), (7, r.unit)):
                sheet.write_string(n, column, value)
            sheet.write_datetime(n, 3, r.time.replace(tzinfo=None), date)
            sheet.write_datetime(n, 4, r.limit.replace(tzinfo=None), date)
            sheet.write_datetime(n, 8, (r.time + timedelta(hours=1)).replace(tzinfo=None), date)
    return Export("乙市.xlsx", out.getvalue(), rows)


def guarded_csv(count: int) -> Export:
    """Digits kept by ="…", a title above, a clock of twelve hours, GB 18030."""
    rows = truths(count, 3)
    out = io.StringIO()
    out.write("丙市民生服务平台，2026年3月导出，共若干件\r\n")
    writer = csv.writer(out)
    writer.writerow(
        ["件号", "诉求时间", "反映人", "反映人电话", "反映问题", "责任单位", "办结期限", "处理状态", "派单时间"]
    )
    for r in rows:
        late = r.time + timedelta(hours=2)
        writer.writerow(
            [
                f'="{r.number}"',
                _twelve(r.time),
                r.caller,
                f'="{r.phone}"',
                r.text,
                r.unit,
                _twelve(r.limit),
                r.state,
                _twelve(late),
            ]
        )
    return Export("丙市.csv", out.getvalue().encode("gb18030"), rows)


def web_page(count: int) -> Export:
    """An HTML table that is called .xls."""
    rows = truths(count, 4)
    head = ["受理单号", "登记时间", "市民姓名", "市民电话", "事项内容", "处置单位", "处置时限", "办件状态", "坐席姓名"]
    cells = [
        [
            r.number,
            f"{r.time:%Y/%m/%d %H:%M:%S}",
            r.caller,
            r.phone,
            r.text,
            r.unit,
            f"{r.limit:%Y/%m/%d %H:%M:%S}",
            r.state,
            "坐席",
        ]
        for r in rows
    ]
    body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in [head, *cells])
    page = f'<html><head><meta charset="gb2312"></head><body><table border=1>{body}</table></body></html>'
    return Export("丁市.xls", page.encode("gb18030"), rows)


def dictionary_first(count: int) -> Export:
    rows = truths(count, 5)
    head = [
        "编 号",
        "来电时间\n(年-月-日 时:分)",
        "姓名（称呼）",
        "联系电话",
        "主要内容",
        "承办部门",
        "限办时间",
        "状 态",
        "备注",
    ]
    table = [[r.number, _full(r.time), r.caller, r.phone, r.text, r.unit, _full(r.limit), r.state, ""] for r in rows]
    codes = [["代码", "名称", "说明"], *([str(n), unit, "单位"] for n, unit in enumerate(UNITS))]
    return Export("戊市.xlsx", _xlsx({"字典": codes, "数据": [head, *table]}), rows)


def of_a_programmer(count: int) -> Export:
    rows = truths(count, 6)
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", quoting=csv.QUOTE_ALL)
    writer.writerow(
        [
            "id",
            "orderNo",
            "createTime",
            "callerName",
            "callerPhone",
            "content",
            "deptName",
            "deadline",
            "orderStatus",
            "updateTime",
        ]
    )
    for n, r in enumerate(rows):
        stamp = int(r.time.timestamp() * 1000)
        writer.writerow(
            [n, r.number, stamp, r.caller, r.phone, r.text, r.unit, r.limit.isoformat(), r.state, stamp + 9]
        )
    return Export("export.txt", out.getvalue().encode("utf-16"), rows)


def many_look_alikes(count: int) -> Export:
    """Every column has a cousin: times, units, people and telephones of others."""
    rows = truths(count, 7)
    head = ["办件编号", "受理单位", "受理人", "受理人电话", "诉求人姓名", "诉求人电话", "诉求标题", "诉求详情", "登记日期",
            "派单时间", "签收时间", "主办单位", "协办单位", "经办人", "经办人电话", "应办结时间", "办结时间", "办理状态", "回访状态", "回访时间"]  # fmt: skip
    table = []
    for r in rows:
        after = [_full(r.time + timedelta(hours=n)) for n in range(1, 5)]
        table.append(
            [r.number, "12345热线中心", "张话务", "05397212345", r.caller, r.phone, r.text[:10], r.text, _full(r.time),
             after[0], after[1], r.unit, "县司法局", "李经办", "05397654321", _full(r.limit), after[2], r.state, "未回访", after[3]]
        )  # fmt: skip
    return Export("己市.xlsx", _xlsx({"工单": [head, *table]}), rows)


def of_java(count: int) -> Export:
    """Times as Java writes them, no telephone and no state at all."""
    rows = truths(count, 8)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["流水号", "反映时间", "联系人", "情况描述", "转办单位", "到期日期", "录音编号"])
    for n, r in enumerate(rows):
        java = f"{r.time:%a %b %d %H:%M:%S} CST {r.time:%Y}"
        writer.writerow([r.number, java, r.caller, r.text, r.unit, f"{r.limit:%Y年%m月%d日 %H时%M分}", f"REC{n}"])
    return Export("庚市.csv", ("\ufeff" + out.getvalue()).encode(), rows, frozenset({"phone", "state"}))


def hand_kept(count: int) -> Export:
    """A ledger kept by hand: units merged over their orders, a column without a heading, a sum below."""
    rows = truths(count, 9)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        date = book.add_format({"num_format": "yyyy/m/d h:mm:ss"})
        for column, name in enumerate(
            ["序号", "派往单位", "任务号", "接电时间", "群众姓名", "群众电话", "群众诉求", "要求完成时间", "办理进度"]
        ):
            sheet.write(0, column, name)
        kept = []
        for start in range(0, len(rows), 4):
            unit = rows[start].unit
            block = rows[start : start + 4]
            first, last = start + 1, start + len(block)
            if last > first:
                sheet.merge_range(first, 1, last, 1, unit)
            else:
                sheet.write(first, 1, unit)
            for n, r in enumerate(block, first):
                kept.append(Truth(r.number, r.time, r.caller, r.phone, r.text, unit, r.limit, r.state))
                sheet.write(n, 0, n)
                for column, value in ((2, r.number), (4, r.caller), (5, r.phone), (6, r.text), (8, r.state)):
                    sheet.write_string(n, column, value)
                sheet.write_datetime(n, 3, r.time.replace(tzinfo=None), date)
                sheet.write_datetime(n, 7, r.limit.replace(tzinfo=None), date)
    return Export("辛市.xlsx", out.getvalue(), kept)


CITIES: list[Callable[[int], Export]] = [
    plain, two_rows, guarded_csv, web_page, dictionary_first, of_a_programmer, many_look_alikes, of_java, hand_kept,
]  # fmt: skip


def _xlsx(sheets: dict[str, list[list[str]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for n, row in enumerate(rows):
                for column, value in enumerate(row):
                    sheet.write_string(n, column, value)
    return out.getvalue()


def _full(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _twelve(at: datetime) -> str:
    half = "上午" if at.hour < 12 else "下午"
    return f"{at.year}/{at.month}/{at.day} {half}{at.hour % 12 or 12}:{at:%M:%S}"
