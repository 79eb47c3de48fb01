from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """A duty may be laid for later; the index is built beside what goes on."""

    atomic = False
    dependencies = [("ledger", "0011_named_articles")]
    operations = [
        migrations.AddField(
            model_name="task",
            name="comes_at",
            field=models.DateTimeField(null=True, verbose_name="交办时间"),
        ),
        AddIndexConcurrently(
            model_name="task",
            index=models.Index(
                condition=models.Q(("comes_at__isnull", False), ("done_at__isnull", True)),
                fields=["comes_at"],
                name="task_comes",
            ),
        ),
    ]
