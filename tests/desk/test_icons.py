"""Of 6,000 icons those are kept that pages use: each is named in desk/icons.txt, and each name is installed."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

import lianxin
from lianxin.desk import faces

SOURCE = Path(lianxin.__file__).parent
NAMED = set((SOURCE / "desk" / "icons.txt").read_text().split())


def test_every_icon_that_a_page_draws_is_kept() -> None:
    pages = "".join(path.read_text() for path in SOURCE.glob("**/templates/**/*.html"))
    drawn = set(re.findall(r'\{% icon "([a-z0-9-]+)"', pages))
    drawn |= {face.icon for face in faces.FACES.values()} | {faces.Face().icon}
    assert len(drawn) > 20
    assert drawn - NAMED == set(), "add them to desk/icons.txt and run script/environment again"


def test_what_is_named_is_installed_and_nothing_else() -> None:
    folder = Path(settings.ICONS) / "outline"
    assert {path.stem for path in folder.iterdir()} == NAMED
