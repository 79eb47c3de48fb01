"""What answers tell the browser that it may load and run."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from lianxin.ops.headers import policy


def test_nothing_but_files_of_ours_runs_and_nobody_frames_us(db: None) -> None:
    said = Client().get("/login/")["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in said.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["connect-src"] == "'self' http://testserver:8346"


@pytest.mark.parametrize(
    ("live", "connect"),
    [
        ("https://live.example.org/x?y", "'self' https://live.example.org"),
        ("/live/", "'self'"),
        ("http://[::1]:8346/", "'self' http://[::1]:8346"),
        ("", "'self'"),
    ],
)
def test_pages_may_hear_the_live_updates_wherever_they_are(live: str, connect: str) -> None:
    assert f"connect-src {connect};" in policy(live)


def test_errors_have_the_policy_too_also_under_a_strange_name(client: Client, db: None) -> None:
    assert "script-src 'self'" in client.get("/no-such-page/")["Content-Security-Policy"]
    strange: Any = client.get("/login/", headers={"host": "elsewhere.example"})
    assert strange.status_code == 400
    assert "script-src 'self'" in strange["Content-Security-Policy"]
