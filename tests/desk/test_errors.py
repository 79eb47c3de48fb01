"""Pages for what went wrong: in Chinese, with what to do next, and without the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from tests.cast import Cast

from lianxin.desk import errors
from lianxin.directory.models import Post


def client_of(cast: Cast, **more: Any) -> Client:
    client = Client(**more)
    client.force_login(cast.staff["agent"])
    return client


def test_what_is_not_there_is_said_in_chinese(cast: Cast) -> None:
    answer = client_of(cast).get("/orders/20990101-0001/")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.content.decode()


def test_an_expired_form_is_said_in_chinese(cast: Cast) -> None:
    answer = client_of(cast, enforce_csrf_checks=True).post("/register/", {})
    assert answer.status_code == 403
    assert "表单已过期" in answer.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [(OperationalError("server closed"), 503, "数据库正在恢复"), (RuntimeError("a fault of ours"), 500, "系统出错")],
)
def test_a_fault_gets_a_page_of_its_own(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, title: str
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr("lianxin.desk.views.home.queues.queues_of", fail)
    answer = client_of(cast, raise_request_exception=False).get("/")
    assert answer.status_code == status
    assert title in answer.content.decode()


def _sits_down(client: Client, cast: Cast) -> Any:
    """An act that changes the session: choosing one's post."""
    post = Post.objects.filter(holder_a=cast.staff["agent"])[0]
    return client.post("/me/post/", {"post": str(post.pk)})


def test_a_database_that_goes_away_at_the_end_is_not_taken_for_a_fault_of_the_sender(cast: Cast) -> None:
    """Django takes it for a session that somebody has ended, and says 400: found by killing at random."""

    def ended(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and "django_session" in sql:
            raise OperationalError("server closed the connection")
        return execute(sql, *rest)

    client = client_of(cast, raise_request_exception=False)
    with connection.execute_wrapper(ended):
        answer = _sits_down(client, cast)
    assert (answer.status_code, "数据库正在恢复" in answer.content.decode()) == (503, True)
    assert client.get("/").status_code == 200


def test_who_signs_out_meanwhile_is_not_told_that_nothing_was_done(cast: Cast) -> None:
    def ended(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and "django_session" in sql:
            Session.objects.all().delete()
        return execute(sql, *rest)

    client = client_of(cast, raise_request_exception=False)
    with connection.execute_wrapper(ended):
        answer = _sits_down(client, cast)
    assert (answer.status_code, "已在别处退出" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("host", ["hotline.gov.example", "hotline_12345", "a b", "[::1", "x" * 300, "localhost:port"])
@pytest.mark.parametrize("path", ["/", "/login/", "/admin/", "/nowhere/"])
def test_an_address_that_nobody_registered_says_what_to_do(db: None, host: str, path: str) -> None:
    """FAULTS 54: the error page itself asked for the host, failed too, and was empty."""
    answer = Client(raise_request_exception=False).get(path, headers={"host": host})
    assert answer.status_code == 400
    assert "LIANXIN_HOSTS" in answer.content.decode()


def test_an_error_page_that_cannot_be_drawn_still_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> str:
        raise OSError("no such template")

    monkeypatch.setattr(errors, "render_to_string", broken)
    assert "地址有误" in errors.not_found(RequestFactory().get("/"), Exception()).content.decode()
