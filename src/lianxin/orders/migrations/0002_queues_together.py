"""An order's unit, node and state hang together: taken for independent, the database expected a hundredth of a queue and
sorted all of it where its index has it in turn."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE STATISTICS order_queue_together (dependencies, mcv) ON owner_unit_id, node, state FROM orders_order",
            "DROP STATISTICS order_queue_together",
        )
    ]
