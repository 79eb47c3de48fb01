"""The sections of a policy pack: settings that parts of the product read.

No default stands here: every value comes from base.toml, and a pack states only what differs. Each setting that a
pack states is named by the ``sets`` of one of its ``[[rule]]`` rows, so that no number is without its source.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, InstanceOf, field_validator

from lianxin.rules.chain import Chain
from lianxin.rules.policy_arrival import Arrival
from lianxin.rules.policy_catalogue import CatalogueRules
from lianxin.rules.policy_inspection import Inspection
from lianxin.rules.policy_knowledge import Knowledge
from lianxin.rules.policy_looking import Looking, Ranking
from lianxin.rules.policy_proceedings import UNSAID, Proceedings
from lianxin.rules.policy_quality import OwnFigures, Quality
from lianxin.rules.policy_reports import NO_REPORTS, Reports
from lianxin.rules.policy_retention import Retention
from lianxin.rules.policy_rows import (
    BackwardSpan,
    BasisCode,
    ForwardSpan,
    GradeCode,
    MinuteSpan,
    NameCode,
    Part,
    Percent,
    Text,
    Texts,
    span,
)
from lianxin.rules.policy_telling import Telling
from lianxin.rules.policy_test_items import NO_TEST_ITEMS, OfTestItems
from lianxin.rules.policy_weekly import Bulletin, Digests
from lianxin.rules.policy_who import Callers, Posts, Sights, Staffing, UnitDocument
from lianxin.rules.worktime import OfficeHours, Span


def _days(value: Any) -> Span:
    found = span(value)
    if found.unit != "day" or not found.amount:
        raise ValueError("“14 days”一类的天数，须大于零")
    return found


DaySpan = Annotated[InstanceOf[Span], BeforeValidator(_days)]


def title_in(entries: Iterable[Any], code: str) -> str:
    """The title of the entry of that code in a list of a pack; the code itself where the list has none of it."""
    return next((entry.title for entry in entries if entry.code == code), code)


def _office(value: Any) -> OfficeHours:
    try:
        return OfficeHours.parse(value)
    except (ValueError, TypeError, AttributeError):
        raise ValueError('["08:30-12:00", "13:30-17:30"] 一类、先后不重叠的办公时间') from None


class Document(Part):
    """What documents carry: the slogan stands on slips (交办单) and the site's door, the copies under the bulletin."""

    slogan: Text = Field(description="宣传语")
    copy_to: Texts = Field(description="抄送")


class Registration(Part):
    required: tuple[Literal["content", "notice", "category", "area", "contact"], ...] = Field(description="登记必填项")
    # Not in the packs that were adopted before there was such a thing.
    dispatched: tuple[Literal["normal", "urgent"], ...] = Field((), description="哪些紧急程度的可以登记时一并派单")

    @field_validator("required")
    @classmethod
    def _always(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """No request is taken without its content and what the caller was told (C35): no pack may say otherwise."""
        if not {"content", "notice"} <= {*value}:
            raise ValueError("含有 content（诉求内容）和 notice（告知情况）的必填项：缺其一的一律不能登记")
        return value


class BasisName(Part):
    code: BasisCode
    title: Text


class Basis(Part):
    allowed: tuple[BasisName, ...] = Field(min_length=1, description="派单依据")


class GroupName(Part):
    code: NameCode
    title: Text


class TypeName(Part):
    """A type of units: what it is called, and all that code must know of it.

    ``serves_as``: the centre itself, the root of the tree, of which a centre has one; a sub-centre, in which the
    centre's own posts may stand as well; a unit that handles orders; or a body (督查室、纪委、媒体、代表联系点), which
    handles none and sees those that are shown to it; or a section of the house (机关处、科室), which assists and never
    leads.
    """

    code: NameCode
    title: Text
    serves_as: Literal["centre", "sub_centre", "unit", "body", "section"] = Field("unit", description="性质")
    groups: tuple[NameCode, ...] = Field((), description="可以参加排名的分组，不写即不参加排名")


class Units(Part):
    """What units there are: any number of types, ranked in any number of groups."""

    types: tuple[TypeName, ...] = Field(min_length=1, description="单位类型")
    groups: tuple[GroupName, ...] = Field(min_length=1, description="排名分组（各组分别排名）")
    # Not in the packs that were adopted before there was any: under those nothing is asked of a unit.
    staffing: Staffing = Field(Staffing(posts=(), full_time=0, among=()), description="单位配备")
    documents: tuple[UnitDocument, ...] = Field((), description="单位须有的文件")

    def type_of(self, code: str) -> TypeName | None:
        """The type of that code; None where the pack has none."""
        return next((found for found in self.types if found.code == code), None)

    def type_title(self, code: str) -> str:
        """What a type is called; the code itself where the pack has none of it."""
        return title_in(self.types, code)

    def group_title(self, code: str) -> str:
        """The same of a group."""
        return title_in(self.groups, code)


class Office(Part):
    hours: Annotated[InstanceOf[OfficeHours], BeforeValidator(_office)] = Field(description="办公时间")


class ReplyElement(Part):
    """An element of the reply's form that must be filled in; the form has these three."""

    code: Literal["measures", "progress", "result"]
    title: Text
    min_length: int = Field(ge=0, le=2000)


class Reply(Part):
    elements: tuple[ReplyElement, ...] = Field(min_length=1, description="回复的必备要素")
    each_request: bool = Field(description="逐项答复每一条诉求")
    unit_audit: bool = Field(description="答复先经承办单位审核，再报中心")
    # Not in the packs that were adopted before there was such a thing.
    explained: tuple[Literal["basis", "face"], ...] = Field(
        (), description="以解释说明答复的，须写明解释依据（basis）、当面解释的经过（face）"
    )


class Visit(Part):
    """What a record of a site visit must have."""

    people: int = Field(ge=1, le=20, description="到场人员至少几位")
    photographs: int = Field(ge=0, le=9, description="现场照片至少几张")


class Analysis(Part):
    """What an analysis of root causes must be."""

    least: int = Field(ge=1, le=500, description="问题根源、长效措施各至少多少字")
    alike: Percent = Field(default=Fraction(1), description="与上一次相同到多少即须说明")


class Contact(Part):
    named_for: tuple[NameCode, ...] = Field(description="带哪些标识的工单，联系时须写明联系到谁")


class Interim(Part):
    """What an interim reply, and a progress that is reported, must say."""

    hollow: Texts = Field(description="空话套话：除去这些以外还须写明情况")
    least: int = Field(ge=1, le=500, description="除去空话套话以外至少多少字")
    alike: Percent = Field(default=Fraction(1), description="与本工单以前的阶段性答复相同到多少即须重写")


class ReturnReason(Part):
    code: NameCode
    title: Text


class ReturnPetition(Part):
    reasons: tuple[ReturnReason, ...] = Field(min_length=1, description="退单理由")
    within: ForwardSpan = Field(description="派单后多久之内可以申请退单")
    max_times: int = Field(ge=0, le=20, description="同一承办单位最多申请次数")

    def reason_title(self, code: str) -> str:
        """What a reason is called; the code itself where the pack has none of it."""
        return title_in(self.reasons, code)


class ExtensionPetition(Part):
    at_most: ForwardSpan = Field(description="一次最多延长")
    max_times: int = Field(ge=0, le=20, description="同一承办件最多延期次数")
    before: BackwardSpan = Field(description="最迟提出时间")
    late_decision: Literal["unit", "centre"] = Field(
        description="到期前提出、到期后才批准的，其间算谁的逾期（unit 承办单位，centre 中心，承办单位不计逾期）"
    )


class Petition(Part):
    return_: ReturnPetition = Field(alias="return", description="退单申请")
    extension: ExtensionPetition = Field(description="延期申请")


class Closing(Part):
    mode: Literal["audit", "callback"] = Field(description="办结方式")
    #: of an order that two units answered for the caller is told the result of each, by its name (C21)
    each_told: bool = Field(False, description="双派的，办结时写明告知了哪几家的结果")


class Grade(Part):
    code: GradeCode
    title: Text
    satisfied: bool


class Layer(Part):
    """Who calls back: a platform of some layer, or the unit.  ``also``: what else files call it."""

    code: NameCode
    title: Text
    also: Texts = Field((), description="导入时的其他写法")


class Callback(Part):
    layers: tuple[Layer, ...] = Field(min_length=1, description="回访层级（自上而下）")
    own_layer: NameCode = Field(description="本中心回访所属层级")
    assess_layer: NameCode = Field(description="满意率采用的回访层级")
    tries: int = Field(ge=1, le=20, description="未接通时的回访次数")
    grades: tuple[Grade, ...] = Field(min_length=2, description="评价档次")
    leaders_count: bool = Field(False, description="领导亲自回访的评价计入满意率")
    # Not in the packs that were adopted before there was such a thing.
    opinion: bool = Field(False, description="已接通的，须记录评价或者诉求人意见")

    def layer_title(self, code: str) -> str:
        """What a layer is called; the code itself where the pack has none of it."""
        return title_in(self.layers, code)

    @property
    def upper_layer(self) -> str:
        """The first layer that is not the centre's own: whose call-backs an upper platform sends."""
        others = [layer.code for layer in self.layers if layer.code != self.own_layer]
        return others[0] if others else self.own_layer

    def grade_title(self, code: str) -> str:
        """What a grade is called; the code itself where the pack has none of it."""
        return title_in(self.grades, code)

    def satisfied_codes(self) -> frozenset[str]:
        """The grades that count as satisfied."""
        return frozenset(grade.code for grade in self.grades if grade.satisfied)


class Capacity(Part):
    daily: int = Field(ge=1, description="每日受理能力（件）")


#: By what a share is judged in time (figures.shares counts it).
ON_TIME_TITLES = {
    "passed_reply": "以审核通过的那次答复为准：退回以前的答复不算",
    "first_reply": "以首次报送中心的答复为准",
    "each_clock": "办理时限和每次退回重报的时限都须遵守",
}
#: How a share may have ended that is not counted among what was handled.
ENDED_TITLES = {
    "returned": "退单获批",
    "withdrawn": "撤单、撤回",
    "released": "中心收回、改派的，和不再需要的协办",
}


class Figures(Part):
    """How the measures of shares are counted, and what each sees of himself."""

    on_time: Literal["passed_reply", "first_reply", "each_clock"] = Field(description="按时办结、逾期的认定")
    handled_roles: tuple[Literal["lead", "assist", "dual"], ...] = Field(
        min_length=1, description="计入承办量的承办角色"
    )
    not_handled: tuple[Literal["returned", "withdrawn", "released"], ...] = Field(
        description="截止时已这样结束的承办件不计入承办量"
    )
    own: tuple[OwnFigures, ...] = Field((), description="各岗位看得到的本人指标")


class Shifts(Part):
    """What happens at a change of shift."""

    handed_over: tuple[Literal["agents", "dispatchers", "leads", "rapid"], ...] = Field(
        description="哪些班表换班时须交接（agents 坐席，dispatchers 派单，leads 值班长，rapid 快速反应队伍）"
    )
    accepted: MinuteSpan = Field(description="换班后多久之内须接班")


class Queues(Part):
    """What stands in the queues of the desks, and how they are shared among those on duty."""

    handed_out: MinuteSpan = Field(description="领到的工单归本人多久")
    off_duty_after: MinuteSpan = Field(description="多久没有操作即视为离岗")
    recently_closed: DaySpan = Field(description="办结后多少日之内列入回访队列")
    dissatisfied: DaySpan = Field(description="办结、回访后多少日之内列入“不满意待重办”")


class Settings(Part):
    """All sections of a pack."""

    document: Document = Field(description="公文")
    registration: Registration = Field(description="登记")
    basis: Basis = Field(description="派单")
    # Not in the packs that were adopted before there was such a section.
    catalogue: CatalogueRules = Field(
        CatalogueRules(bases=(), stale=Span(365, "day"), objection=Span(5, "workday"), look_back=Span(92, "day")),
        description="派单目录",
    )
    knowledge: Knowledge = Field(Knowledge(named=False, call_reasons=()), description="知识库")
    quality: Quality = Field(
        Quality(every="week", records=0, items=(), objection=Span(3, "workday")), description="用语记录质检"
    )
    units: Units = Field(description="单位")
    # Not in the packs that were adopted before there was such a section.
    posts: Posts = Field(Posts(in_pairs=False, actions=()), description="岗位")
    sight: Sights = Field(Sights(reasons=(), recused_by=(), recusal_lifted_by=()), description="查看")
    caller: Callers = Field(Callers(flags=()), description="诉求人")
    chain: Chain = Field(Chain(links=(), opinion=""), description="责任链")
    office: Office = Field(description="办公时间")
    digests: Digests = Field(
        Digests(copies=(), layers=(), defects=(), repeats=2, read_within=Span(8, "hour")), description="周汇总"
    )
    # Not in the packs that were adopted before there was such a section: under those nobody inspects.
    inspection: Inspection = Field(
        Inspection(
            units=(),
            records=(),
            types=(),
            apart=Span(1, "minute"),
            least=1,
            sample=1,
            look_back=Span(7, "day", backward=True),
            redraws=0,
        ),
        description="督查",
    )
    proceedings: Proceedings = Field(UNSAID, description="专办事项")
    test_items: OfTestItems = Field(NO_TEST_ITEMS, description="模拟事项")
    # Not in the packs that were adopted before there was such a section.
    shifts: Shifts = Field(Shifts(handed_over=(), accepted=Span(30, "minute")), description="值班")
    reply: Reply = Field(description="回复")
    visit: Visit = Field(Visit(people=1, photographs=0), description="现场办理")
    # Not in the packs that were adopted before there was such a section.
    arrival: Arrival = Field(
        Arrival(registered=False, late=Span(10, "minute"), accuracy=100, datums=("wgs84",)), description="到达现场"
    )
    analysis: Analysis = Field(Analysis(least=1), description="根源分析")
    contact: Contact = Field(Contact(named_for=()), description="联系")
    interim: Interim = Field(Interim(hollow=(), least=1), description="阶段性答复")
    reports: Reports = Field(NO_REPORTS, description="报告和会议")
    telling: Telling = Field(Telling(events=(), urgent=(), urgent_orders=()), description="通知")
    petition: Petition = Field(description="申请")
    closing: Closing = Field(description="办结")
    callback: Callback = Field(description="回访")
    capacity: Capacity = Field(description="能力")
    figures: Figures = Field(description="指标口径")
    # Neither stands in the packs that were adopted before: under those no place is told, and nothing is odd.
    ranking: Ranking = Field(Ranking(every="week", by=()), description="名次")
    looking: Looking = Field(
        Looking(office_posts=(), usual=Span(28, "day"), times=100, least=10_000, orders=()), description="查看留痕"
    )
    bulletin: Bulletin = Field(description="通报")
    retention: Retention = Field(description="保存")
    queues: Queues = Field(description="队列")
