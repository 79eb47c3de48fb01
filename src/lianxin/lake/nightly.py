"""Once a night the lake is brought up to the book, where there is one: `lianxin lake write` has made it."""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta

from lianxin.rules.worktime import SHANGHAI

from . import manifest
from .store import Store
from .write import write

_log = logging.getLogger(__name__)
#: From then on it is the next night's turn (Shanghai): when least is going on.
NIGHT = time(2)


def run(address: str, now: datetime) -> bool:
    """Write what is new, unless that was done this night already.  Whether it was written now."""
    store = Store.at(address)
    there = manifest.current(store)
    if there is None or there.made_at >= _night(now):
        return False
    made = write(store)
    _log.info("lake: manifest %s, %s files", made.number, len(made.files))
    return True


def _night(now: datetime) -> datetime:
    """When the night began that counts at `now`."""
    local = now.astimezone(SHANGHAI)
    begun = datetime.combine(local.date(), NIGHT, SHANGHAI)
    return begun if begun <= local else begun - timedelta(days=1)
