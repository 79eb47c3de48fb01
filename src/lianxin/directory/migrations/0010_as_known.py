"""The directory of a past cut-off: triggers keep each unit and category as it was before a change."""

from django.db import migrations, models
from django.utils import timezone

SHARED = ["parent_id", "code", "name", "position", "active"]
COLUMNS = {
    "unit": [*SHARED, "short_name", "type", "ranking_group", "created_at"],
    "category": SHARED,
}


def former(name: str, *more: tuple[str, models.Field]) -> migrations.CreateModel:
    return migrations.CreateModel(
        f"Former{name}",
        [
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("centre_id", models.BigIntegerField()),
            ("row_id", models.BigIntegerField()),
            ("parent_id", models.BigIntegerField(null=True)),
            ("code", models.CharField(max_length=32)),
            ("name", models.CharField(max_length=100)),
            ("position", models.PositiveIntegerField()),
            ("active", models.BooleanField()),
            ("known_to", models.DateTimeField()),
            *more,
        ],
        options={"indexes": [models.Index(fields=["centre_id", "known_to"], name=f"former_{name.lower()}_known")]},
    )


def trigger(table: str) -> list[migrations.RunSQL]:
    names = COLUMNS[table]
    kept = [name for name in names if name != "created_at"]
    changed = f"({', '.join(f'OLD.{n}' for n in kept)}) IS DISTINCT FROM ({', '.join(f'NEW.{n}' for n in kept)})"
    return [
        migrations.RunSQL(
            sql=f"""
CREATE FUNCTION directory_former_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO directory_former{table} (centre_id, row_id, known_to, {", ".join(names)})
    VALUES (OLD.centre_id, OLD.id, clock_timestamp(), {", ".join(f"OLD.{name}" for name in names)});
    RETURN NULL;
END $$""",
            reverse_sql=f"DROP FUNCTION directory_former_{table}()",
        ),
        migrations.RunSQL(
            sql=f"CREATE TRIGGER former_update AFTER UPDATE ON directory_{table} FOR EACH ROW WHEN ({changed})"
            f" EXECUTE FUNCTION directory_former_{table}();"
            f" CREATE TRIGGER former_delete AFTER DELETE ON directory_{table} FOR EACH ROW"
            f" EXECUTE FUNCTION directory_former_{table}()",
            reverse_sql=f"DROP TRIGGER former_update ON directory_{table};"
            f" DROP TRIGGER former_delete ON directory_{table}",
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("directory", "0009_area_code")]

    operations = [
        migrations.AddField("unit", "created_at", models.DateTimeField(default=timezone.now, editable=False)),
        former(
            "Unit",
            ("short_name", models.CharField(max_length=40)),
            ("type", models.CharField(max_length=16)),
            ("ranking_group", models.CharField(max_length=16)),
            ("created_at", models.DateTimeField()),
        ),
        former("Category"),
        *trigger("unit"),
        *trigger("category"),
    ]
