"""What the database itself guards: ledgers are only appended to; numbers are allotted without a lock."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION lianxin_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is only appended to: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
APPENDED = ["entry", "journal", "seal", "sealleaf", "allotment", "sealeddirectory"]

# A sequence per centre and day: no row is locked until commit, so registrations do not wait for one another.
# Made at the day's first order under an advisory lock; one that was dropped goes on after the last number used.
# `to_regclass` answers from a cache that an advisory lock does not refresh: a query of pg_class, with a snapshot of its
# own, sees what was committed meanwhile.
ALLOT = """
CREATE SEQUENCE lianxin_order_id;
CREATE FUNCTION lianxin_allot(centre bigint, day date, wanted int)
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


def guards(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER only_appended BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION lianxin_refuse();"
        f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION lianxin_refuse();",
        f"DROP TRIGGER only_appended ON {table}; DROP TRIGGER never_emptied ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_links"), ("orders", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION lianxin_refuse()"),
        *(guards(f"ledger_{table}") for table in APPENDED),
        migrations.RunSQL(ALLOT, "DROP FUNCTION lianxin_allot(bigint, date, int); DROP SEQUENCE lianxin_order_id"),
        migrations.RunSQL("CREATE SEQUENCE ledger_backdated_stamp", "DROP SEQUENCE ledger_backdated_stamp"),
    ]
