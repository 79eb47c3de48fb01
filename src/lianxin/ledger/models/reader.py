from __future__ import annotations

from django.db import models


class Reader(models.Model):
    """How far one who goes through what is new in the book has come (`feed`): a place in time, and nothing else."""

    name = models.CharField("读者", max_length=40, primary_key=True)
    read_until = models.DateTimeField("已读至")

    class Meta:
        verbose_name = verbose_name_plural = "新账目的读者"
