"""A publication says up to when corrections were counted in; keys of classes with many codes have room."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0002_as_published")]

    operations = [
        migrations.AddField("publication", "known", models.DateTimeField(null=True, verbose_name="计入更正至")),
        migrations.AlterField("publishedfigure", "key", models.CharField(max_length=400)),
        migrations.AlterField("publishedfigure", "title", models.CharField(max_length=400)),
    ]
