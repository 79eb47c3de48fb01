from __future__ import annotations

from django.db import models

from .entry import Entry
from .parts import RootPart, of_one_root, of_proceeding


class Attachment(RootPart):
    """A file that hangs on an entry (附件)."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="attachments")
    name = models.CharField("文件名", max_length=200)
    media_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("字节")
    sha256 = models.BinaryField(max_length=32)
    path = models.CharField(max_length=200)

    class Meta:
        constraints = [of_one_root("attachment")]
        indexes = [
            # Who else has the same file: asked before it is deleted.
            models.Index(fields=["path"], name="attachment_path"),
            of_proceeding("attachment_proceeding"),
        ]

    @property
    def is_image(self) -> bool:
        """Whether a browser may show it by itself."""
        return self.media_type.startswith("image/")
