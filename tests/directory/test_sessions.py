"""Who is signed in: what ends a session ends it everywhere, with the next request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast

from lianxin.directory.models import Staff

BACKEND = "lianxin.directory.sessions.StaffBackend"


@pytest.fixture
def signed_in(cast: Cast) -> Client:
    client = Client()
    client.force_login(Staff.objects.get(username="junan-agent-A"), backend=BACKEND)
    return client


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_a_session_goes_on_from_request_to_request(signed_in: Client) -> None:
    assert is_in(signed_in)
    assert is_in(signed_in)


@pytest.mark.parametrize("what", ["deactivated", "new password", "signed out elsewhere", "over", "forged", "deleted"])
def test_what_ends_it_ends_it_at_once(cast: Cast, signed_in: Client, what: str) -> None:
    assert is_in(signed_in)
    key = signed_in.cookies["sessionid"].value
    person = Staff.objects.get(username="junan-agent-A")
    if what == "deactivated":
        Staff.objects.filter(pk=person.pk).update(is_active=False)
    elif what == "new password":
        person.set_password("another")
        person.save()
    elif what == "signed out elsewhere":
        other = Client()
        other.cookies["sessionid"] = key
        other.post("/logout/")
    elif what == "over":
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    elif what == "forged":
        Session.objects.update(session_data="x" + Session.objects.get().session_data)
    else:
        Session.objects.all().delete()
    assert not is_in(signed_in)


def test_one_session_never_shows_anothers_values(cast: Cast, signed_in: Client) -> None:
    session = signed_in.session
    session["post"] = 1
    session.save()
    other = Client()
    other.force_login(Staff.objects.get(username="junan-dispatcher-A"), backend=BACKEND)
    assert "post" not in other.session
    again = signed_in.session
    again["post"] = 2
    assert signed_in.session["post"] == 1, "what was not saved is not there"


def test_who_asks_costs_one_statement_with_the_stamp_of_his_directory(signed_in: Client) -> None:
    is_in(signed_in)
    with CaptureQueriesContext(connection) as captured:
        is_in(signed_in)
    about = ("django_session", "directory_staff WHERE id", "directory_revision")
    asked = [q["sql"] for q in captured.captured_queries if any(table in q["sql"] for table in about)]
    assert len(asked) == 1, asked


def test_a_session_that_became_anothers_is_not_taken_for_its_former_persons(cast: Cast, signed_in: Client) -> None:
    assert is_in(signed_in)
    session, other = signed_in.session, Client()
    other.force_login(Staff.objects.get(username="junan-dispatcher-A"), backend=BACKEND)
    Session.objects.filter(pk=session.session_key).update(
        session_data=Session.objects.get(pk=other.session.session_key).session_data
    )
    for _ in range(2):
        assert signed_in.get("/").wsgi_request.user.username == "junan-dispatcher-A"
