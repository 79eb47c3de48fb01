"""Inspections (``[inspection]``): which units inspect, what they inspect for, and what must be on record of each."""

from __future__ import annotations

from fractions import Fraction

from pydantic import Field, ValidationInfo
from pydantic import model_validator as model_check

from lianxin.rules.policy_rows import BackwardSpan, ForwardSpan, NameCode, Part, Percent, Text


class RecordName(Part):
    """A record of an inspection; ``issued``: it is made by issuing the document to the unit, never by word alone."""

    code: NameCode
    title: Text
    files: int = Field(0, ge=0, le=9, description="至少附几个文件（现场照片等）")
    issued: bool = Field(False, description="由发出督办件形成")


class InspectionType(Part):
    """What is inspected for, and what there must be before it can be concluded.

    ``in_turn``: its records are made one after the other, in this order.  ``earlier``: the conclusion has a part of its
    own on how the matter was handled before.  ``of_orders``: it is about orders.  ``told``: the unit reads the
    conclusion.
    """

    code: NameCode
    title: Text
    records: tuple[NameCode, ...] = Field(min_length=1, description="作出结论前须有的记录")
    in_turn: bool = Field(False, description="各记录依次在不同时间形成")
    earlier: bool = Field(False, description="结论须另写前期投诉处理督察情况")
    of_orders: bool = Field(False, description="须写明涉及的工单")
    told: bool = Field(True, description="结论告知督查对象")


class Inspection(Part):
    """Who inspects, for what, and how a sample is drawn."""

    units: tuple[NameCode, ...] = Field(description="哪些类型的单位是督查机构")
    records: tuple[RecordName, ...] = Field(description="督查记录")
    types: tuple[InspectionType, ...] = Field(description="督查类型")
    within: ForwardSpan | None = Field(default=None, description="立项后多久之内作出结论，未写的不限")
    apart: ForwardSpan = Field(description="同一人的两次记录至少相隔多久")
    least: int = Field(ge=1, le=500, description="每份记录、结论的每一部分至少多少字，标点不计")
    alike: Percent = Field(default=Fraction(1), description="与已有的记录、另一部分相同到多少即须重写")
    sample: int = Field(ge=1, le=200, description="每次抽几件")
    look_back: BackwardSpan = Field(description="抽样范围：抽样前多久之内办结的工单")
    redraws: int = Field(ge=0, le=9, description="一次抽样最多重抽几次")

    @model_check(mode="after")
    def _known(self, info: ValidationInfo) -> Inspection:
        known = {record.code for record in self.records}
        unknown = sorted({code for kind in self.types for code in kind.records} - known)
        if unknown and not (info.context or {}).get("adopted"):
            raise ValueError(f"records 列出的督查记录，没有“{'、'.join(unknown)}”")
        return self

    def type_of(self, code: str) -> InspectionType | None:
        """The type of that code; None where the pack has none."""
        return next((found for found in self.types if found.code == code), None)

    def record(self, code: str) -> RecordName | None:
        """The record of that code; None where the pack has none."""
        return next((found for found in self.records if found.code == code), None)

    def record_title(self, code: str) -> str:
        """What a record is called; the code itself where the pack has none of it."""
        found = self.record(code)
        return found.title if found else code

    def type_title(self, code: str) -> str:
        """The same of a type."""
        found = self.type_of(code)
        return found.title if found else code
