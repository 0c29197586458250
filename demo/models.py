"""The mailbox of the demo: what would have been sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DemoMail(models.Model):
    """One mail that the demo kept instead of sending it."""

    sent_at = models.DateTimeField(auto_now_add=True)
    recipient = models.CharField(max_length=254, db_index=True)
    subject = models.CharField(max_length=300)
    body = models.TextField()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")

    def __str__(self) -> str:
        return self.subject
