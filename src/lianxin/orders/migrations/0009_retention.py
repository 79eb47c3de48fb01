"""When an order's words were erased stands on the order; one index finds what is to be erased next."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

ERASED = """
UPDATE orders_order o SET erased_at = e.recorded_at FROM orders_entry e
WHERE e.order_id = o.id AND e.action = 'order.erased'
"""


class Migration(migrations.Migration):
    # Built while orders come in: a table of 20 million orders is not locked for it.
    atomic = False
    dependencies = [("orders", "0008_queues_of_the_centre")]

    operations = [
        migrations.AddField("order", "erased_at", models.DateTimeField(null=True)),
        migrations.RunSQL(ERASED, migrations.RunSQL.noop),
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["centre", "closed_at"],
                condition=models.Q(closed_at__isnull=False, erased_at__isnull=True),
                name="order_centre_ended",
            ),
        ),
        RemoveIndexConcurrently("order", "order_centre_closed"),
    ]
