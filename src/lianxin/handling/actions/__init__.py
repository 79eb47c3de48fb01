"""The verbs of handling."""

from . import (
    arrive,
    audit,
    contact,
    extension,
    inner,
    petition,
    petition_return,
    plan,
    remark,
    reply,
    sign,
    sign_off,
    suspend,
    visit,
)

__all__ = [
    "arrive",
    "audit",
    "contact",
    "extension",
    "inner",
    "petition",
    "petition_return",
    "plan",
    "remark",
    "reply",
    "sign",
    "sign_off",
    "suspend",
    "visit",
]
