"""The engine of the settings; Django finds it by this module's name."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """Django asks `SELECT 1` before each request whether the connection still lives.

    A server that ends a connection says so on it, and an idle one is silent: so it is enough to look whether there is
    anything to read, which costs no message.
    """

    def is_usable(self) -> bool:
        """Whether the open connection can be used: asked of the server only where it has said something by itself."""
        if self.connection is None:
            return False
        link = self.connection.pgconn
        if link.status != ConnStatus.OK:
            return False
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(link.socket, select.POLLIN)
            if not poll.poll(0):
                return True
        return bool(super().is_usable())
