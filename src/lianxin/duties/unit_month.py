"""What a month was for a unit, in a line: the measures that everybody publishes, and what it was mostly about."""

from __future__ import annotations

from django.db.models import Count

from lianxin.directory.snapshot import Snapshot
from lianxin.figures.count import count, order_ids
from lianxin.figures.scope import Counting, Scope
from lianxin.orders.models import Order
from lianxin.rules import measures
from lianxin.rules.pack import Pack
from lianxin.rules.periods import Period

TOLD = ("handled", "closed", "overdue", "rehandled", "result_graded", "result_satisfied")
#: So many of its categories are named.
NAMED = 3


def in_words(unit: int, month: Period, pack: Pack, directory: Snapshot) -> str:
    """`承办量 3、办结量 2、超期量 1、重办量 1、结果评价量 1、结果满意量 0；较多的是供暖 2 件`, as known at its end."""
    layer, counting = pack.callback.assess_layer, Counting.of(pack.figures)
    scope = Scope(directory.centre_id, month.start, month.end, month.end, layer, counting=counting)
    its = {"unit_id": [unit]}
    found = count(scope, TOLD, by=("unit_id",), where=its).get((unit,), {})
    if not any(found.values()):
        return "没有收到承办件"
    numbers = "、".join(f"{measures.title(name)} {found[name]}" for name in TOLD)
    named = _mostly(order_ids(scope, "handled", its), directory)
    return f"{numbers}{f'；较多的是{named}' if named else ''}"


def _mostly(orders: list[int], directory: Snapshot) -> str:
    """The categories of most of these orders."""
    of_them = Order.objects.filter(pk__in=orders, category__isnull=False).order_by()
    most = of_them.values_list("category").annotate(n=Count("pk")).order_by("-n", "category")[:NAMED]
    return "、".join(f"{directory.categories[pk].name} {n} 件" for pk, n in most if pk in directory.categories)
