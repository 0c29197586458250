"""Each opening of a private request, append only by the database itself."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = """
CREATE FUNCTION requests_app_keep_openings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'openings are append only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER openings_are_append_only BEFORE UPDATE OR DELETE ON requests_app_opening
    FOR EACH ROW EXECUTE FUNCTION requests_app_keep_openings();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0005_known_actions_validated"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        choices=[("request", "The request"), ("document", "A document")],
                        default="request",
                        max_length=10,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                (
                    "member_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="requests_app.memberrequest",
                    ),
                ),
                (
                    "reader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "opening",
                "verbose_name_plural": "openings",
                "indexes": [
                    models.Index(
                        fields=["member_request", "-opened_at", "-id"], name="openings_of_a_request"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("part__in", ["request", "document"])),
                        name="opened_parts_are_known",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER openings_are_append_only ON requests_app_opening;"
            "DROP FUNCTION requests_app_keep_openings();",
        ),
    ]
