"""What the dispatch catalogue tells of packs when a centre adopts another (directory.adoption)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count

from lianxin.directory import adoption
from lianxin.directory.models import Centre

from .models import CatalogueRow


@adoption.uses("catalogue.bases", "派单目录条目", own=False)
def bases(centre: Centre) -> Mapping[str, int]:
    """The rows in force, or to come, by the kind of their basis."""
    found = CatalogueRow.objects.filter(centre=centre, since__isnull=False, until=None, removed=False)
    return dict(found.exclude(basis="").order_by().values_list("basis").annotate(number=Count("pk")))
