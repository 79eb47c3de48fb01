"""Two indexes under the page of figures: stays that ended in a period, and the few simulated orders."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built while orders come in.
    atomic = False
    dependencies = [("orders", "0014_figures_as_known")]

    operations = [
        AddIndexConcurrently(
            "stay", models.Index(fields=["left_at"], condition=models.Q(left_at__isnull=False), name="stay_left")
        ),
        AddIndexConcurrently(
            "order", models.Index(fields=["centre"], condition=models.Q(simulated=True), name="order_simulated")
        ),
    ]
