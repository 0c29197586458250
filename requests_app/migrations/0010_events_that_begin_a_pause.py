"""An index that finds the few requests that ever waited for their member or were reopened."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The table is large, and people go on writing to it meanwhile.
    atomic = False
    dependencies = [("requests_app", "0009_readings")]
    operations = [
        AddIndexConcurrently(
            model_name="requestevent",
            index=models.Index(
                "member_request",
                condition=models.Q(action__in=["wait", "reopen"]),
                name="events_that_begin_a_pause",
            ),
        ),
    ]
