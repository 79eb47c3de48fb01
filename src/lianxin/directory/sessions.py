"""Who is signed in, asked on every request: by two short statements instead of two objects of Django's.

Sessions stay in the database, so that signing out, a new password and a withdrawn account count at once in every
process; only what costs (building queries, reading the same signed text again) is spared.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.db import connection
from django.utils import timezone

from .models import Staff

_COLUMNS = ", ".join(f'"{field.column}"' for field in Staff._meta.concrete_fields)
_NAMES = [field.attname for field in Staff._meta.concrete_fields]


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read by one plain statement."""

    def load(self) -> dict[str, Any]:
        """The session's data; a new, empty session where it is unknown or over."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s",
                [self.session_key, timezone.now()],
            )
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        return dict(_decoded(row[0]))

    @classmethod
    def get_model_class(cls) -> Any:
        """The same table as Django's own."""
        return db.SessionStore.get_model_class()


@lru_cache(maxsize=4096)
def _decoded(data: str) -> dict[str, Any]:
    # The text is signed: the same text always means the same.  Its values are never changed in place.
    return db.SessionStore().decode(data)


class StaffBackend(ModelBackend):
    """Django's, but for how the person of a session is fetched."""

    def get_user(self, user_id: int) -> Staff | None:
        """The person, unless he is unknown or may not sign in."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {_COLUMNS} FROM directory_staff WHERE id = %s", [user_id])
            row = cursor.fetchone()
        if row is None:
            return None
        person = Staff.from_db("default", _NAMES, row)
        return person if self.user_can_authenticate(person) else None
