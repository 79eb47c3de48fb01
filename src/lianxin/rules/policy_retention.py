"""The section of a pack about how long what is said is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, InstanceOf

from lianxin.rules.policy_rows import Part
from lianxin.rules.worktime import SHANGHAI


@dataclass(frozen=True, slots=True)
class Keep:
    """How long something is kept: whole years, or for good (None)."""

    years: int | None

    @classmethod
    def parse(cls, value: Any) -> Keep:
        """`permanent` or `10 years`; ValueError in Chinese."""
        if isinstance(value, cls):
            return value
        found = re.fullmatch(r"permanent|([1-9]\d?) years?", str(value))
        if not found:
            raise ValueError("“permanent”或“10 years”一类的保存期")
        return cls(int(found[1]) if found[1] else None)

    def __str__(self) -> str:
        return f"{self.years} 年" if self.years else "永久"

    def before(self, at: datetime) -> datetime | None:
        """What ended before this instant need not be kept any longer; None: everything is kept."""
        if self.years is None:
            return None
        local = at.astimezone(SHANGHAI)
        day = 28 if (local.month, local.day) == (2, 29) else local.day
        return local.replace(year=local.year - self.years, day=day)


class Retention(Part):
    orders: Annotated[InstanceOf[Keep], BeforeValidator(Keep.parse)] = Field(
        description="办结之后工单文字、附件、诉求人信息的保存期"
    )
    # Not in the packs that were adopted before there were any.
    proceedings: Annotated[InstanceOf[Keep], BeforeValidator(Keep.parse)] = Field(
        Keep(None), description="办结之后专办事项文字、附件的保存期"
    )
