"""Events are append only, and references are numbered, by the database itself."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION requests_app_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE ON requests_app_requestevent
    FOR EACH ROW EXECUTE FUNCTION requests_app_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0001_initial")]
    operations = [
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER events_are_append_only ON requests_app_requestevent;"
            "DROP FUNCTION requests_app_refuse_change();",
        ),
        migrations.RunSQL(
            # Larger than any number of an office's paper files, so that nobody mixes them up.
            "CREATE SEQUENCE requests_app_reference START 4000",
            "DROP SEQUENCE requests_app_reference",
        ),
    ]
