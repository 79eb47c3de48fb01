"""A centre under the base pack, a robots' server and a mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cast import Cast
    from tests.telling.receivers import Mailbox, Robots


@pytest.fixture
def base(db: None) -> Cast:
    from tests.cast import make_cast

    return make_cast("base", "base")


@pytest.fixture
def robots(settings: object) -> Iterator[Robots]:
    from tests.telling import receivers

    with receivers.robots() as made:
        settings.ROBOT_HOSTS = [made.host]  # type: ignore[attr-defined]
        settings.SITE_URL = "https://12345.example.gov.cn"  # type: ignore[attr-defined]
        yield made


@pytest.fixture
def mailbox(settings: object) -> Iterator[Mailbox]:
    from tests.telling import receivers

    with receivers.mailbox() as made:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", made.port  # type: ignore[attr-defined]
        settings.EMAIL_TIMEOUT = 5  # type: ignore[attr-defined]
        yield made


@pytest.fixture
def books(tmp_path: Path) -> Iterator[object]:
    from tests.rulebooks import shelf

    with shelf(tmp_path) as made:
        yield made
