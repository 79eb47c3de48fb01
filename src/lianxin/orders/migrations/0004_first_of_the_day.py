"""The day's first orders may come at once: whoever waited for the other's sequence then sees it.

`to_regclass` answers from a cache that an advisory lock does not refresh: it went on saying "none" after the wait, and
the second registration failed.  A query of pg_class, with a snapshot of its own, sees what was committed meanwhile.
"""

from django.db import migrations

ALLOT = """
CREATE OR REPLACE FUNCTION lianxin_allot(centre bigint, day date, wanted int)
RETURNS TABLE (order_id bigint, running bigint) LANGUAGE plpgsql AS $$
DECLARE
    name text := format('lianxin_no_%s_%s', centre, to_char(day, 'YYYYMMDD'));
    taken bigint;
BEGIN
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext(name));
        IF NOT EXISTS (SELECT FROM pg_class c WHERE c.relname = name AND pg_table_is_visible(c.oid)) THEN
            SELECT coalesce(max(split_part(o.number, '-', 2)::bigint), 0) INTO taken
            FROM orders_order o
            WHERE o.centre_id = centre AND o.number LIKE to_char(day, 'YYYYMMDD') || '-%';
            EXECUTE format('CREATE SEQUENCE %I START %s', name, taken + 1);
        END IF;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT nextval(''lianxin_order_id''), nextval(%L) FROM generate_series(1, $1)', name) USING wanted;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_notices_by_person")]

    operations = [migrations.RunSQL(ALLOT, migrations.RunSQL.noop)]
