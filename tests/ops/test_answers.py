"""What holds for every answer: methods, policy, packing."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.test import Client
from tests.cast import Cast


@pytest.fixture
def agent(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.staff["agent"])
    return client


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/login/", "/register/", "/admin/", "/static/desk/desk.js", "/nowhere/"])
def test_another_method_is_not_allowed_anywhere(agent: Client, method: str, path: str) -> None:
    answer = agent.generic(method, path)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    assert "不接受" in answer.content.decode()


def test_a_page_that_takes_the_one_method_says_so_in_words(agent: Client) -> None:
    answer = agent.get("/logout/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "不接受" in answer.content.decode()


@pytest.mark.parametrize("path", ["/", "/login/", "/admin/login/", "/nowhere/", "/static/desk/desk.js"])
def test_no_page_may_run_a_script_that_stands_in_it(agent: Client, path: str, settings: Any) -> None:
    policy = agent.get(path).headers["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["default-src"] == "'self'"
    assert rules["connect-src"] == f"'self' http://testserver:{settings.LIVE_PORT}"


def test_live_updates_behind_the_same_proxy_need_no_other_origin(settings: Any, db: None) -> None:
    settings.LIVE_URL = "/live/"
    assert "connect-src 'self'" in Client().get("/login/").headers["Content-Security-Policy"].split("; ")


def test_an_error_page_has_the_policy_too(db: None) -> None:
    answer = Client(raise_request_exception=False).get("/", headers={"host": "nobody.example"})
    assert answer.status_code == 400
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/login/", "/static/desk/desk.js"])
def test_pages_and_scripts_go_out_packed(agent: Client, path: str) -> None:
    plain = agent.get(path) if path != "/login/" else Client().get(path)
    packed = (agent if path != "/login/" else Client()).get(path, headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert int(packed.headers["Content-Length"]) == len(packed.content) < len(plain.getvalue())
    assert b"<html" in gzip.decompress(packed.content) or b"function" in gzip.decompress(packed.content)


def test_a_packed_script_is_not_sent_again(agent: Client) -> None:
    first = agent.get("/static/desk/desk.js", headers={"accept-encoding": "gzip"})
    since = {"accept-encoding": "gzip", "if-modified-since": first.headers["Last-Modified"]}
    assert agent.get("/static/desk/desk.js", headers=since).status_code == 304


def test_what_is_packed_by_nature_goes_as_it_is(cast: Cast) -> None:
    client, admin = Client(), cast.staff["admin"]
    admin.is_staff = True
    admin.save()
    client.force_login(admin)
    answer = client.get("/admin/directory/unit/export/", headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
