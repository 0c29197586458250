"""Drafts of a questionnaire: what is released stays as it is, and there is one draft of each."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

KEEP = """
CREATE OR REPLACE FUNCTION surveys_keep_questionnaires() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.released_at IS NOT NULL AND (
        TG_OP = 'DELETE'
        OR (NEW.kind, NEW.version, NEW.content, NEW.released_at)
            IS DISTINCT FROM (OLD.kind, OLD.version, OLD.content, OLD.released_at)
        OR OLD.frozen_at IS NOT NULL AND NEW.frozen_at IS DISTINCT FROM OLD.frozen_at
    ) THEN
        RAISE EXCEPTION 'released questionnaires are frozen' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
"""
AS_BEFORE = """
CREATE OR REPLACE FUNCTION surveys_keep_questionnaires() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


def release_what_there_is(apps: Any, _schema_editor: Any) -> None:
    """Those that came along were checked when they were stored.

    In whole seconds: JSON keeps no microseconds, and a copy of these rows must be the same rows.
    """
    questionnaire = apps.get_model("surveys", "Questionnaire")
    questionnaire.objects.filter(released_at=None).update(
        released_at=timezone.now().replace(microsecond=0)
    )


class Migration(migrations.Migration):
    dependencies = [("surveys", "0004_whole_answers")]

    operations = [
        migrations.AddField(
            model_name="questionnaire",
            name="revision",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="questionnaire",
            name="released_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunPython(release_what_there_is, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.UniqueConstraint(
                name="one_draft_of_each_questionnaire",
                fields=["kind"],
                condition=Q(released_at=None),
            ),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.CheckConstraint(
                name="questionnaires_in_use_were_released",
                condition=Q(frozen_at=None) | Q(released_at__isnull=False),
            ),
        ),
        migrations.RunSQL(KEEP, AS_BEFORE),
    ]
