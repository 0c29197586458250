"""Which of the answers that are stored already are complete."""

from typing import Any

from django.db import migrations

from surveys.questionnaires import parse

BATCH = 2_000


def mark(apps: Any, _schema_editor: Any) -> None:
    answers = apps.get_model("surveys", "Answer").objects
    for wave in apps.get_model("surveys", "Wave").objects.select_related("questionnaire"):
        form = parse(wave.questionnaire.content)
        partial = []
        for answer in answers.filter(wave=wave).iterator(chunk_size=BATCH):
            if not form.is_complete(answer.choices):
                answer.is_complete = False
                partial.append(answer)
        answers.bulk_update(partial, ["is_complete"], batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("surveys", "0003_links_that_last_and_steps_that_are_noted")]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
