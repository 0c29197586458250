"""What was still open in a month is found by its closing, built while the desk goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("requests_app", "0015_consultations_and_undo_validated")]
    operations = [
        AddIndexConcurrently(
            "memberrequest", models.Index("office", "closed_at", name="closings_of_an_office")
        )
    ]
