"""Links that outlive a change of the secret, waves given up, and who took which step."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0004_reminders_of_documents"),
        ("surveys", "0002_first_questionnaires"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EarlierLink",
            fields=[
                ("token_hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="WaveEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("draw", "Draw the sample"),
                            ("start", "Send the invitations"),
                            ("pause", "Pause"),
                            ("resume", "Go on"),
                            ("close", "Close now"),
                            ("abandon", "Abandon"),
                            ("retry", "Try again now"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="wave",
            name="one_wave_a_pilot_kind_and_month",
        ),
        migrations.RemoveConstraint(
            model_name="wave",
            name="waves_are_in_a_known_state",
        ),
        migrations.RemoveConstraint(
            model_name="wave",
            name="waves_that_were_sent_have_a_beginning_and_an_end",
        ),
        migrations.AddField(
            model_name="answer",
            name="is_complete",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="handed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="wave",
            name="forgotten_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="invitation",
            name="token_hash",
            field=models.CharField(max_length=64, null=True, unique=True),
        ),
        migrations.AlterField(
            model_name="wave",
            name="state",
            field=models.CharField(
                choices=[
                    ("planned", "Planned"),
                    ("drawn", "Drawn"),
                    ("running", "Running"),
                    ("paused", "Paused"),
                    ("closed", "Closed"),
                    ("abandoned", "Abandoned"),
                ],
                default="planned",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(
                models.F("handed_at"),
                condition=models.Q(("handed_at__isnull", False)),
                name="survey_mails_on_the_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="wave",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "abandoned"), _negated=True),
                fields=("pilot", "kind", "month"),
                name="one_wave_a_pilot_kind_and_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="wave",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["member", "adviser"]),
                    ("state__in", ["planned", "drawn", "running", "paused", "closed", "abandoned"]),
                ),
                name="waves_are_in_a_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="wave",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closes_at", None),
                        ("started_at", None),
                        ("state__in", ("planned", "drawn", "abandoned")),
                    ),
                    models.Q(
                        ("started_at__lt", models.F("closes_at")),
                        ("state__in", ["running", "paused", "closed"]),
                    ),
                    _connector="OR",
                ),
                name="waves_that_were_sent_have_a_beginning_and_an_end",
            ),
        ),
        migrations.AddField(
            model_name="earlierlink",
            name="invitation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="earlier_links",
                to="surveys.invitation",
            ),
        ),
        migrations.AddField(
            model_name="waveevent",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="waveevent",
            name="wave",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="surveys.wave",
            ),
        ),
        migrations.AddConstraint(
            model_name="waveevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("step__in", ["draw", "start", "pause", "resume", "close", "abandon", "retry"])
                ),
                name="waves_take_known_steps",
            ),
        ),
        migrations.AddConstraint(
            model_name="waveevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("by__isnull", False), ("step", "close"), _connector="OR"),
                name="time_only_closes_waves",
            ),
        ),
    ]
