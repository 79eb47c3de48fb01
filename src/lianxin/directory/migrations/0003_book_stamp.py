"""The stamp of a centre's directory: triggers renew it with every change of a row that the snapshot holds.

Statement triggers, so that a bulk write renews it once. The number comes from a sequence: a stamp that was rolled back
is never given again. A sign-in writes only `last_login`, which is not in the snapshot and must not renew the stamp.
"""

from django.db import migrations

TABLES = ["unit", "area", "category", "post", "holiday", "policyversion"]
IMAGES = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
}
STAFF = "id, centre_id, unit_id, username, name, is_active"


def function(name: str, new_rows: str, old_rows: str, changed: str) -> migrations.RunSQL:
    """A trigger function that renews the stamp of the centres which the three queries name."""
    renew = "UPDATE directory_revision SET stamp = nextval('directory_stamp') WHERE centre_id IN"
    return migrations.RunSQL(
        sql=f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_OP
        WHEN 'INSERT' THEN {renew} ({new_rows});
        WHEN 'DELETE' THEN {renew} ({old_rows});
        ELSE {renew} ({changed});
    END CASE;
    RETURN NULL;
END $$""",
        reverse_sql=f"DROP FUNCTION {name}()",
    )


def triggers(table: str, name: str) -> list[migrations.RunSQL]:
    return [
        migrations.RunSQL(
            sql=f"CREATE TRIGGER book_stamp_{event.lower()} AFTER {event} ON directory_{table} {images} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
            reverse_sql=f"DROP TRIGGER book_stamp_{event.lower()} ON directory_{table}",
        )
        for event, images in IMAGES.items()
    ]


CENTRE_TRIGGER = migrations.RunSQL(
    sql="""
CREATE FUNCTION directory_stamp_centre() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO directory_revision (centre_id, stamp) VALUES (NEW.id, nextval('directory_stamp'))
    ON CONFLICT (centre_id) DO UPDATE SET stamp = EXCLUDED.stamp;
    RETURN NULL;
END $$;
CREATE TRIGGER book_stamp AFTER INSERT OR UPDATE ON directory_centre
    FOR EACH ROW EXECUTE FUNCTION directory_stamp_centre()""",
    reverse_sql="DROP TRIGGER book_stamp ON directory_centre; DROP FUNCTION directory_stamp_centre()",
)


class Migration(migrations.Migration):
    dependencies = [("directory", "0002_one_centre")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE directory_stamp", "DROP SEQUENCE directory_stamp"),
        CENTRE_TRIGGER,
        function(
            "directory_stamp_rows",
            "SELECT centre_id FROM new_rows",
            "SELECT centre_id FROM old_rows",
            "SELECT centre_id FROM new_rows UNION SELECT centre_id FROM old_rows",
        ),
        function(
            "directory_stamp_staff",
            "SELECT centre_id FROM new_rows",
            "SELECT centre_id FROM old_rows",
            f"""WITH new_side AS (SELECT {STAFF} FROM new_rows), old_side AS (SELECT {STAFF} FROM old_rows)
                SELECT centre_id FROM (SELECT * FROM new_side EXCEPT SELECT * FROM old_side) AS gained
                UNION SELECT centre_id FROM (SELECT * FROM old_side EXCEPT SELECT * FROM new_side) AS lost""",
        ),
        function(
            "directory_stamp_absence",
            "SELECT centre_id FROM directory_staff WHERE id IN (SELECT staff_id FROM new_rows)",
            "SELECT centre_id FROM directory_staff WHERE id IN (SELECT staff_id FROM old_rows)",
            """SELECT centre_id FROM directory_staff
                WHERE id IN (SELECT staff_id FROM new_rows UNION SELECT staff_id FROM old_rows)""",
        ),
        *(trigger for table in TABLES for trigger in triggers(table, "directory_stamp_rows")),
        *triggers("staff", "directory_stamp_staff"),
        *triggers("absence", "directory_stamp_absence"),
    ]
