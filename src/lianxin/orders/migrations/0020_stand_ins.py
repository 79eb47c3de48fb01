"""Who holds a share in the place of somebody who is away, so that it goes back to him (A31)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0019_unjudged_conditions")]

    operations = [migrations.AddField("share", "stand_in", models.JSONField("代班", default=list))]
