"""Which engine a command counts on: its options, and what is said where that engine cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from .trouble import Trouble

if TYPE_CHECKING:
    from lianxin.figures.engines import Engine

_ON = click.option(
    "--on",
    type=click.Choice(["book", "lake", "spark"]),
    default="book",
    show_default=True,
    help="由哪个引擎计数：账目（book）、数据湖由 DuckDB（lake）或 Spark（spark）。",
)
_LAKE = click.option("--lake", metavar="位置", help="数据湖所在，同 lianxin lake 的 --to。")


def on_engine(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options `on` and `lake` of a command, for `counting`."""
    return _ON(_LAKE(command))


@contextmanager
def counting(on: str, lake: str | None) -> Iterator[Engine]:
    """The engine that was asked for.  Raises Trouble where it is not set up, or does not know so much yet."""
    from lianxin.figures.choosing import Unready, engine
    from lianxin.figures.engines import Behind

    from .places import LAKE

    try:
        with engine(on, lake or LAKE) as found:
            yield found
    except (Unready, Behind) as error:
        raise Trouble(str(error)) from error
