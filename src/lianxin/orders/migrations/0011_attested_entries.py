"""The entry's format, said in the entry; requests in their entries; what was written is attested, and sealed by it.

Nothing is installed yet: seals of the older kind are not carried over.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

APPENDED = ["orders_seal", "orders_sealleaf", "orders_allotment", "orders_sealeddirectory"]


def guards(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER only_appended BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION lianxin_refuse();"
        f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION lianxin_refuse();",
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):
    dependencies = [("directory", "0004_what_we_wrote"), ("orders", "0010_files_by_path")]

    operations = [
        migrations.DeleteModel("Receipt"),
        migrations.DeleteModel("SealLeaf"),
        migrations.DeleteModel("Seal"),
        migrations.RemoveIndex("entry", "entry_written"),
        migrations.AlterField("entry", "written_at", models.DateTimeField("写入时间")),
        migrations.AddField("entry", "format", models.PositiveSmallIntegerField("格式", default=1)),
        migrations.AddField("entry", "version", models.PositiveSmallIntegerField("动作版本", default=1)),
        migrations.AddField(
            "entry", "via", models.CharField("途径", max_length=40, default="desk"), preserve_default=False
        ),
        migrations.AddField("entry", "citizen", models.BinaryField("诉求人", max_length=32, null=True)),
        migrations.AddField("entry", "key", models.CharField("提交编号", max_length=96, null=True)),
        migrations.AddField("entry", "request_digest", models.BinaryField(max_length=32, null=True)),
        migrations.AddConstraint(
            "entry",
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(key__isnull=False), name="a_request_is_done_once"
            ),
        ),
        migrations.CreateModel(
            "Attestation",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("writer", models.BigIntegerField("写入者")),
                ("number", models.PositiveBigIntegerField("序号")),
                ("written_at", models.DateTimeField("写入时间")),
                ("heads", models.JSONField()),
                ("mac", models.BinaryField(max_length=32)),
                ("orders", django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), default=list)),
                ("seal", models.PositiveBigIntegerField(null=True)),
            ],
            {"verbose_name": "写入凭证", "verbose_name_plural": "写入凭证"},
        ),
        migrations.CreateModel(
            "Seal",
            [
                ("number", models.PositiveBigIntegerField("序号", primary_key=True, serialize=False)),
                ("closes", models.DateField("封存日期", null=True, unique=True)),
                ("made_at", models.DateTimeField("封签时间")),
                ("entries", models.PositiveBigIntegerField("账目数")),
                ("heads", models.PositiveBigIntegerField("账头数")),
                ("root", models.BinaryField(max_length=32)),
                ("previous", models.BinaryField(max_length=32)),
                ("digest", models.BinaryField(max_length=32)),
                ("mac", models.BinaryField(max_length=32)),
            ],
            {"verbose_name": "封签", "verbose_name_plural": "封签", "ordering": ["number"]},
        ),
        migrations.CreateModel(
            "SealLeaf",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "seal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="leaves", to="orders.seal"
                    ),
                ),
                ("kind", models.CharField(max_length=1)),
                ("key", models.BigIntegerField()),
                ("number", models.PositiveBigIntegerField()),
                ("digest", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            "Allotment",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "seal",
                    models.ForeignKey("orders.Seal", django.db.models.deletion.PROTECT, related_name="allotments"),
                ),
                (
                    "centre",
                    models.ForeignKey("directory.Centre", django.db.models.deletion.PROTECT, related_name="+"),
                ),
                ("day", models.DateField()),
                ("allotted", models.PositiveBigIntegerField()),
                ("orders", models.PositiveBigIntegerField()),
                ("unused", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            "SealedDirectory",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "seal",
                    models.ForeignKey("orders.Seal", django.db.models.deletion.PROTECT, related_name="directories"),
                ),
                (
                    "centre",
                    models.ForeignKey("directory.Centre", django.db.models.deletion.PROTECT, related_name="+"),
                ),
                ("stamp", models.BigIntegerField()),
                ("rows", models.JSONField()),
                ("digest", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.AddConstraint(
            "attestation",
            models.UniqueConstraint(fields=["writer", "number"], name="one_attestation_a_number"),
        ),
        migrations.AddIndex(
            "attestation",
            models.Index(fields=["id"], condition=models.Q(seal__isnull=True), name="attestation_unsealed"),
        ),
        migrations.AddIndex(
            "attestation",
            models.Index(fields=["seal"], condition=models.Q(seal__isnull=False), name="attestation_sealed"),
        ),
        migrations.AddConstraint(
            "sealleaf",
            models.UniqueConstraint(fields=["seal", "kind", "key", "number"], name="one_leaf_a_head"),
        ),
        migrations.AddIndex("sealleaf", models.Index(fields=["kind", "key", "number"], name="seal_leaf_head")),
        migrations.AddConstraint(
            "allotment", models.UniqueConstraint(fields=["seal", "centre", "day"], name="one_allotment_a_day")
        ),
        migrations.AddConstraint(
            "sealeddirectory", models.UniqueConstraint(fields=["seal", "centre"], name="one_directory_a_seal")
        ),
        *(guards(table) for table in APPENDED),
    ]
