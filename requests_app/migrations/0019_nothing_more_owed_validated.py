from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Look at the old rows in a transaction of its own: nobody waits for it."""

    dependencies = [("requests_app", "0018_nothing_more_owed")]

    operations = [ValidateConstraint(model_name="requestevent", name="actions_are_known")]
