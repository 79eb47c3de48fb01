"""The stamp is renewed by whatever a seal covers, a password too: only a sign-in leaves it alone.

A seal says what the directory was under a stamp, so nothing that is proven may change under the same one.
"""

from django.db import migrations


def function(columns: str) -> str:
    """As 0003 made it, over these columns; `mac` is over all that is proven."""
    return f"""
CREATE OR REPLACE FUNCTION directory_stamp_staff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_OP
        WHEN 'INSERT' THEN UPDATE directory_revision SET stamp = nextval('directory_stamp')
            WHERE centre_id IN (SELECT centre_id FROM new_rows);
        WHEN 'DELETE' THEN UPDATE directory_revision SET stamp = nextval('directory_stamp')
            WHERE centre_id IN (SELECT centre_id FROM old_rows);
        ELSE UPDATE directory_revision SET stamp = nextval('directory_stamp') WHERE centre_id IN (
            WITH new_side AS (SELECT {columns} FROM new_rows), old_side AS (SELECT {columns} FROM old_rows)
            SELECT centre_id FROM (SELECT * FROM new_side EXCEPT SELECT * FROM old_side) AS gained
            UNION SELECT centre_id FROM (SELECT * FROM old_side EXCEPT SELECT * FROM new_side) AS lost);
    END CASE;
    RETURN NULL;
END $$"""


BEFORE = "id, centre_id, unit_id, username, name, is_active"


class Migration(migrations.Migration):
    dependencies = [("directory", "0012_proven_past")]
    operations = [migrations.RunSQL(function(f"{BEFORE}, mac"), function(BEFORE))]
