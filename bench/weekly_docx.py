"""A weekly bulletin of 300 units, from its figures to a .docx; the counting is another row."""

from __future__ import annotations

from datetime import datetime, timedelta
from datetime import time as clock_time

from lianxin.bulletins import issue
from lianxin.rules.worktime import SHANGHAI

from .ground import Ground, now
from .history import History
from .measured import Measured, best, timed

ORDERS = 10_000


def run(ground: Ground) -> list[Measured]:
    """Seconds to render the composed bulletin, the best of three; with PDF and page beside it."""
    today = now().astimezone(SHANGHAI).date()
    monday = today - timedelta(days=today.weekday() + 70)
    start = datetime.combine(monday, clock_time(), SHANGHAI)
    if not issue.weekly(ground.centre, monday, monday + timedelta(days=6)).gathered.figures.accepted:
        History.begin(ground).add(ORDERS, start - timedelta(weeks=1), start + timedelta(weeks=1))
    bulletin = issue.weekly(ground.centre, monday, monday + timedelta(days=6)).bulletin
    seconds = best(lambda: issue.render(bulletin, ".docx"), 3)
    more = {
        "units": len(ground.units()),
        "the same as PDF, s": timed(lambda: issue.render(bulletin, ".pdf")),
        "as HTML, s": timed(lambda: issue.render(bulletin, ".html")),
        "bytes of the .docx": len(issue.render(bulletin, ".docx")),
    }
    return [Measured("docx of a weekly bulletin", seconds, 3, "s", more=more)]
