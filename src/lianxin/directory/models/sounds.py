"""Columns that keep how a name sounds, so that lists sort and pickers find without reading it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models

from .. import pinyin


class SoundField(models.TextField[str, str]):
    """What `read` makes of the column `of`, made anew whenever the row is saved or created in bulk.

    Collation C, because the keys are meant to be compared by code points.  A `QuerySet.update` of the name must be
    followed by a save; nothing here does one.
    """

    def __init__(self, read: Callable[[str, bool], str], of: str = "name", *, person: bool = False) -> None:
        self.read, self.of, self.person = read, of, person
        super().__init__(editable=False, default="", db_collation="C")

    def deconstruct(self) -> Any:
        name, path, _, _ = super().deconstruct()
        return name, path, [self.read, self.of], {"person": self.person}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """The key of the name as it is now."""
        found = self.read(getattr(model_instance, self.of), self.person)
        setattr(model_instance, self.attname, found)
        return found


def sorting(*, person: bool = False) -> SoundField:
    """The column that lists are sorted by."""
    return SoundField(pinyin.sort_key, person=person)


def matching(*, person: bool = False) -> SoundField:
    """The column that says under which letters the name is found."""
    return SoundField(pinyin.match_keys, person=person)
