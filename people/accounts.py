"""What changes a person's account."""

from people.models import User


def choose_language(*, user: User, language: str) -> None:
    """Store the language in which this person reads pages and mail."""
    User.objects.filter(pk=user.pk).update(language=language)
