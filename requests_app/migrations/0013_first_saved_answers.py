"""Twelve saved answers to begin with, three for each branch, in the four languages."""

import json
from pathlib import Path

from django.db import migrations
from django.utils import timezone


def fill_in(apps, _schema_editor):
    Branch = apps.get_model("branches", "Branch")
    SavedAnswer = apps.get_model("requests_app", "SavedAnswer")
    SavedAnswerText = apps.get_model("requests_app", "SavedAnswerText")
    path = Path(__file__).parent.parent / "data" / "saved_answers.json"
    branches = {branch.code: branch for branch in Branch.objects.all()}
    for row in json.loads(path.read_text("utf-8")):
        answer = SavedAnswer.objects.create(
            branch=branches[row["branch"]], changed_at=timezone.now()
        )
        SavedAnswerText.objects.bulk_create(
            SavedAnswerText(saved_answer=answer, language=language, **words)
            for language, words in row["texts"].items()
        )


class Migration(migrations.Migration):
    dependencies = [
        ("requests_app", "0012_saved_answers_and_views"),
        ("branches", "0003_recall_and_close_after_days"),
    ]
    operations = [migrations.RunPython(fill_in, migrations.RunPython.noop)]
