"""A row and what it points to belong to one centre: composite foreign keys, so that no code can mix centres."""

from django.db import migrations

# table, column, target: (centre_id, column) -> target (centre_id, id). A null in either column passes, as in Staff.
REFERENCES = [
    ("directory_unit", "parent_id", "directory_unit"),
    ("directory_area", "parent_id", "directory_area"),
    ("directory_category", "parent_id", "directory_category"),
    ("directory_staff", "unit_id", "directory_unit"),
    ("directory_post", "unit_id", "directory_unit"),
    ("directory_post", "holder_a_id", "directory_staff"),
    ("directory_post", "holder_b_id", "directory_staff"),
]


def constraint(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table.removeprefix('directory_')}_{column.removesuffix('_id')}_of_same_centre"
    return migrations.RunSQL(
        sql=f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (centre_id, {column}) "
        f"REFERENCES {target} (centre_id, id) DEFERRABLE INITIALLY DEFERRED",
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]
    operations = [constraint(*reference) for reference in REFERENCES]
