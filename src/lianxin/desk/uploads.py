"""How a form asks for files.  What may be taken is the ledger's to say; here only what need not be read for it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from lianxin.ledger.acts import Upload
from lianxin.ledger.attachments import ACCEPT, LARGEST, MOST, TOO_MANY, too_large

#: The field's name, which is also that of the ledger's refusals.
NAME = "files"


class Chooser(forms.FileInput):
    """One input for several files."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return list(files.getlist(name)) if hasattr(files, "getlist") else []


class Files(forms.Field):
    """Files of one act; becomes a list of `Upload`."""

    widget = Chooser

    def __init__(self) -> None:
        hint = f"最多 {MOST} 个，每个不超过 {LARGEST >> 20} MB"
        super().__init__(required=False, label=f"附件（{hint}）", widget=Chooser({"multiple": True, "accept": ACCEPT}))

    def clean(self, value: Any) -> list[Upload]:
        sent: list[UploadedFile[Any]] = list(value or ())
        if len(sent) > MOST:
            raise ValidationError(TOO_MANY)
        for file in sent:
            if (file.size or 0) > LARGEST:
                raise ValidationError(too_large(str(file.name)))
        return [Upload(str(file.name), file.read()) for file in sent]
