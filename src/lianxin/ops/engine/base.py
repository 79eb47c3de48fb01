"""The engine of the settings; Django finds it by this module's name."""

from __future__ import annotations

import select
import time

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus

#: Seconds for which a connection over a network is taken to live after the server answered on it.  Firewalls forget
#: connections that were idle for minutes.
RECENT = 5.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Django asks `SELECT 1` before each request whether the connection still lives.

    A server that ends a connection says so on it, and an idle one is silent: so on a Unix socket it is enough to look
    whether there is anything to read, which costs no message.  Over a network silence proves nothing: what lies
    between may have dropped the connection without telling either end, so there the server is asked, but not again
    within `RECENT`.
    """

    _answered_at = 0.0

    def connect(self) -> None:
        """Open a connection: the server has just answered."""
        super().connect()
        self._answered_at = time.monotonic()

    def is_usable(self) -> bool:
        """Whether the open connection can be used: asked of the server only where silence does not tell."""
        if self.connection is None:
            return False
        link = self.connection.pgconn
        if link.status != ConnStatus.OK:
            return False
        # A socket is a path, or with @ an abstract name.
        is_near = link.host.startswith((b"/", b"@")) or time.monotonic() - self._answered_at < RECENT
        if is_near and hasattr(select, "poll"):
            poll = select.poll()
            poll.register(link.socket, select.POLLIN)
            if not poll.poll(0):
                return True
        found = bool(super().is_usable())
        if found:
            self._answered_at = time.monotonic()
        return found
