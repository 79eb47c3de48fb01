#!/bin/sh
# Django 5.2.19: a database that fails while a session is saved is told to the visitor as a bad request of his (400).
#
# `django.contrib.sessions.backends.db.SessionStore.save` takes every DatabaseError of the UPDATE, an OperationalError
# too, for "the row is not there any more" and raises UpdateError; SessionMiddleware makes of that SessionInterrupted,
# "The request's session was deleted before the request completed. The user may have logged out", which is answered
# with 400. So what passes by itself (a server that restarts, a lock that is held too long) is no 500 and no 503: it is
# logged as a warning, no alarm rings, and whoever had sent a form is told that it was wrong, after the view has done
# what it asked. One would have sworn that an error of the database stays one.
#
# Shown with SQLite, where another connection holds the write lock: the view has run (its list is filled), the answer
# is 400. The same happens with PostgreSQL when the server ends a connection at that moment (seen by killing it).
#
# Output seen:
#   before: 200 ran 1
#   while the database cannot be written: 400 ran 2
#   logged: WARNING The request's session was deleted before the request completed. The user may have logged out in a
#   concurrent request, for example.: / SessionInterrupted caused by OperationalError
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "django==5.2.19" 2>/dev/null
cat >"$folder/shown.py" <<'PY'
import logging
import sqlite3
import sys

import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

database = sys.argv[1]
settings.configure(
    SECRET_KEY="only here",
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database, "OPTIONS": {"timeout": 0.2}}},
)
django.setup()
ran = []


def view(request):
    ran.append(1)
    request.session["post"] = len(ran)
    return HttpResponse("done")


urlpatterns = [path("", view)]

from django.core.management import call_command
from django.test import Client


class Kept(logging.Handler):
    lines = []

    def emit(self, record):
        error = record.exc_info[1] if record.exc_info else None
        cause = error
        while cause is not None and not type(cause).__name__ == "OperationalError":
            cause = cause.__cause__ or cause.__context__
        names = f"{type(error).__name__} caused by {type(cause).__name__}" if error else ""
        self.lines.append(f"{record.levelname} {record.getMessage()} {names}".strip())


call_command("migrate", verbosity=0)
client = Client(raise_request_exception=False)
print("before:", client.get("/").status_code, "ran", len(ran))
logger = logging.getLogger("django.request")
logger.addHandler(Kept())
logger.propagate = False
holder = sqlite3.connect(database, isolation_level=None)
holder.execute("BEGIN IMMEDIATE")
status = client.get("/").status_code
print("while the database cannot be written:", status, "ran", len(ran))
print("logged:", Kept.lines[0] if Kept.lines else "")
sys.exit(0 if (status, len(ran)) == (400, 2) else 1)
PY
"$folder/venv/bin/python" "$folder/shown.py" "$folder/db.sqlite3"
