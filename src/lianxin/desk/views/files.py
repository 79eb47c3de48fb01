"""The files of an order, for those who may see the order."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponseBase
from django.views.decorators.http import require_safe

from lianxin.ledger import attachments
from lianxin.ledger.models import Attachment

from .. import glimpse
from ..seats import DeskRequest, seated
from .order import look

#: A file comes from outside: whatever it is, it runs nothing and asks for nothing.
GUARD = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}


@require_safe
@seated
def file(request: DeskRequest, number: str, file: int) -> HttpResponseBase:
    """One file: an image is shown, all else is saved.  404 also where the file is gone from the disk."""
    dossier = look(request.seat, number)
    order, seen = dossier.order, dossier.view
    if seen is None or not seen.files:
        raise Http404
    row = Attachment.objects.filter(order=order, pk=file).first()
    if row is None:
        raise Http404
    try:
        opened = attachments.place_of(row.path).open("rb")
    except OSError as error:
        raise Http404 from error
    if not seen.whole:
        glimpse.note(request.seat, order, seen, f"file:{row.pk}")
    return FileResponse(
        opened, as_attachment=not row.is_image, filename=row.name, content_type=row.media_type, headers=GUARD
    )
