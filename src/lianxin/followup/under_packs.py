"""What call-backs tell of packs when a centre adopts another (directory.adoption)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.db.models import Count

from lianxin.directory import adoption
from lianxin.directory.models import Centre
from lianxin.orders.models.order import OPEN_STATES

from .models import Callback


@adoption.uses("callback.grades", "在办工单的回访", own=True)
def grades(centre: Centre) -> Mapping[str, int]:
    """Call-backs of running orders by what was graded, of the process or of the result."""
    found: Counter[str] = Counter()
    rows = Callback.objects.filter(order__centre=centre, order__state__in=OPEN_STATES).order_by()
    for column in ("process_grade", "result_grade"):
        found.update(dict(rows.exclude(**{column: ""}).values_list(column).annotate(number=Count("pk"))))
    return found


@adoption.uses("callback.layers", "在办工单的回访", own=True)
def layers(centre: Centre) -> Mapping[str, int]:
    """Call-backs of running orders by their layer."""
    rows = Callback.objects.filter(order__centre=centre, order__state__in=OPEN_STATES).order_by()
    return dict(rows.values_list("layer").annotate(number=Count("pk")))
