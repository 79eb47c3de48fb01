"""By which engine a page of figures counts (`?on=lake`): what may be chosen; its numbers held against the book's."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings

from lianxin.figures.choosing import TITLES, Unready, engine, offered
from lianxin.figures.engines import Engine

from .seats import DeskRequest

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine that may be chosen: its name in the address, what it is called, whether it counts now."""

    name: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Against:
    """What an engine counts, held against `what` (the book, or what was published): how many numbers there are, and
    which differ, in words."""

    title: str
    what: str
    numbers: int
    differing: list[str]

    @classmethod
    def of(
        cls,
        title: str,
        counted: Mapping[Key, str],
        book: Mapping[Key, str],
        called: Callable[[Key], str],
        what: str = "账目",
    ) -> Against:
        """Of numbers as they are shown; one that is not there is 0.  `called`: in words what a number is."""
        unlike = [key for key in counted.keys() | book.keys() if counted.get(key, "0") != book.get(key, "0")]
        said = [f"{called(key)}：{what} {book.get(key, '0')}，数据湖 {counted.get(key, '0')}" for key in unlike]
        return cls(title, what, len(counted.keys() | book.keys()), sorted(said))


def named(request: DeskRequest) -> str:
    """The engine that the address names; the book unless it does."""
    return request.GET.get("on", "") or "book"


@contextmanager
def counting(request: DeskRequest) -> Iterator[Engine]:
    """The engine that the address names.  Raises `Unready` for one that pages do not offer."""
    name = named(request)
    if name == "spark" and name not in offered(settings.LAKE):
        raise Unready("网页上只用集群上的 Spark（环境变量 SPARK_REMOTE）；本机的 Spark 请在命令行使用")
    with engine(name, settings.LAKE) as found:
        yield found


def choices(request: DeskRequest) -> list[Choice]:
    """The engines that are set up here; none where there is the book alone."""
    names = offered(settings.LAKE)
    return [Choice(name, TITLES[name], name == named(request)) for name in names] if len(names) > 1 else []
