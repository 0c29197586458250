"""The figures of finished waves, stored once."""

from django.db import migrations, models
from django.db.models.deletion import CASCADE


class Migration(migrations.Migration):
    dependencies = [("surveys", "0005_questionnaires_are_released")]

    operations = [
        migrations.CreateModel(
            name="WaveFigures",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.JSONField()),
                ("rule", models.PositiveSmallIntegerField()),
                ("mixed_at", models.DateTimeField()),
                ("stored_at", models.DateTimeField()),
                (
                    "wave",
                    models.OneToOneField(
                        on_delete=CASCADE, related_name="figures", to="surveys.wave"
                    ),
                ),
            ],
        ),
    ]
