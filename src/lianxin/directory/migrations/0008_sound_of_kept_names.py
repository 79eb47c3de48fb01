"""The keys of names that were written before there were any."""

from django.db import migrations


def fill(apps, schema_editor):
    for name in ("Area", "Category", "Staff", "Unit"):
        model = apps.get_model("directory", name)
        for row in model.objects.filter(match_keys="").iterator():
            # Saving makes the keys (`SoundField.pre_save`).
            row.save(update_fields=[field for field in ("sort_key", "match_keys") if hasattr(row, field)])


class Migration(migrations.Migration):
    dependencies = [("directory", "0007_names_by_sound")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
