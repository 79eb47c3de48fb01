"""The keywords of articles stand in rows of their own, a B-tree over them; those of kept articles are taken over."""

import django.db.models.deletion
from django.db import migrations, models

TAKE_OVER = """
INSERT INTO intake_keyword (article_id, centre_id, word)
SELECT DISTINCT id, centre_id, unnest(marks) FROM intake_article
"""
TAKE_BACK = """
UPDATE intake_article SET marks = ARRAY(SELECT word FROM intake_keyword WHERE article_id = intake_article.id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0022_team_areas"),
        ("intake", "0001_knowledge"),
    ]

    operations = [
        migrations.CreateModel(
            name="Keyword",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=20)),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="words", to="intake.article"
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="directory.centre",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("centre", "word", "article"), name="a_keyword_of_an_article")
                ],
            },
        ),
        migrations.RunSQL(TAKE_OVER, TAKE_BACK),
        # Deferred checks of the rows just written would forbid to alter their table.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="article", name="article_marks"),
        migrations.RemoveField(model_name="article", name="marks"),
    ]
