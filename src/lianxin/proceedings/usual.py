"""What steps of many kinds say: payloads that mean the same wherever they are used."""

from __future__ import annotations

from pydantic import Field

from lianxin.ledger.acts import Payload
from lianxin.ledger.fields import Reason, Words


class Noted(Payload):
    """That it is so; a word may be added."""

    note: Words = Field("", title="说明")


class Reasoned(Payload):
    """Why."""

    reason: Reason
