"""One index finds whoever else has the same file."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Built while orders come in.
    atomic = False
    dependencies = [("orders", "0009_retention")]

    operations = [AddIndexConcurrently("attachment", models.Index(fields=["path"], name="attachment_path"))]
