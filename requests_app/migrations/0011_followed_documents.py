"""Documents that are followed like requests; their steps are append only by the database."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = """
CREATE FUNCTION requests_app_keep_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'steps of documents are append only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER steps_of_documents_are_append_only BEFORE UPDATE OR DELETE
    ON requests_app_askedevent FOR EACH ROW EXECUTE FUNCTION requests_app_keep_steps();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0010_events_that_begin_a_pause"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AskedEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("ask", "Asked for"),
                            ("follow", "Followed from now on"),
                            ("receive", "Handed in"),
                            ("check", "Checked"),
                            ("correct", "To correct"),
                            ("refuse", "Refused"),
                            ("drop", "No longer needed"),
                            ("remind", "Member reminded"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("due_on", models.DateField(null=True)),
                ("reason", models.CharField(blank=True, max_length=20)),
            ],
            options={
                "verbose_name": "step of a document",
                "verbose_name_plural": "steps of documents",
            },
        ),
        migrations.AlterField(
            model_name="outbox",
            name="event",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="requests_app.requestevent",
            ),
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
                    ("member_wrote", "The member wrote"),
                    ("doc_asked", "A document is asked for"),
                    ("doc_correct", "A document is to be corrected"),
                    ("doc_checked", "A document is checked"),
                    ("doc_refused", "A document is refused"),
                    ("doc_reminder", "Reminder of a document"),
                ],
                max_length=15,
            ),
        ),
        migrations.CreateModel(
            name="AskedDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contract", "Contract"),
                            ("invoice", "Invoice"),
                            ("order_form", "Order form"),
                            ("expenses", "Receipt for expenses"),
                            ("bank_statement", "Bank statement"),
                            ("identity", "Proof of identity"),
                            ("activity", "Proof of activity"),
                            ("unemployment", "Form for unemployment (C4, ONEM)"),
                            ("arts_work", "Certificate of arts work"),
                            ("work_abroad", "Certificate for work abroad (A1)"),
                            ("other", "Other document"),
                        ],
                        max_length=15,
                        verbose_name="document",
                    ),
                ),
                ("line", models.CharField(blank=True, max_length=500)),
                ("due_on", models.DateField(null=True, verbose_name="due on")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked for"),
                            ("received", "Handed in"),
                            ("to_correct", "To correct"),
                            ("checked", "Checked"),
                            ("refused", "Refused"),
                            ("not_needed", "No longer needed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("turn_since", models.DateTimeField()),
                ("first_received_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "submission_key",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                (
                    "member_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asked_documents",
                        to="requests_app.memberrequest",
                    ),
                ),
            ],
            options={
                "verbose_name": "followed document",
                "verbose_name_plural": "followed documents",
            },
        ),
        migrations.AddField(
            model_name="document",
            name="asked",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="requests_app.askeddocument",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(("asked", None), ("draft", None), _connector="OR"),
                name="nothing_in_a_draft_is_followed",
            ),
        ),
        migrations.AddField(
            model_name="askedevent",
            name="actor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="askedevent",
            name="asked",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="requests_app.askeddocument",
            ),
        ),
        migrations.AddField(
            model_name="outbox",
            name="asked_event",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="requests_app.askedevent",
            ),
        ),
        migrations.AddConstraint(
            model_name="outbox",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asked_event", None), ("event__isnull", False)),
                    models.Q(("asked_event__isnull", False), ("event", None)),
                    _connector="OR",
                ),
                name="a_mail_tells_of_one_step",
            ),
        ),
        migrations.AddIndex(
            model_name="askeddocument",
            index=models.Index(
                models.F("turn_since"),
                models.F("id"),
                condition=models.Q(("state", "received")),
                name="documents_to_review",
            ),
        ),
        migrations.AddIndex(
            model_name="askeddocument",
            index=models.Index(
                models.F("due_on"),
                models.F("id"),
                condition=models.Q(("state__in", ("asked", "to_correct"))),
                name="documents_owed_by_members",
            ),
        ),
        migrations.AddIndex(
            model_name="askeddocument",
            index=models.Index(models.F("first_received_at"), name="cohort_of_documents"),
        ),
        migrations.AddConstraint(
            model_name="askeddocument",
            constraint=models.UniqueConstraint(
                fields=("member_request", "number"),
                name="followed_documents_of_a_request_are_numbered",
            ),
        ),
        migrations.AddConstraint(
            model_name="askeddocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "contract",
                            "invoice",
                            "order_form",
                            "expenses",
                            "bank_statement",
                            "identity",
                            "activity",
                            "unemployment",
                            "arts_work",
                            "work_abroad",
                            "other",
                        ],
                    )
                ),
                name="kinds_of_documents_are_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="askeddocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["asked", "received", "to_correct", "checked", "refused", "not_needed"],
                    )
                ),
                name="states_of_documents_are_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="askeddocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("asked", "to_correct")), _negated=True),
                    ("due_on__isnull", False),
                    _connector="OR",
                ),
                name="what_a_member_owes_has_a_due_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="askeddocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ("to_correct", "refused")),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state__in", ("to_correct", "refused")), _negated=True),
                        ("reason", ""),
                    ),
                    _connector="OR",
                ),
                name="what_is_sent_back_or_refused_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="askeddocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["asked", "not_needed"]),
                    ("first_received_at__isnull", False),
                    _connector="OR",
                ),
                name="only_what_was_received_is_reviewed",
            ),
        ),
        migrations.AddConstraint(
            model_name="askeddocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first_received_at", None),
                    ("first_received_at__lte", models.F("turn_since")),
                    _connector="OR",
                ),
                name="no_turn_before_the_first_receipt",
            ),
        ),
        migrations.AddConstraint(
            model_name="askedevent",
            constraint=models.UniqueConstraint(
                fields=("asked", "position"), name="steps_of_a_document_are_numbered"
            ),
        ),
        migrations.AddConstraint(
            model_name="askedevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "action__in",
                        [
                            "ask",
                            "follow",
                            "receive",
                            "check",
                            "correct",
                            "refuse",
                            "drop",
                            "remind",
                        ],
                    )
                ),
                name="actions_on_documents_are_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="askedevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action__in", ["correct", "refuse", "remind"]), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="corrections_refusals_and_reminders_have_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="askedevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action__in", ["ask", "correct"]), _negated=True),
                    ("due_on__isnull", False),
                    _connector="OR",
                ),
                name="who_asks_says_until_when",
            ),
        ),
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER steps_of_documents_are_append_only ON requests_app_askedevent;"
            "DROP FUNCTION requests_app_keep_steps();",
        ),
    ]
