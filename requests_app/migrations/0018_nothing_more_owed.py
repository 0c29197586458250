"""A wait ends when nothing is owed; what is append only is not emptied either."""

from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

NEVER_EMPTIED = """
CREATE FUNCTION requests_app_refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Tests with true commits empty every table after each of them. They say so on their own
    -- connections (`dop_pilot/settings.py`); nothing else does.
    IF current_setting('dop_pilot.may_empty', true) = 'yes' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER events_are_never_emptied BEFORE TRUNCATE ON requests_app_requestevent
    FOR EACH STATEMENT EXECUTE FUNCTION requests_app_refuse_emptying();
CREATE TRIGGER openings_are_never_emptied BEFORE TRUNCATE ON requests_app_opening
    FOR EACH STATEMENT EXECUTE FUNCTION requests_app_refuse_emptying();
CREATE TRIGGER steps_of_documents_are_never_emptied BEFORE TRUNCATE ON requests_app_askedevent
    FOR EACH STATEMENT EXECUTE FUNCTION requests_app_refuse_emptying();
"""
EMPTIED = """
DROP TRIGGER events_are_never_emptied ON requests_app_requestevent;
DROP TRIGGER openings_are_never_emptied ON requests_app_opening;
DROP TRIGGER steps_of_documents_are_never_emptied ON requests_app_askedevent;
DROP FUNCTION requests_app_refuse_emptying();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0004_reminders_of_documents"),
        ("requests_app", "0017_a_draft_for_each_form"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="requestevent",
            name="actions_are_known",
        ),
        migrations.AlterField(
            model_name="outbox",
            name="kind",
            field=models.CharField(
                choices=[
                    ("receipt", "Receipt"),
                    ("answer", "Answer"),
                    ("question", "Question"),
                    ("closed", "Closed"),
                    ("reopened", "Reopened"),
                    ("reminder", "Reminder"),
                    ("passed_on", "Passed on"),
                    ("doc_asked", "A document is asked for"),
                    ("doc_correct", "A document is to be corrected"),
                    ("doc_checked", "A document is checked"),
                    ("doc_refused", "A document is refused"),
                    ("doc_dropped", "A document is no longer needed"),
                    ("doc_reminder", "Reminder of a document"),
                ],
                max_length=15,
            ),
        ),
        migrations.AlterField(
            model_name="requestevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("submit", "Received"),
                    ("route", "Routed"),
                    ("take", "Taken"),
                    ("release", "Released"),
                    ("transfer", "Transferred"),
                    ("send_back", "Sent back"),
                    ("answer", "Answered"),
                    ("note", "Internal note"),
                    ("wait", "Set to waiting for the member"),
                    ("remind", "Member reminded"),
                    ("resume", "Nothing more is owed by the member"),
                    ("member_writes", "The member wrote"),
                    ("close", "Closed"),
                    ("reopen", "Reopened"),
                    ("tell", "Member told who takes over"),
                    ("consult", "Asked for a view"),
                    ("advise", "Gave their view"),
                    ("consult_ends", "Question for a view withdrawn"),
                    ("undo", "Undone"),
                ],
                max_length=15,
            ),
        ),
        # Checked without a look at the rows that are there: the table stays free for writing.
        AddConstraintNotValid(
            model_name="requestevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "action__in",
                        [
                            "submit",
                            "route",
                            "take",
                            "release",
                            "transfer",
                            "send_back",
                            "answer",
                            "note",
                            "wait",
                            "remind",
                            "resume",
                            "member_writes",
                            "close",
                            "reopen",
                            "tell",
                            "consult",
                            "advise",
                            "consult_ends",
                            "undo",
                        ],
                    )
                ),
                name="actions_are_known",
            ),
        ),
        migrations.RunSQL(NEVER_EMPTIED, EMPTIED),
    ]
