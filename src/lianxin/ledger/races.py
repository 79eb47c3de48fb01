"""What two people at once can run into: told by the database as a broken constraint, said to them as a sentence."""

from __future__ import annotations

from django.db import Error, InterfaceError, OperationalError
from psycopg import errors

from .acts import Refused

_BROKEN: dict[str | None, dict[str, str]] = {
    "upstream_number_once": {"upstream_number": "这个上级编号已经登记过，请打开原工单"},
    "a_request_is_done_once": {"": "同一请求正在处理，请稍候再提交一次：只会办理一次"},
}

#: The server was told to end the connection, perhaps between the commit and its answer (admin and crash shutdown, the
#: server is starting up); a statement that was cancelled (57014) is no such thing.
_TOLD_TO_END = frozenset({"57P01", "57P02", "57P03"})


def refusal_of(error: Error) -> Refused | None:
    """What two people at once can run into, as a sentence; None for anything else, which is a fault of ours."""
    cause = error.__cause__
    if isinstance(cause, errors.DeadlockDetected):
        return Refused("同一时间有人在处理有关的工单，请再试一次")
    name = constraint(error)
    return Refused(_BROKEN[name]) if name in _BROKEN else None


def is_open(error: Exception) -> bool:
    """Whether the transaction that ended with it may have been committed: the connection broke, so nobody was told."""
    state = getattr(error.__cause__, "sqlstate", None)
    broken = state is None or state[:2] == "08" or state in _TOLD_TO_END
    return isinstance(error, (OperationalError, InterfaceError)) and broken


def constraint(error: Exception) -> str | None:
    """Which one was violated because two rows would have had the same."""
    cause = error.__cause__
    return cause.diag.constraint_name if isinstance(cause, errors.UniqueViolation) else None
