"""When the ledger took what began and ended each stay, and whether the root was opened again, or ended, with it.

What is there already is filled in from the entries, exactly as a replay arrives at it: a stay begins with an entry that
names another owner than the one before, and ends with the next that names another or none.
"""

from django.db import migrations, models

FILL = """
WITH said AS (
    SELECT id >> 16 AS root, number, recorded_at, derived->'owner' AS owner,
           lag(derived->'owner') OVER (PARTITION BY id >> 16 ORDER BY number) AS before
    FROM ledger_entry
), turns AS (
    SELECT root, owner, recorded_at, before IS NULL AND number > 1 AS again,
           lead(recorded_at) OVER following AS left_recorded_at,
           lead(owner) OVER following IS NULL AND lead(number) OVER following IS NOT NULL AS last, number
    FROM said WHERE owner IS DISTINCT FROM before
    WINDOW following AS (PARTITION BY root ORDER BY number)
), begun AS (
    SELECT *, row_number() OVER (PARTITION BY root ORDER BY number) AS place FROM turns WHERE owner IS NOT NULL
), stays AS (
    SELECT id, id >> 16 AS root, row_number() OVER (PARTITION BY id >> 16 ORDER BY id) AS place FROM ledger_stay
)
UPDATE ledger_stay stay
SET entered_recorded_at = begun.recorded_at, left_recorded_at = begun.left_recorded_at,
    again = begun.again, last = begun.last
FROM begun JOIN stays USING (root, place)
WHERE stay.id = stays.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0007_contacts"),
    ]

    operations = [
        migrations.AddField(
            model_name="stay",
            name="again",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="stay",
            name="last",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="stay",
            name="left_recorded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="stay",
            name="entered_recorded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="stay",
            name="entered_recorded_at",
            field=models.DateTimeField(),
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(condition=models.Q(("again", True)), fields=["entered_at"], name="stay_again"),
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(
                condition=models.Q(("left_recorded_at__isnull", False)),
                fields=["left_recorded_at"],
                name="stay_left_recorded",
            ),
        ),
    ]
