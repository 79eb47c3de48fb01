"""Indexes for the queues of the whole centre; one that no query used goes."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

OPEN = ["dispatched", "merged", "registered", "suspended", "to_callback"]


class Migration(migrations.Migration):
    # Built while orders come in: a table of 20 million orders is not locked for it.
    atomic = False
    dependencies = [("orders", "0007_first_steps")]

    operations = [
        AddIndexConcurrently(
            "order",
            models.Index(fields=["centre", "due_at"], condition=models.Q(state__in=OPEN), name="order_open_due"),
        ),
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["centre", "closed_at"], condition=models.Q(closed_at__isnull=False), name="order_centre_closed"
            ),
        ),
        RemoveIndexConcurrently("order", "order_mine"),
    ]
