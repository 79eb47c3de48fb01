"""Which engine counts, by its name: what is set up here, and what is wrong where it is not."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec

from lianxin.lake import POINTER

from .engines import BOOK, Engine

TITLES: Mapping[str, str] = {"book": "账目", "lake": "数据湖", "spark": "Spark"}
_log = logging.getLogger(__name__)
NO_SPARK = "没有安装 Spark（pip install lianxin[spark]，另需 Java 17）"


class Unready(Exception):
    """That engine cannot count here; in a sentence."""


def offered(address: str) -> tuple[str, ...]:
    """The engines that a page may name: the book, and over a lake that was written, or an address at which one may be,
    DuckDB, and Spark on a cluster.

    Spark on this machine is for the command line: a page begins no Java in the process of the site.
    """
    if "://" not in address and not os.path.exists(os.path.join(os.path.expanduser(address), POINTER)):
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
        except _failures(name) as error:
            raise _failed(name) from error
        try:
            yield found
        except _failures(name) as error:
            raise _failed(name) from error


def _failures(name: str) -> tuple[type[Exception], ...]:
    """What the engine of that name raises where it cannot: the lake is gone or away, the memory or the cluster."""
    import duckdb

    if name != "spark":
        return (duckdb.Error, OSError)
    from grpc import RpcError
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return (OSError, PySparkException, Py4JError, RpcError)


def _failed(name: str) -> Unready:
    _log.exception("figures: the engine %s failed", name)
    return Unready(
        f"{TITLES[name]}这时算不出来（读不到数据，或者引擎没有应答），原因已记入日志；请改用账目，或稍后再试"
    )
