"""Which engine counts, by its name: what is set up here, and what is wrong where it is not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from lianxin.lake import POINTER

from .engines import BOOK, Engine

TITLES: Mapping[str, str] = {"book": "账目", "lake": "数据湖", "spark": "Spark"}
NO_SPARK = "没有安装 Spark（pip install lianxin[spark]，另需 Java 17）"


class Unready(Exception):
    """That engine cannot count here; in a sentence."""


def offered(address: str) -> tuple[str, ...]:
    """The engines that a page may name: the book, and over a lake that was written DuckDB, and Spark on a cluster.

    Spark on this machine is for the command line: a page begins no Java in the process of the site.
    """
    if "://" not in address and not (Path(address) / POINTER).exists():
        return ("book",)
    remote = os.environ.get("SPARK_REMOTE") and find_spec("pyspark")
    return ("book", "lake", "spark") if remote else ("book", "lake")


@contextmanager
def engine(name: str, address: str) -> Iterator[Engine]:
    """The engine of that name, the lake being at `address`.  Raises `Unready`."""
    if name == "book":
        yield BOOK
        return
    if name not in TITLES:
        raise Unready(f"没有叫“{name[:20]}”的计数引擎，应为 {'、'.join(TITLES)} 之一")
    # Not before: the engines are megabytes that a site which counts in the book never needs.
    from lianxin.lake.manifest import Broken
    from lianxin.lake.store import Store

    from .on_lake import on_duckdb
    from .on_spark import java, on_spark

    if name == "spark" and not (find_spec("pyspark") and (os.environ.get("SPARK_REMOTE") or java())):
        raise Unready(NO_SPARK)
    with ExitStack() as stack:
        try:
            found = stack.enter_context((on_duckdb if name == "lake" else on_spark)(Store.at(address)))
        except (Broken, LookupError, ValueError) as error:
            raise Unready(str(error.args[0])) from error
        yield found
