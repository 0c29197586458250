from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branches", "0003_recall_and_close_after_days"),
    ]

    operations = [
        migrations.AddField(
            model_name="office",
            name="remind_days_after_due",
            field=models.PositiveSmallIntegerField(
                db_default=3,
                default=3,
                help_text="Calendar days; 0 sends no reminder after the due date.",
                verbose_name="remind of documents, days after they were due",
            ),
        ),
        migrations.AddField(
            model_name="office",
            name="remind_days_before_due",
            field=models.PositiveSmallIntegerField(
                db_default=2,
                default=2,
                help_text="Calendar days; 0 sends no reminder before the due date.",
                verbose_name="remind of documents, days before they are due",
            ),
        ),
        migrations.AddConstraint(
            model_name="office",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("remind_days_after_due__lte", 60), ("remind_days_before_due__lte", 60)
                ),
                name="members_are_reminded_within_two_months_of_the_due_date",
                violation_error_message="Remind at most 60 days before or after.",
            ),
        ),
    ]
