"""How a centre comes into being: the centre, its root unit, its rule book and its category tree, or nothing at all."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from . import named, trees
from .models import Centre, PolicyVersion, Unit


@transaction.atomic
def found(
    *,
    code: str,
    name: str,
    body: str = "",
    slogan: str = "",
    upstream: str = "",
    pack_id: str = "",
    effective_from: date | None = None,
    categories: Iterable[tuple[str, ...]] = (),
) -> Centre:
    """Make a centre with its root unit; with `pack_id` also its first policy version, which needs `effective_from`.

    Raises ValidationError with a Chinese sentence per field; then nothing is kept.
    """
    centre = Centre(code=code, name=name, body=body, slogan=slogan, upstream=upstream)
    centre.full_clean()
    centre.save()
    root = Unit(centre=centre, code="centre", name=name, short_name="热线中心", type=named.root_type(pack_id))
    root.full_clean()
    root.save()
    if pack_id:
        version = PolicyVersion(centre=centre, pack_id=pack_id, effective_from=effective_from)  # type: ignore[misc]
        version.full_clean()
        version.save()
    trees.plant(centre, categories)
    return centre
