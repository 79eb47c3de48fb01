from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

STEPS = ["sign", "contact", "study", "own_arrive"]


class Migration(migrations.Migration):
    """The figures of first steps have counted four kinds of limits since two duties came; their indexes held two, and
    so served none of them.  Those that serve are there before the others go."""

    atomic = False
    dependencies = [("ledger", "0012_duties_that_come_later")]
    operations = [
        AddIndexConcurrently(
            model_name="clock",
            index=models.Index(condition=models.Q(("kind__in", STEPS)), fields=["due"], name="clock_first_due"),
        ),
        AddIndexConcurrently(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("end", "met"), ("kind__in", STEPS)), fields=["ended_at"], name="clock_first_met"
            ),
        ),
        AddIndexConcurrently(
            model_name="clock",
            index=models.Index(condition=models.Q(("kind", "same_day")), fields=["start"], name="clock_same_day"),
        ),
        RemoveIndexConcurrently(model_name="clock", name="clock_step_due"),
        RemoveIndexConcurrently(model_name="clock", name="clock_step_met"),
    ]
