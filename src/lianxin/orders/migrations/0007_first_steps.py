"""Sign-ins and first contacts of a period are found by index, not by going through every clock there ever was."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

FIRST_STEPS = ["sign", "contact"]


class Migration(migrations.Migration):
    # Built while orders come in: a table of 60 million clocks is not locked for it.
    atomic = False
    dependencies = [("orders", "0006_erasure")]

    operations = [
        AddIndexConcurrently(
            "clock",
            models.Index(fields=["due"], condition=models.Q(kind__in=FIRST_STEPS), name="clock_step_due"),
        ),
        AddIndexConcurrently(
            "clock",
            models.Index(
                fields=["ended_at"], condition=models.Q(kind__in=FIRST_STEPS, end="met"), name="clock_step_met"
            ),
        ),
    ]
