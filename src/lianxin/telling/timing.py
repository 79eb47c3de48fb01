"""When a channel may be used: at once or gathered, and not in its quiet hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from lianxin.directory.models import Channel
from lianxin.rules.worktime import SHANGHAI, Calendar

#: So far is looked for a time of the day that is not quiet; no holiday is half as long.
_FAR = 60


def is_quiet(channel: Channel, at: datetime, calendar: Calendar) -> bool:
    """Whether nothing but what is urgent goes out now."""
    local = at.astimezone(SHANGHAI)
    if channel.workdays_only and not calendar.is_workday(local.date()):
        return True
    return channel.is_quiet(local.time())


def first(channel: Channel, at: datetime, calendar: Calendar) -> datetime:
    """From when on what came at `at` may go out: now, or when the channel gathers next.

    What falls into quiet hours waits for their end (`is_quiet` is asked when it would be sent).
    """
    if not channel.digest_times:
        return at
    day = at.astimezone(SHANGHAI).date()
    for ahead in range(_FAR):
        for time in channel.digest_times:
            then = datetime.combine(day + timedelta(days=ahead), time, SHANGHAI)
            if then >= at and not is_quiet(channel, then, calendar):
                return then
    return at
