"""The forms of documents and of saved answers keep drafts of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0016_closings_of_an_office")]
    operations = [
        migrations.AddField(
            "draft", "place", models.CharField(db_default="", default="", max_length=30)
        ),
        # The new one first: at no moment may a person have two drafts of the same form.
        migrations.AddConstraint(
            "draft",
            models.UniqueConstraint(
                fields=["author", "member_request", "place"],
                name="one_draft_a_person_and_form",
                nulls_distinct=False,
            ),
        ),
        migrations.RemoveConstraint("draft", "one_draft_a_person_and_request"),
    ]
