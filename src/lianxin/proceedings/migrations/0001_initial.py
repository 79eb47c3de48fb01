import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("directory", "0017_units_by_pack"),
        ("orders", "0003_duties"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Proceeding",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("pack", models.CharField(max_length=64, verbose_name="受理时的规则包")),
                ("number", models.CharField(max_length=32, verbose_name="编号")),
                ("registered_at", models.DateTimeField(verbose_name="受理时间")),
                ("registered_recorded_at", models.DateTimeField()),
                ("erased_at", models.DateTimeField(null=True)),
                ("node", models.CharField(max_length=16, verbose_name="环节")),
                ("node_since", models.DateTimeField()),
                ("vacant", models.CharField(blank=True, max_length=16, verbose_name="空缺岗位")),
                ("due_at", models.DateTimeField(null=True, verbose_name="当前最早时限")),
                ("marked_clock", models.BooleanField(default=False)),
                ("head_number", models.PositiveIntegerField(default=0)),
                ("head_digest", models.BinaryField(max_length=32)),
                ("head_recorded_at", models.DateTimeField()),
                ("parts", models.PositiveIntegerField(default=0)),
                ("stay_part", models.PositiveIntegerField(default=0)),
                ("kind", models.CharField(max_length=24, verbose_name="种类")),
                ("state", models.CharField(max_length=24, verbose_name="状态")),
                ("level", models.CharField(blank=True, max_length=24, verbose_name="级别")),
                ("channel", models.CharField(blank=True, max_length=24, verbose_name="渠道")),
                ("period", models.CharField(blank=True, max_length=16, verbose_name="周期")),
                ("outcome", models.CharField(blank=True, max_length=24, verbose_name="结果")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name="金额")),
                ("score", models.DecimalField(decimal_places=2, max_digits=8, null=True, verbose_name="分值")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("ended_recorded_at", models.DateTimeField(null=True)),
                ("facts_part", models.PositiveIntegerField(default=0)),
                (
                    "area",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.area",
                        verbose_name="区域",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.category",
                        verbose_name="分类",
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="directory.centre",
                        verbose_name="中心",
                    ),
                ),
                (
                    "home",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.unit"
                    ),
                ),
                (
                    "owner_person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "owner_post",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.post"
                    ),
                ),
                (
                    "owner_unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.unit"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.unit",
                        verbose_name="对象单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "专办事项",
                "verbose_name_plural": "专办事项",
            },
        ),
        migrations.CreateModel(
            name="Wording",
            fields=[
                (
                    "proceeding",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="wording",
                        serialize=False,
                        to="proceedings.proceeding",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=120, verbose_name="标题")),
                ("text", models.TextField(blank=True, verbose_name="内容")),
            ],
            options={
                "verbose_name": "专办事项文字",
                "verbose_name_plural": "专办事项文字",
            },
        ),
        migrations.CreateModel(
            name="About",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("subject", "涉及"),
                            ("member", "参加"),
                            ("called", "通知"),
                            ("evidence", "依据"),
                            ("quoted", "引用"),
                        ],
                        max_length=12,
                        verbose_name="角色",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="起")),
                ("until", models.DateTimeField(null=True, verbose_name="止")),
                ("made_entry", models.PositiveIntegerField(verbose_name="所在账目")),
                (
                    "order",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="orders.order",
                        verbose_name="工单",
                    ),
                ),
                (
                    "to_order",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spoken_of",
                        to="orders.order",
                    ),
                ),
                (
                    "to_person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "to_unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.unit",
                    ),
                ),
                (
                    "proceeding",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="proceedings.proceeding",
                        verbose_name="专办事项",
                    ),
                ),
                (
                    "to_proceeding",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spoken_of",
                        to="proceedings.proceeding",
                    ),
                ),
            ],
            options={
                "verbose_name": "有关对象",
                "verbose_name_plural": "有关对象",
            },
        ),
        migrations.CreateModel(
            name="ProceedingFacts",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("state", models.CharField(max_length=24)),
                ("ended", models.BooleanField(default=False)),
                ("level", models.CharField(blank=True, max_length=24)),
                ("channel", models.CharField(blank=True, max_length=24)),
                ("period", models.CharField(blank=True, max_length=16)),
                ("outcome", models.CharField(blank=True, max_length=24)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ("score", models.DecimalField(decimal_places=2, max_digits=8, null=True)),
                ("known_from", models.DateTimeField()),
                ("known_to", models.DateTimeField(null=True)),
                (
                    "area",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.area"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.category",
                    ),
                ),
                (
                    "proceeding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="proceedings.proceeding",
                        verbose_name="专办事项",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="directory.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "专办事项要素",
                "verbose_name_plural": "专办事项要素",
            },
        ),
        migrations.AddIndex(
            model_name="proceeding",
            index=models.Index(fields=["centre", "kind", "registered_at"], name="proceeding_kind"),
        ),
        migrations.AddIndex(
            model_name="proceeding",
            index=models.Index(fields=["centre", "registered_at"], name="proceeding_registered"),
        ),
        migrations.AddIndex(
            model_name="proceeding",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["owner_unit", "due_at"], name="proceeding_owned"
            ),
        ),
        migrations.AddIndex(
            model_name="proceeding",
            index=models.Index(condition=models.Q(("unit__isnull", False)), fields=["unit"], name="proceeding_unit"),
        ),
        migrations.AddIndex(
            model_name="proceeding",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["centre", "due_at"], name="proceeding_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="proceeding",
            constraint=models.UniqueConstraint(fields=("centre", "number"), name="one_number_of_a_proceeding_for_life"),
        ),
        migrations.AddConstraint(
            model_name="proceeding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at__isnull", False),
                    models.Q(
                        ("owner_person__isnull", False), ("owner_post__isnull", False), ("owner_unit__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="an_open_proceeding_has_an_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="about",
            index=models.Index(condition=models.Q(("order__isnull", False)), fields=["order"], name="about_of_order"),
        ),
        migrations.AddIndex(
            model_name="about",
            index=models.Index(
                condition=models.Q(("proceeding__isnull", False)), fields=["proceeding"], name="about_of_proceeding"
            ),
        ),
        migrations.AddIndex(
            model_name="about",
            index=models.Index(
                condition=models.Q(("to_order__isnull", False)), fields=["to_order"], name="about_to_order"
            ),
        ),
        migrations.AddIndex(
            model_name="about",
            index=models.Index(
                condition=models.Q(("to_proceeding__isnull", False)),
                fields=["to_proceeding"],
                name="about_to_proceeding",
            ),
        ),
        migrations.AddIndex(
            model_name="about",
            index=models.Index(
                condition=models.Q(("to_unit__isnull", False)), fields=["to_unit"], name="about_to_unit"
            ),
        ),
        migrations.AddIndex(
            model_name="about",
            index=models.Index(
                condition=models.Q(("to_person__isnull", False)), fields=["to_person"], name="about_to_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="about",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order__isnull", False), ("proceeding__isnull", True)),
                    models.Q(("order__isnull", True), ("proceeding__isnull", False)),
                    _connector="OR",
                ),
                name="about_of_one_root",
            ),
        ),
        migrations.AddConstraint(
            model_name="about",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("to_order__isnull", False),
                        ("to_person__isnull", True),
                        ("to_proceeding__isnull", True),
                        ("to_unit__isnull", True),
                    ),
                    models.Q(
                        ("to_order__isnull", True),
                        ("to_person__isnull", True),
                        ("to_proceeding__isnull", False),
                        ("to_unit__isnull", True),
                    ),
                    models.Q(
                        ("to_order__isnull", True),
                        ("to_person__isnull", True),
                        ("to_proceeding__isnull", True),
                        ("to_unit__isnull", False),
                    ),
                    models.Q(
                        ("to_order__isnull", True),
                        ("to_person__isnull", False),
                        ("to_proceeding__isnull", True),
                        ("to_unit__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="about_exactly_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="proceedingfacts",
            constraint=models.UniqueConstraint(
                condition=models.Q(("known_to__isnull", True)),
                fields=("proceeding",),
                name="one_current_row_of_proceeding_facts",
            ),
        ),
    ]
