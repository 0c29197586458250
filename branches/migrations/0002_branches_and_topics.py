"""The four branches and their 53 topics, as they were named when the pilot began."""

import json
from pathlib import Path

from django.db import migrations

LANGUAGES = ("fr", "nl", "de", "en")
CONFIDENTIAL = {"support"}


def _data():
    return json.loads((Path(__file__).parent.parent / "data" / "topics.json").read_text("utf-8"))


def fill_in(apps, _schema_editor):
    Branch = apps.get_model("branches", "Branch")
    Topic = apps.get_model("branches", "Topic")
    data = _data()
    for position, row in enumerate(data["branches"], start=1):
        branch = Branch.objects.create(
            code=row["code"],
            names={language: row[language] for language in LANGUAGES},
            invitations=row["invitations"],
            examples=row["examples"],
            position=position,
            is_confidential=row["code"] in CONFIDENTIAL,
        )
        Topic.objects.bulk_create(
            Topic(
                code=topic["code"],
                branch=branch,
                titles=topic["title"],
                keywords=topic["keywords"],
                may_contain_sensitive_data=topic["may_contain_sensitive_data"],
                is_deadline_bound=topic["deadline_bound"],
                position=place,
            )
            for place, topic in enumerate(data["topics"][row["code"]], start=1)
        )


class Migration(migrations.Migration):
    dependencies = [("branches", "0001_initial")]
    operations = [migrations.RunPython(fill_in, migrations.RunPython.noop)]
