"""What was found on a round before rows said so: as a replay of its first entry arrives at.

In a migration of its own: what refers to people is checked when its transaction ends, and until then the table takes no
new column.
"""

from django.db import migrations

FOUND = """
UPDATE orders_order SET found_by_id = entry.staff_id FROM ledger_entry entry
WHERE entry.order_id = orders_order.id AND entry.number = 1
  AND entry.action = 'order.registered' AND entry.post_role = 'patrol'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0016_found_by"),
        ("ledger", "0011_named_articles"),
    ]

    operations = [migrations.RunSQL(FOUND, migrations.RunSQL.noop)]
