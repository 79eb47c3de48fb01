"""An adopted pack is never changed, and a version in force leads to one that is kept."""

from django.db import migrations

FOR_EVER = migrations.RunSQL(
    sql="""
CREATE FUNCTION directory_adopted_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the adopted pack %@% is never changed: adopt another version', OLD.pack_id, OLD.version
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER adopted_for_ever BEFORE UPDATE OF pack_id, version, texts, digest ON directory_adoptedpack
    FOR EACH ROW WHEN (ROW(OLD.pack_id, OLD.version, OLD.texts, OLD.digest)
        IS DISTINCT FROM ROW(NEW.pack_id, NEW.version, NEW.texts, NEW.digest))
    EXECUTE FUNCTION directory_adopted_for_ever()""",
    reverse_sql="DROP TRIGGER adopted_for_ever ON directory_adoptedpack; DROP FUNCTION directory_adopted_for_ever()",
)
KEPT = migrations.RunSQL(
    sql="""
ALTER TABLE directory_policyversion ADD CONSTRAINT policy_version_is_kept
    FOREIGN KEY (pack_id, version) REFERENCES directory_adoptedpack (pack_id, version)
    DEFERRABLE INITIALLY DEFERRED""",
    reverse_sql="ALTER TABLE directory_policyversion DROP CONSTRAINT policy_version_is_kept",
)


class Migration(migrations.Migration):
    dependencies = [("directory", "0014_areas_in_use")]
    operations = [FOR_EVER, KEPT]
