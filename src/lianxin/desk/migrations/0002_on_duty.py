import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_what_forms_keep")]

    operations = [
        migrations.AddField("presence", "unit", models.IntegerField(null=True)),
        migrations.AddField("presence", "until", models.DateTimeField(null=True)),
        migrations.AddField("presence", "left_at", models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="Duty",
            fields=[
                (
                    "staff",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("unit", models.IntegerField()),
                ("role", models.CharField(max_length=16)),
                ("since", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["unit", "role"], name="duty_place")]},
        ),
    ]
