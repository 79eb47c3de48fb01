"""What comes out every week, as a pack says it: the bulletin (``[bulletin]``), and the digest (``[digests]``)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lianxin.rules.policy_rows import Code, ForwardSpan, NameCode, Part, Percent, Text, Texts


class Subtopics(Part):
    min_share: Percent = Field(description="占所属大类的最低比例")
    max: int = Field(ge=0, le=20, description="最多列出几个")


class Column(Part):
    """A column of an annex: ``of`` is a measure or a formula."""

    title: Text
    of: Code


class Leading(Part):
    """A sentence on the first units of a group: how many are named, and what they are of all requests.

    ``share`` is a formula over ``part`` and ``accepted``; ``title`` is what the sentence calls the units.
    """

    group: NameCode = Field(description="分组")
    title: Text = Field(description="句中称呼")
    top: int = Field(ge=1, le=50, description="所列家数")
    share: Code = Field(description="占比的公式")


class Annex(Part):
    group: NameCode
    title: Text
    note: Text
    columns: tuple[Column, ...] = Field(min_length=1)


class Section(Part):
    code: Literal["overview", "appeals", "article"]
    title: Text
    parts: Texts = ()


class Weekly(Part):
    """The weekly bulletin. An empty issuer or printer stands for the centre's own name or body."""

    title: Text = Field(description="名称")
    issued_after: ForwardSpan = Field(description="周末之后多久印发")
    issuer: str = Field(description="编发单位")
    printer: str = Field(description="印发单位")
    report_to: Texts = Field(description="报")
    send_to: Texts = Field(description="送")
    sections: tuple[Section, ...] = Field(min_length=1, description="栏目")
    areas: tuple[Leading, ...] = Field(description="区域分布各句")
    top_categories: int = Field(ge=0, le=50, description="热点问题所列大类数")
    subtopics: Subtopics = Field(description="热点问题所列小类")
    class_share_min: Percent = Field(description="最后一类占比低于多少时只列件数")
    change_base_from: Percent = Field(description="环比增加超过多少时写明上周的件数")
    order_by: Code = Field(description="附表排序的指标")
    annexes: tuple[Annex, ...] = Field(description="附表")


class Bulletin(Part):
    weekly: Weekly = Field(description="周报")


class DigestCopy(Part):
    """To whom a copy goes: what he is called, and the unit (a body) whose posts read it."""

    title: Text
    unit: NameCode


class Digests(Part):
    """The weekly digest; without copies none is made."""

    copies: tuple[DigestCopy, ...] = Field(description="分别报送")
    layers: tuple[NameCode, ...] = Field(description="回访不满意取哪些回访层级")
    defects: tuple[Literal["not_done", "incomplete", "not_answered", "no_contact", "wording"], ...] = Field(
        description="以哪些原因退回重报的列入"
    )
    repeats: int = Field(ge=2, le=99, description="同一事项几件起列入")
    read_within: ForwardSpan = Field(description="多久之内阅知")
