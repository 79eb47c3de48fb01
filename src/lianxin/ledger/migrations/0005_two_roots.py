"""A part stands in the ledger of an order or of a proceeding; each has numbers of its own."""

import django.db.models.deletion
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

# Each kind of root has numbers and ids of its own: what a batch opens besides what it registers moves no order's
# number.  Their ids never meet, so that those of parts do not either; a part's id stays below 2 ** 53.
ALLOT = """
DROP FUNCTION lianxin_allot(bigint, date, int);
CREATE SEQUENCE lianxin_proceeding_id START 68719476736;
CREATE FUNCTION lianxin_allot(series text, centre bigint, day date, wanted int)
RETURNS TABLE (root_id bigint, running bigint) LANGUAGE plpgsql AS $$
DECLARE
    name text := format('lianxin_no_%s_%s%s', centre, lower(series), to_char(day, 'YYYYMMDD'));
    root text := CASE series WHEN '' THEN 'orders_order' ELSE 'proceedings_proceeding' END;
    ids text := CASE series WHEN '' THEN 'lianxin_order_id' ELSE 'lianxin_proceeding_id' END;
    taken bigint;
BEGIN
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext(name));
        IF NOT EXISTS (SELECT FROM pg_class c WHERE c.relname = name AND pg_table_is_visible(c.oid)) THEN
            EXECUTE format('SELECT coalesce(max(split_part(number, ''-'', 2)::bigint), 0) FROM %I'
                           ' WHERE centre_id = $1 AND number LIKE $2', root)
                INTO taken USING centre, series || to_char(day, 'YYYYMMDD') || '-%';
            EXECUTE format('CREATE SEQUENCE %I START %s', name, taken + 1);
        END IF;
    END IF;
    RETURN QUERY EXECUTE format('SELECT nextval(%L), nextval(%L) FROM generate_series(1, $1)', ids, name) USING wanted;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0017_units_by_pack"),
        ("ledger", "0004_duties"),
        ("orders", "0004_matter"),
        ("proceedings", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="entry", name="entry_number_once"),
        migrations.AddField(
            model_name="attachment",
            name="proceeding",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="proceedings.proceeding",
                verbose_name="专办事项",
            ),
        ),
        migrations.AddField(
            model_name="clock",
            name="proceeding",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="proceedings.proceeding",
                verbose_name="专办事项",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="proceeding",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="proceedings.proceeding",
                verbose_name="专办事项",
            ),
        ),
        migrations.AddField(
            model_name="formerdue",
            name="proceeding",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="proceedings.proceeding",
                verbose_name="专办事项",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="proceeding",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="proceedings.proceeding",
                verbose_name="专办事项",
            ),
        ),
        migrations.AddField(
            model_name="stay",
            name="proceeding",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="proceedings.proceeding",
                verbose_name="专办事项",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="proceeding",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="proceedings.proceeding",
                verbose_name="专办事项",
            ),
        ),
        migrations.AlterField(
            model_name="attachment",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="orders.order",
                verbose_name="工单",
            ),
        ),
        migrations.AlterField(
            model_name="clock",
            name="cause",
            field=models.CharField(
                choices=[
                    ("rule", "规则"),
                    ("upstream", "上级时限"),
                    ("extension", "延期"),
                    ("correction", "更正"),
                    ("calendar", "放假安排变化"),
                    ("given", "办理时指定"),
                ],
                default="rule",
                max_length=12,
                verbose_name="时限依据",
            ),
        ),
        migrations.AlterField(
            model_name="clock",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="orders.order",
                verbose_name="工单",
            ),
        ),
        migrations.AlterField(
            model_name="entry",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="orders.order",
                verbose_name="工单",
            ),
        ),
        migrations.AlterField(
            model_name="formerdue",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="orders.order",
                verbose_name="工单",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="orders.order",
                verbose_name="工单",
            ),
        ),
        migrations.AlterField(
            model_name="stay",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="orders.order",
                verbose_name="工单",
            ),
        ),
        migrations.AlterField(
            model_name="task",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="%(class)ss",
                to="orders.order",
                verbose_name="工单",
            ),
        ),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("proceeding__isnull", False)), fields=["proceeding"], name="attachment_proceeding"
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("proceeding__isnull", False)), fields=["proceeding"], name="clock_proceeding"
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("proceeding__isnull", False)), fields=["proceeding"], name="entry_proceeding"
            ),
        ),
        migrations.AddIndex(
            model_name="formerdue",
            index=models.Index(
                condition=models.Q(("proceeding__isnull", False)), fields=["proceeding"], name="former_due_proceeding"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("proceeding__isnull", False)), fields=["proceeding"], name="notice_proceeding"
            ),
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(
                condition=models.Q(("proceeding__isnull", False)), fields=["proceeding"], name="stay_proceeding"
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("proceeding__isnull", False)), fields=["proceeding"], name="task_proceeding"
            ),
        ),
        migrations.AddConstraint(
            model_name="attachment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", False), ("proceeding__isnull", True)),
                    models.Q(("order__isnull", True), ("proceeding__isnull", False)),
                    _connector="OR",
                ),
                name="attachment_of_one_root",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", False), ("proceeding__isnull", True)),
                    models.Q(("order__isnull", True), ("proceeding__isnull", False)),
                    _connector="OR",
                ),
                name="clock_of_one_root",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", False), ("proceeding__isnull", True)),
                    models.Q(("order__isnull", True), ("proceeding__isnull", False)),
                    _connector="OR",
                ),
                name="entry_of_one_root",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(("number", django.db.models.functions.math.Mod(models.F("id"), 65536))),
                name="entry_number_in_its_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="formerdue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", False), ("proceeding__isnull", True)),
                    models.Q(("order__isnull", True), ("proceeding__isnull", False)),
                    _connector="OR",
                ),
                name="former_due_of_one_root",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", False), ("proceeding__isnull", True)),
                    models.Q(("order__isnull", True), ("proceeding__isnull", False)),
                    _connector="OR",
                ),
                name="notice_of_one_root",
            ),
        ),
        migrations.AddConstraint(
            model_name="stay",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", False), ("proceeding__isnull", True)),
                    models.Q(("order__isnull", True), ("proceeding__isnull", False)),
                    _connector="OR",
                ),
                name="stay_of_one_root",
            ),
        ),
        migrations.AddConstraint(
            model_name="stay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_at__isnull", True)),
                fields=("proceeding",),
                name="one_current_stay_of_proceeding",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", False), ("proceeding__isnull", True)),
                    models.Q(("order__isnull", True), ("proceeding__isnull", False)),
                    _connector="OR",
                ),
                name="task_of_one_root",
            ),
        ),
        migrations.RunSQL(ALLOT, migrations.RunSQL.noop),
    ]
