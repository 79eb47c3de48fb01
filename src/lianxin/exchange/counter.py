"""The exchange as the desk sees it: bytes in, reports and workbooks out.

The desk and the exchange stand on one floor and do not import each other; `ops.urls` hands this module to the desk's
page.  All errors that a user can cause are ValueErrors with a Chinese sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from lianxin.directory.models import Centre
from lianxin.ledger.acts import Actor

from . import answers, imports
from . import faults as fault_sheet
from . import maps as map_files
from . import replies as reply_sheet
from .files import Source
from .report import Report

#: A page must answer while somebody waits; larger files go through `lianxin import`.
MOST_ROWS = 5_000
#: What is no map of orders: the upper platform's answers to what was raised to it.
ANSWERS = "answers"


def maps() -> Sequence[tuple[str, str]]:
    """(name, title) of the maps of daily orders, then the answers of the upper platform; history is brought in at the
    command line."""
    found: list[tuple[str, str]] = []
    for name in map_files.names():
        try:
            mapping = map_files.named(name)
        except map_files.MapError:
            # A faulty map is no choice; `lianxin import` names its faults.
            continue
        if not mapping.is_history:
            found.append((name, mapping.map.title))
    return [*found, (ANSWERS, "上级平台对上报件的答复")]


#: Hears (done, total): rows while they are read, when the total is not known (None), then orders.
Progress = Callable[[int, int | None], None]


def preview(
    data: bytes,
    name: str,
    map_name: str,
    centre: Centre,
    at: datetime,
    actor: Actor,
    progress: Progress | None = None,
) -> Report:
    """What `run` would do."""
    if map_name == ANSWERS:
        return answers.preview(_source(data, name, progress), centre.pk, actor, at)
    return imports.preview(_source(data, name, progress), map_files.named(map_name), centre, at, progress)


def run(
    data: bytes,
    name: str,
    map_name: str,
    centre: Centre,
    at: datetime,
    actor: Actor,
    progress: Progress | None = None,
) -> Report:
    """Import the file."""
    if map_name == ANSWERS:
        return answers.run(_source(data, name, progress), centre.pk, actor, at)
    mapping = map_files.named(map_name)
    return imports.run(_source(data, name, progress), mapping, centre, at, progress, staff=actor.staff)


def _source(data: bytes, name: str, progress: Progress | None) -> Source:
    return Source(data, name, MOST_ROWS, (lambda rows: progress(rows, None)) if progress else None)


def faults(report: Report) -> bytes:
    """The bad rows as a workbook."""
    return fault_sheet.sheet(report)


def replies(map_name: str, centre: Centre, since: datetime, until: datetime, staff: int) -> bytes:
    """The replies of a period as a workbook, under the headings of the map."""
    wanted = None if map_name == ANSWERS else map_files.named(map_name).replies
    return reply_sheet.sheet(centre, since, until, wanted, staff)[0]
