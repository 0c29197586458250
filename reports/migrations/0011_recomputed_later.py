from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0010_inputs_are_watched"),
    ]

    operations = [
        migrations.AddField(
            model_name="periodfigures",
            name="recomputed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="sidereport",
            name="recomputed_at",
            field=models.DateTimeField(null=True),
        ),
    ]
