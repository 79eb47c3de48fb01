"""The dispatch catalogue (``[catalogue]``): on what its rows rest, when one is old, with what a change is compared."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, InstanceOf

from lianxin.rules.policy_looking import days
from lianxin.rules.policy_rows import Code, Part, Text, span
from lianxin.rules.worktime import Span

DaySpan = Annotated[InstanceOf[Span], BeforeValidator(days)]


class CatalogueBasis(Part):
    """On what a row rests, and which basis of a dispatch (``[basis] allowed``) that is."""

    code: Code
    title: Text
    basis: Code = Field(description="派单依据")


class CatalogueRules(Part):
    """How the catalogue is kept."""

    bases: tuple[CatalogueBasis, ...] = Field(description="条目的依据类别")
    stale: DaySpan = Field(description="依据多少天没有核对就列出来")
    objection: Annotated[InstanceOf[Span], BeforeValidator(span)] = Field(description="对条目的异议须在多久内裁定")
    look_back: DaySpan = Field(description="改动生效前，与此前多少天的派单相比")

    def basis_title(self, code: str) -> str:
        """The title of a kind of basis; the code of one that these rules do not know."""
        return next((known.title for known in self.bases if known.code == code), code)

    def dispatch_basis(self, code: str) -> str:
        """The basis of a dispatch on a row of that kind; "" of one that these rules do not know."""
        return next((known.basis for known in self.bases if known.code == code), "")
