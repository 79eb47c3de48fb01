"""What ties a page's stream of live updates to the sign-in that opened it.

The page knows a digest of the session's key, never the key, which would open the whole session.  The live process
asks the sessions' table for it (`KNOWN`) before it opens a stream, and ends the stream when the sign-out is announced.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.db import connection
from django.dispatch import receiver
from django.http import HttpRequest

#: Announces on LIVE_CHANNEL that a session is over; no queue is named so.
OVER = "!"
#: Whether a session of that digest goes on; the few hundred sessions of a centre need no index.
KNOWN = (
    "SELECT EXISTS (SELECT FROM django_session WHERE md5('lianxin.live' || session_key) = %s AND expire_date > now())"
)


def digest(session: str) -> str:
    """As `KNOWN` computes it; keys are long and random, so that it cannot be turned back."""
    return hashlib.md5(f"lianxin.live{session}".encode(), usedforsecurity=False).hexdigest()


@receiver(user_logged_out)
def announce(sender: Any, request: HttpRequest | None, **_: Any) -> None:
    """Before the session is dropped: whatever stream it opened ends now."""
    key = request.session.session_key if request is not None else None
    if key:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [settings.LIVE_CHANNEL, f"{OVER}{digest(key)}"])
