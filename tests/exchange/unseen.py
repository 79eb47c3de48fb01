"""Exports in the headings that platforms of this field really use (gathered from public sources of such systems), laid
out in the ways of offices; the words of `policies/maps/headings` were written before these.  All rows are invented.
"""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import xlsxwriter

from .strange import UNITS, Export, Truth, truths

Cell = Callable[[Truth, int], Any]
#: (heading, what stands below it)
Columns = Sequence[tuple[str, Cell]]


def full(hours: float = 0, pattern: str = "%Y-%m-%d %H:%M:%S") -> Cell:
    """A time so many hours after the order came in."""
    return lambda order, n: (order.time + timedelta(hours=hours)).strftime(pattern)


def limit(pattern: str = "%Y-%m-%d %H:%M:%S") -> Cell:
    return lambda order, n: order.limit.strftime(pattern)


def of(name: str) -> Cell:
    return lambda order, n: getattr(order, name)


def fixed(*words: str) -> Cell:
    return lambda order, n: words[n % len(words)]


def count(order: Truth, n: int) -> Any:
    return n + 1


number, caller, phone, text, unit, state = (of(name) for name in ("number", "caller", "phone", "text", "unit", "state"))


@dataclass(frozen=True, slots=True)
class Style:
    """A platform: its columns, and how its file is laid out.  `upper` are the groups above the headings."""

    name: str
    columns: Columns
    lacks: frozenset[str] = frozenset()
    kind: str = "xlsx"
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    upper: tuple[tuple[str, int], ...] = ()
    before: dict[str, list[list[str]]] = field(default_factory=dict)
    after: dict[str, list[list[str]]] = field(default_factory=dict)
    sums: int = 0
    states: tuple[str, ...] = ()
    minutes: bool = False

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, rows: int) -> Export:
        orders = truths(rows, 11 + len(self.name))
        if self.minutes:
            orders = [replace(one, time=one.time.replace(second=0)) for one in orders]
        if self.states:
            orders = [replace(one, state=self.states[n % len(self.states)]) for n, one in enumerate(orders)]
        heads = [[heading for heading, _ in self.columns]]
        if self.upper:
            heads.insert(0, [name if n == 0 else "" for name, width in self.upper for n in range(width)])
        table = [[make(one, n) for _, make in self.columns] for n, one in enumerate(orders)]
        if self.sums:
            width = len(self.columns)
            sums = [["小计", *[""] * (width - 2), str(self.sums)]]
            blocks = [table[at : at + self.sums] for at in range(0, len(table), self.sums)]
            table = [row for block in blocks for row in [*block, *sums]]
        above, below = ([[line] for line in lines] for lines in (self.above, self.below))
        sheet = [*above, *heads, *table, *below]
        write = {"xlsx": _workbook, "csv": _csv, "gbk": _gbk, "html": _html}[self.kind]
        suffix = {"xlsx": "xlsx", "csv": "csv", "gbk": "csv", "html": "xls"}[self.kind]
        return Export(f"{self.name}.{suffix}", write(self, sheet, len(above)), orders, self.lacks)


def _workbook(style: Style, sheet: list[list[Any]], headings: int) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for title, rows in {**style.before, "Sheet1": sheet, **style.after}.items():
            page = book.add_worksheet(title)
            for n, row in enumerate(rows):
                for column, value in enumerate(row):
                    page.write_number(n, column, value) if isinstance(value, int) else page.write_string(
                        n, column, value
                    )
        page = book.get_worksheet_by_name("Sheet1")
        at = 0
        for name, width in style.upper:
            if width > 1:
                page.merge_range(headings, at, headings, at + width - 1, name)
            elif not style.columns[at][0]:
                page.merge_range(headings, at, headings + 1, at, name)
            at += width
    return out.getvalue()


def _csv(style: Style, sheet: list[list[Any]], headings: int) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(sheet)
    return out.getvalue().encode("utf-8-sig")


def _gbk(style: Style, sheet: list[list[Any]], headings: int) -> bytes:
    return _csv(style, sheet, headings).decode("utf-8-sig").encode("gb18030")


def _html(style: Style, sheet: list[list[Any]], headings: int) -> bytes:
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in sheet)
    return f"<html><meta charset='gbk'><body><table border='1'>{rows}</table></body></html>".encode("gb18030")


def _both(order: Truth, n: int) -> str:
    return f"{order.caller}{order.phone}" if n % 3 else f"{order.caller} {order.phone}"


def _several(order: Truth, n: int) -> str:
    other = UNITS[(UNITS.index(order.unit) + 1) % len(UNITS)]
    return [order.unit, f"{order.unit},{other}", f"{order.unit}、{other}"][n % 3]


def _roles(order: Truth, n: int) -> str:
    other = UNITS[(UNITS.index(order.unit) + 1) % len(UNITS)]
    return [f"主办：{order.unit}；协办：{other}", f"{order.unit}（主办）、{other}（协办）", f"主办:{order.unit}"][n % 3]


STYLES = [
    Style(
        "诉求编号一式",
        [
            ("诉求编号", number),
            ("诉求来源", fixed("电话", "微信")),
            ("诉求来源小类", fixed("人工")),
            ("诉求类型", fixed("求助", "投诉")),
            ("事件类型", fixed("民生")),
            ("一级分类名称", fixed("城乡建设")),
            ("诉求标题", lambda o, n: o.text[:12]),
            ("诉求内容", text),
            ("登记时间", full()),
            ("封存时间", full(90)),
            ("事件状态", state),
            ("事发区域", fixed("东城")),
            ("地址描述", fixed("某路 1 号")),
            ("所有办理部门", _several),
            ("批转单位", fixed("市热线中心")),
            ("退回部门", fixed("")),
            ("事发时间", full(-30)),
            ("评价满意度", fixed("满意", "")),
            ("部门办理截止时间", limit()),
            ("办理结束时间", full(50)),
        ],
        frozenset({"caller", "phone"}),
    ),
    Style(
        "办件编号一式",
        [
            ("序号", count),
            ("办件编号", number),
            ("办件来源", fixed("市级下派")),
            ("市级编号", fixed("")),
            ("诉求主题", lambda o, n: o.text[:10]),
            ("诉求内容", text),
            ("办理单位", unit),
            ("办理科室", fixed("办公室", "信访科")),
            ("诉求人", caller),
            ("诉求人电话", phone),
            ("处理结果", fixed("已处理")),
            ("事项大类", fixed("住建")),
            ("派发时间", full()),
            ("承诺完成时间", limit()),
            ("办件状态", state),
            ("派单员", fixed("王派单", "李派单")),
            ("预警状态", fixed("正常", "黄牌")),
        ],
    ),
    Style(
        "交办单号一式",
        [
            ("交办单号", number),
            ("交办日期", full(0, "%Y年%m月%d日 %H:%M:%S")),
            ("来话人", caller),
            ("来话号码", phone),
            ("反映事项内容", text),
            ("牵头单位", unit),
            ("配合单位", fixed("县司法局", "")),
            ("反馈截止日期", limit("%Y年%m月%d日 %H:%M")),
            ("当前办理阶段", state),
            ("交办人", fixed("张交办")),
            ("审签领导", fixed("赵主任")),
        ],
        above=("某市市民热线交办件登记表", "填报单位：市热线办    填报日期：2026年4月1日"),
        below=("注：本表由热线办负责解释。", "制表人：张某    审核人：李某"),
    ),
    Style(
        "坐席系统一式",
        [
            ("服务单号", number),
            ("呼入时间", full()),
            ("接听时长(秒)", fixed("63", "120")),
            ("来电人姓名", caller),
            ("来电人性别", fixed("男", "女")),
            ("主叫号码", phone),
            ("被叫号码", fixed("12345")),
            ("受理人员", fixed("8001号", "8002号")),
            ("受理部门", fixed("热线话务一组")),
            ("业务类型", fixed("求助", "咨询")),
            ("业务描述", text),
            ("处理部门", unit),
            ("处理人", fixed("孙处理")),
            ("要求处理完成时间", limit()),
            ("工单当前状态", state),
            ("回访人员", fixed("钱回访")),
            ("回访时间", full(99)),
            ("录音流水号", lambda o, n: f"R{n:09}"),
        ],
        kind="csv",
    ),
    Style(
        "日期时间两列",
        [
            ("工单流水号", number),
            ("受理日期", full(0, "%Y-%m-%d")),
            ("受理时间", full(0, "%H:%M:%S")),
            ("市民姓名", caller),
            ("市民联系电话", phone),
            ("市民反映内容", text),
            ("责任部门", unit),
            ("办结截止日期", limit("%Y-%m-%d")),
            ("办结截止时间", limit("%H:%M")),
            ("办理环节", state),
        ],
    ),
    Style(
        "姓名电话一格",
        [
            ("受理编号", number),
            ("受理时间", full()),
            ("诉求人及联系电话", _both),
            ("诉求主要内容", text),
            ("承办责任单位", unit),
            ("应反馈时间", limit()),
            ("办理情况", state),
        ],
        kind="gbk",
    ),
    Style(
        "两行表头一式",
        [
            ("", count),
            ("编号", number),
            ("时间", full()),
            ("渠道", fixed("电话")),
            ("坐席", fixed("9号")),
            ("姓名", caller),
            ("电话", phone),
            ("内容", text),
            ("单位", unit),
            ("经办人", fixed("周某")),
            ("联系电话", fixed("05391234567")),
            ("签收时间", full(3)),
            ("时限", limit()),
            ("状态", state),
        ],
        upper=(("序号", 1), ("工单受理", 4), ("诉求人", 2), ("诉求", 1), ("承办情况", 6)),
        above=("2026 年一季度热线工单办理情况汇总表",),
        before={
            "填表说明": [
                ["说明", "内容"],
                ["一", "请各单位核对"],
                ["二", "如有疑问请联系热线办"],
                ["三", "本表不得外传"],
            ]
        },
    ),
    Style(
        "两行表头二式",
        [
            ("工单号", number),
            ("工单标题", lambda o, n: o.text[:9]),
            ("姓名", caller),
            ("联系方式", phone),
            ("登记时间", full()),
            ("派发时间", full(1)),
            ("办结时限", limit()),
            ("办结时间", full(40)),
            ("单位名称", unit),
            ("联系人", fixed("吴联络")),
            ("工单内容", text),
            ("工单状态", state),
        ],
        upper=(("工单基本信息", 2), ("来电人信息", 2), ("时间节点", 4), ("承办单位信息", 2), ("工单详情", 2)),
    ),
    Style(
        "拼音缩写",
        [
            ("id", count),
            ("gdbh", number),
            ("slsj", full()),
            ("ldrxm", caller),
            ("lxdh", phone),
            ("sqnr", text),
            ("cbdw", unit),
            ("blsx", limit()),
            ("gdzt", state),
            ("slry", fixed("admin")),
            ("hfsj", full(70)),
        ],
        kind="csv",
    ),
    Style(
        "下划线英文",
        [
            ("work_order_sn", number),
            ("accepted_time", full()),
            ("citizen_name", caller),
            ("citizen_tel", phone),
            ("appeal_content", text),
            ("undertake_unit", unit),
            ("time_limit", limit()),
            ("handle_status", state),
            ("operator_name", fixed("agent7")),
            ("visit_time", full(80)),
            ("update_time", full(90)),
        ],
        kind="csv",
    ),
    Style(
        "驼峰英文",
        [
            ("appealNo", number),
            ("regTime", full()),
            ("appealPersonName", caller),
            ("appealPersonTel", phone),
            ("appealContent", text),
            ("mainDeptName", unit),
            ("limitDate", limit()),
            ("flowState", state),
            ("signTime", full(2)),
            ("replyTime", full(30)),
            ("agentName", fixed("a1")),
        ],
    ),
    Style(
        "手工台账",
        [
            ("序号", count),
            ("热线单号", number),
            ("来电日期", full(0, "%Y.%m.%d %H:%M")),
            ("反映人姓名", caller),
            ("联系电话", phone),
            ("反映的主要问题", text),
            ("转办单位", unit),
            ("要求回复时间", limit("%Y.%m.%d %H:%M")),
            ("目前进展", state),
            ("备注", fixed("")),
        ],
        above=("县政府热线办理台账（2026年）",),
        sums=25,
        states=("已回复群众", "正在协调", "无法办理", "办理完毕"),
        minutes=True,
    ),
    Style(
        "数字城管一式",
        [
            ("任务号", number),
            ("上报时间", full()),
            ("问题来源", fixed("公众举报")),
            ("问题类型", fixed("事件", "部件")),
            ("大类名称", fixed("市容环境")),
            ("问题描述", text),
            ("所在街道", fixed("中心街道")),
            ("主责部门", unit),
            ("处置截止时间", limit()),
            ("处置结束时间", full(22)),
            ("当前阶段", state),
            ("上报人", caller),
            ("上报人电话", phone),
            ("采集员", fixed("采集01")),
        ],
    ),
    Style(
        "信访件一式",
        [
            ("信访件编号", number),
            ("信访日期", full()),
            ("信访人", caller),
            ("联系方式", phone),
            ("人数", fixed("1")),
            ("概况信息", text),
            ("去向机构", unit),
            ("办理期限", limit()),
            ("办理状态", state),
            ("登记机构", fixed("市信访局")),
            ("登记人", fixed("郑登记")),
        ],
        kind="html",
        above=("信访事项列表",),
    ),
    Style(
        "网上留言一式",
        [
            ("留言编号", number),
            ("网民昵称", caller),
            ("手机", phone),
            ("留言标题", lambda o, n: o.text[:8]),
            ("留言正文", text),
            ("留言时间", full()),
            ("答复部门", unit),
            ("答复期限", limit()),
            ("留言状态", state),
            ("浏览量", count),
            ("点赞数", fixed("3", "8")),
        ],
    ),
    Style(
        "单字表头",
        [
            ("单号", number),
            ("时间", full()),
            ("姓名", caller),
            ("电话", phone),
            ("内容", text),
            ("单位", unit),
            ("期限", limit()),
            ("状态", state),
        ],
        kind="gbk",
    ),
    Style(
        "同名近亲",
        [
            ("关联工单编号", fixed("")),
            ("工单编号", number),
            ("录音编号", lambda o, n: f"20260301{n:08}"),
            ("受理单位", fixed("12345热线")),
            ("受理员", fixed("李受理")),
            ("受理员工号", fixed("6001")),
            ("事发时间", full(-50)),
            ("受理时间", full()),
            ("首次响应时间", full(0.1)),
            ("转办时间", full(0.5)),
            ("签收时间", full(2)),
            ("办结时间", full(60)),
            ("回访时间", full(70)),
            ("更新时间", full(71)),
            ("诉求人姓名", caller),
            ("诉求人证件号码", fixed("")),
            ("诉求人联系电话", phone),
            ("被反映单位", fixed("某物业公司", "某开发商")),
            ("诉求内容", text),
            ("办理内容", fixed("已联系来电人，情况已处理完毕，请放心。")),
            ("承办单位", unit),
            ("协办单位", fixed("", "县司法局")),
            ("承办单位联系电话", fixed("05391111111")),
            ("办理时限", limit()),
            ("原办理时限", limit()),
            ("办理状态", state),
            ("是否超期", fixed("否", "是")),
            ("回访状态", fixed("未回访")),
        ],
        after={
            "字典": [["编码", "名称"], ["01", "求助"], ["02", "投诉"]],
            "统计": [["承办单位", "工单数"], *[[one, "9"] for one in UNITS]],
        },
    ),
    Style(
        "修饰表头",
        [
            ("1、工单编号", number),
            ("2、★受理时间（必填）", full(0, "%Y/%m/%d %H:%M:%S")),
            ("3、诉求人【姓名】", caller),
            ("4、联系电话\n（手机）", phone),
            ("5、诉求内容（500字以内）", text),
            ("6、承办单位：", _roles),
            ("7、办理时限", limit("%Y/%m/%d %H:%M")),
            ("8、工单状态", state),
        ],
    ),
    Style(
        "时限写作天数",
        [
            ("案件编号", number),
            ("投诉时间", full()),
            ("投诉人", caller),
            ("投诉人电话", phone),
            ("投诉内容", text),
            ("被投诉单位", fixed("某超市")),
            ("办理时限", fixed("5个工作日", "10个工作日")),
            ("处理单位", unit),
            ("剩余天数", fixed("3", "1")),
            ("最晚办结日期", limit()),
            ("案件进度", state),
        ],
    ),
    Style(
        "只有天数",
        [
            ("投诉编号", number),
            ("投诉时间", full()),
            ("投诉人姓名", caller),
            ("联系电话", phone),
            ("投诉事项", text),
            ("受理分局", unit),
            ("办理时限（工作日）", fixed("5", "10")),
            ("处理进展", state),
        ],
        frozenset({"limit"}),
    ),
    Style(
        "没有编号",
        [
            ("序号", count),
            ("来电时间", full()),
            ("来电人", caller),
            ("来电电话", phone),
            ("来电反映内容", text),
            ("承办科室（单位）", unit),
            ("承办时限", limit()),
            ("办结情况", state),
        ],
        frozenset({"number"}),
    ),
    Style(
        "网格事件一式",
        [
            ("事件编码", number),
            ("事件标题", lambda o, n: o.text[:10]),
            ("事件内容", text),
            ("上报时间", full()),
            ("上报人姓名", caller),
            ("上报人联系方式", phone),
            ("处置部门", unit),
            ("处置期限", limit()),
            ("事件当前状态", state),
            ("网格员", fixed("网格甲")),
            ("所属网格", fixed("一网格")),
        ],
    ),
    Style(
        "信箱一式",
        [
            ("信件号", number),
            ("来信日期", full()),
            ("写信人", caller),
            ("写信人手机", phone),
            ("信件正文", text),
            ("承办处室", unit),
            ("应答复日期", limit()),
            ("信件处理状态", state),
            ("是否公开", fixed("是", "否")),
        ],
        kind="html",
    ),
    Style(
        "乡镇台账",
        [
            ("热线件编号", number),
            ("接话时间", full(0, "%Y/%m/%d %H:%M:%S")),
            ("来电群众", caller),
            ("群众联系电话", phone),
            ("群众反映的问题", text),
            ("交办单位名称", unit),
            ("报结时限", limit("%Y/%m/%d %H:%M")),
            ("是否办结", state),
            ("包片领导", fixed("刘书记")),
        ],
        states=("是", "否"),
        above=("某镇热线件台账",),
    ),
    Style(
        "英文系统",
        [
            ("CaseNumber", number),
            ("OpenedDate", full()),
            ("CallerName", caller),
            ("CallerPhone", phone),
            ("Description", text),
            ("AssignedDept", unit),
            ("DueDate", limit()),
            ("Status", state),
            ("ClosedDate", full(60)),
            ("LastModifiedDate", full(61)),
        ],
        kind="csv",
    ),
    Style(
        "客服系统",
        [
            ("受理单编号", number),
            ("受理坐席", fixed("901")),
            ("来电时刻", full()),
            ("客户名称", caller),
            ("客户来电号码", phone),
            ("客户诉求", text),
            ("责任承办单位", unit),
            ("反馈时限要求", limit()),
            ("工单处理状态", state),
            ("归档时间", full(90)),
        ],
    ),
    Style(
        "两行表头三式",
        [
            ("工单序列号", number),
            ("建单日期", full()),
            ("称谓", caller),
            ("电话", phone),
            ("诉求摘要", lambda o, n: o.text[:9]),
            ("诉求全文", text),
            ("主办", unit),
            ("协办", fixed("县司法局", "")),
            ("限期", limit()),
            ("状态", state),
        ],
        upper=(("基本信息", 2), ("诉求方", 2), ("诉求", 2), ("承办方", 4)),
    ),
    Style(
        "两级平台",
        [
            ("市平台工单号", number),
            ("县平台工单号", lambda o, n: f"X{n:06}"),
            ("市下派时间", full()),
            ("县派单时间", full(1)),
            ("诉求人", caller),
            ("电话", phone),
            ("诉求内容", text),
            ("一级承办单位", unit),
            ("二级承办单位", fixed("某股室")),
            ("市要求办结时限", limit()),
            ("县要求办结时限", full(48)),
            ("状态", state),
        ],
    ),
    Style(
        "全拼表头",
        [
            ("gongdanbianhao", number),
            ("shoulishijian", full()),
            ("laidianren", caller),
            ("lianxidianhua", phone),
            ("suqiuneirong", text),
            ("chengbandanwei", unit),
            ("banlishixian", limit()),
            ("gongdanzhuangtai", state),
        ],
        kind="csv",
    ),
]
