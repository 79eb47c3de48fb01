"""What an arrival on the spot must prove (``[arrival]``)."""

from __future__ import annotations

from pydantic import Field

from lianxin.rules.datums import Datum
from lianxin.rules.policy_rows import MinuteSpan, Part


class Arrival(Part):
    """How somebody on the spot says that he is there, and when a position proves it."""

    registered: bool = Field(description="到达现场须由责任人、值班队员登记，现场进展不算到场")
    late: MinuteSpan = Field(description="到场多久以后才登记的算补录")
    accuracy: int = Field(ge=1, le=10_000, description="定位误差超过多少米即不能证实到场")
    #: as far as browsers are known to say: on each of these it must lie within the area
    datums: tuple[Datum, ...] = Field(min_length=1, description="手机定位可能用的坐标系，按每一种核对都在范围内才算")
