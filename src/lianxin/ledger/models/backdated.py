from __future__ import annotations

from django.db import models


class Backdated(models.Model):
    """The stamp of what a centre recorded on a marked clock: with it counts of past cut-offs may change at once."""

    centre = models.OneToOneField("directory.Centre", models.CASCADE, primary_key=True, related_name="+")
    stamp = models.BigIntegerField()
