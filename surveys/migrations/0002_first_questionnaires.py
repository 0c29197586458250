"""The two questionnaires that the product brings, and the trigger that keeps what was asked."""

from typing import Any

from django.db import migrations

from surveys.enums import Kind
from surveys.questionnaires import brought_along

KEEP = """
CREATE FUNCTION surveys_keep_questionnaires() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.frozen_at IS NOT NULL AND (
        TG_OP = 'DELETE'
        OR (NEW.kind, NEW.version, NEW.content, NEW.frozen_at)
            IS DISTINCT FROM (OLD.kind, OLD.version, OLD.content, OLD.frozen_at)
    ) THEN
        RAISE EXCEPTION 'questionnaires in use are frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER questionnaires_in_use_are_frozen BEFORE UPDATE OR DELETE ON surveys_questionnaire
    FOR EACH ROW EXECUTE FUNCTION surveys_keep_questionnaires();
"""
LET_GO = """
DROP TRIGGER questionnaires_in_use_are_frozen ON surveys_questionnaire;
DROP FUNCTION surveys_keep_questionnaires;
"""


def bring_along(apps: Any, _schema_editor: Any) -> None:
    questionnaire = apps.get_model("surveys", "Questionnaire")
    for kind in Kind:
        questionnaire.objects.create(kind=kind.value, version=1, content=brought_along(kind))


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial")]

    operations = [
        migrations.RunPython(bring_along, migrations.RunPython.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
