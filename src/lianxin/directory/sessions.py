"""Who is signed in, asked on every request: one short statement instead of three and the objects of Django's.

Sessions stay in the database, so that signing out, a new password and a withdrawn account count at once in every
process; only what costs (building queries, reading the same signed text again) is spared.  The person and the stamp of
his centre's directory come with the session: whose it is was read from it once, and a session never changes its person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from .models import Staff

_COLUMNS = [str(field.column) for field in Staff._meta.concrete_fields]
_NAMES = [field.attname for field in Staff._meta.concrete_fields]
_PERSON = f"SELECT {', '.join(_COLUMNS)} FROM directory_staff WHERE id = %s"
_ALL = (
    f"SELECT s.session_data, r.stamp, {', '.join(f'p.{column}' for column in _COLUMNS)} FROM django_session s"
    " LEFT JOIN directory_staff p ON p.id = %s LEFT JOIN directory_revision r ON r.centre_id = p.centre_id"
    " WHERE s.session_key = %s AND s.expire_date > %s"
)
#: So many sessions are remembered by whose they are.
_MOST = 4096
_owners: dict[str, int] = {}


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read by one plain statement together with their person."""

    #: The row of the session's person and the stamp of his centre's directory, as they were when it was read.
    person: tuple[Any, ...] | None = None
    stamp: int | None = None

    def load(self) -> dict[str, Any]:
        """The session's data; a new, empty session where it is unknown or over."""
        key = self.session_key or ""
        with connection.cursor() as cursor:
            cursor.execute(_ALL, [guessed := _owners.get(key), key, timezone.now()])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        data = dict(_decoded(row[0]))
        owner = int(data.get(SESSION_KEY) or 0)
        if owner and owner == guessed:
            self.stamp, self.person = row[1], row[2:]
        elif owner:
            if len(_owners) >= _MOST:
                _owners.clear()
            _owners[key] = owner
        return data

    def save(self, must_create: bool = False) -> None:
        """As Django's; but a database that went away is no session that somebody has ended.

        Django takes each failure to change the row for the row's absence, and answers 400: the sender would be told
        that what he sent was wrong, after it had been done.
        """
        try:
            super().save(must_create)
        except UpdateError as error:
            cause = error.__context__
            if isinstance(cause, (OperationalError, InterfaceError)):
                raise cause from None
            raise

    @classmethod
    def get_model_class(cls) -> Any:
        """The same table as Django's own."""
        return db.SessionStore.get_model_class()


@lru_cache(maxsize=_MOST)
def _decoded(data: str) -> dict[str, Any]:
    # The text is signed: the same text always means the same.  Its values are never changed in place.
    return db.SessionStore().decode(data)


#: The session whose person is being asked for.
_asking: ContextVar[SessionStore | None] = ContextVar("asking", default=None)


@contextmanager
def _asked_by(session: Any) -> Iterator[None]:
    token = _asking.set(session if isinstance(session, SessionStore) else None)
    try:
        yield
    finally:
        _asking.reset(token)


class StaffBackend(ModelBackend):
    """Django's, but for how the person of a session is fetched."""

    def get_user(self, user_id: int) -> Staff | None:
        """The person, unless he is unknown or may not sign in."""
        session = _asking.get()
        row = session.person if session is not None else None
        if row is None or row[_NAMES.index("id")] != user_id:
            with connection.cursor() as cursor:
                cursor.execute(_PERSON, [user_id])
                row = cursor.fetchone()
        if row is None:
            return None
        person = Staff.from_db("default", _NAMES, row)
        return person if self.user_can_authenticate(person) else None


class WhoIsAsking(AuthenticationMiddleware):
    """Django's, but that the person who came with the session is not asked for again."""

    def process_request(self, request: HttpRequest) -> None:
        """Whoever is signed in becomes `request.user`, when it is asked for."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _person_of(request))  # type: ignore[assignment]


def _person_of(request: HttpRequest) -> Any:
    if not hasattr(request, "_cached_user"):
        with _asked_by(request.session):
            request._cached_user = get_user(request)  # type: ignore[attr-defined]
    return request._cached_user  # type: ignore[attr-defined]


def stamp_of(request: HttpRequest) -> int | None:
    """The stamp of the directory of the person's centre, as it came with his session; None where it did not."""
    return getattr(request.session, "stamp", None)
