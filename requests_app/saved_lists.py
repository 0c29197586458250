"""An adviser names a list to come back to: at most a dozen, each name once."""

from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from people.models import User
from requests_app.saved_models import VIEWS_A_PERSON, SavedView


class SavedViewRefused(Exception):
    """Nothing was stored. The text says why, in the person's language."""


def _refuse_double(name: str, *, by: User, but: int | None = None) -> None:
    same = SavedView.objects.annotate(small=Lower("name")).filter(owner=by, small=name.lower())
    if (same.exclude(pk=but) if but else same).exists():
        raise SavedViewRefused(_("You have a view of this name already."))


@transaction.atomic
def save_view(*, by: User, name: str, key: str) -> SavedView:
    """Store the list of this key under a name, in the first free place. Raises SavedViewRefused."""
    # Two tabs of one person wait for each other; the constraints hold whatever happens.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    _refuse_double(name, by=by)
    taken = set(by.saved_views.values_list("position", flat=True))
    free = [place for place in range(1, VIEWS_A_PERSON + 1) if place not in taken]
    if not free:
        raise SavedViewRefused(
            _("You have %(number)s views already: delete one first.") % {"number": VIEWS_A_PERSON}
        )
    return SavedView.objects.create(owner=by, name=name, key=key, position=free[0])


@transaction.atomic
def rename_view(*, saved_view: SavedView, by: User, name: str) -> None:
    """Give a view of one's own another name. Raises SavedViewRefused."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    _refuse_double(name, by=by, but=saved_view.pk)
    SavedView.objects.filter(pk=saved_view.pk, owner=by).update(name=name)


def delete_view(*, saved_view: SavedView, by: User) -> None:
    """Forget a view of one's own; its requests stay where they are."""
    SavedView.objects.filter(pk=saved_view.pk, owner=by).delete()
