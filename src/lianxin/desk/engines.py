"""By which engine a page of figures counts (`?on=lake`): what may be chosen; its numbers held against the book's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from lianxin.figures.choosing import TITLES, offered

from .seats import DeskRequest


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine that may be chosen: its name in the address, what it is called, whether it counts now."""

    name: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Against:
    """What an engine counts, held against the book: how many numbers there are, and which differ, in words."""

    title: str
    numbers: int
    differing: list[str]

    @classmethod
    def of(cls, title: str, counted: Mapping[str, int | str], book: Mapping[str, int | str]) -> Against:
        """Of numbers by what each is called; one that is not there is 0."""
        names = sorted(counted.keys() | book.keys())
        unlike = [name for name in names if counted.get(name, 0) != book.get(name, 0)]
        said = [f"{name}：账目 {book.get(name, 0)}，数据湖 {counted.get(name, 0)}" for name in unlike]
        return cls(title, len(names), said)


def named(request: DeskRequest) -> str:
    """The engine that the address names; the book unless it does."""
    return request.GET.get("on", "") or "book"


def choices(request: DeskRequest) -> list[Choice]:
    """The engines that are set up here; none where there is the book alone."""
    names = offered(settings.LAKE)
    return [Choice(name, TITLES[name], name == named(request)) for name in names] if len(names) > 1 else []
