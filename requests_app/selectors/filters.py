"""A view of the desk, narrowed by topic, language, whose it is and whose turn: one short text.

`answer~topic-vat_rates~lang-de~who-mine` stands in addresses and forms wherever a view does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Count
from django.utils.translation import gettext as _

from branches.models import LANGUAGES
from requests_app.selectors.queue import REVIEW, Desk, View, views_of

# What may be asked beside the view: by name in the key, each value with what holds then.
WHO: Mapping[str, Mapping[str, object]] = {"mine": {"is_mine": True}, "nobody": {"is_taken": False}}
TURN: Mapping[str, Mapping[str, object]] = {
    "ours": {"member_waits": True},
    "member": {"is_waiting": True},
}
KEY_LENGTH = 120


@dataclass(frozen=True)
class Filter:
    """What an address asks for: a view by its key, and what narrows it; "" where nothing does."""

    view: str
    topic: str = ""
    lang: str = ""
    who: str = ""
    turn: str = ""

    @classmethod
    def read(cls, key: str) -> "Filter | None":
        """The filter that a key names; None when it names none."""
        view, *parts = key[: KEY_LENGTH + 1].split("~")
        named = dict(part.partition("-")[::2] for part in parts)
        known = named.keys() <= {"topic", "lang", "who", "turn"} and len(named) == len(parts)
        if not known or len(key) > KEY_LENGTH or "\x00" in key:
            return None
        found = cls(view, **named)
        is_right = (
            found.lang in {"", *LANGUAGES} and found.who in {"", *WHO} and found.turn in {"", *TURN}
        )
        return found if is_right else None

    def __str__(self) -> str:
        said = {name: getattr(self, name) for name in ("topic", "lang", "who", "turn")}
        return "~".join([self.view, *(f"{name}-{value}" for name, value in said.items() if value)])

    @property
    def is_narrow(self) -> bool:
        return bool(self.topic or self.lang or self.who or self.turn)


def narrowed(desk: Desk, key: str, *, title: str = "", as_key: str = "") -> View | None:
    """The view that a key names at this desk; None where there is none."""
    asked = Filter.read(key)
    if asked is None:
        return None
    base = next((one for one in views_of(desk) if one.key == asked.view), None)
    if base is None or (asked.is_narrow and base.key == REVIEW):
        return None
    if not asked.is_narrow and not title:
        return base
    where: dict[str, object] = dict(base.where)
    words = [base.title]
    if asked.topic:
        topic = desk.topics.get(asked.topic)
        if topic is None:
            return None
        where["topic_id"] = topic.pk
        words.append(topic.title)
    if asked.lang:
        where["language"] = asked.lang
        words.append(asked.lang.upper())
    where.update(WHO.get(asked.who, {}))
    where.update(TURN.get(asked.turn, {}))
    words += [str(text) for text in (_words(asked.who), _words(asked.turn)) if text]
    return replace(
        base,
        key=as_key or str(asked),
        title=title or " · ".join(words),
        where=where,
        branch=None,
        is_urgent=False,
        # Who waits for the member is never among those who wait for us.
        members_wait=base.members_wait and asked.turn != "member",
    )


def saved_of(desk: Desk) -> list[View]:
    """The views that this adviser has named; one that this desk no longer has is left out."""
    found = [
        narrowed(desk, one.key, title=one.name, as_key=f"saved-{one.pk}") for one in desk.saved
    ]
    return [view for view in found if view]


def view_named(desk: Desk, key: str) -> View | None:
    """The view of this key: one of the desk, one that was named, or one narrowed just now."""
    if key.startswith("saved-"):
        return next((view for view in saved_of(desk) if view.key == key), None)
    return narrowed(desk, key)


def counted_apart(desk: Desk, views: Sequence[View]) -> list[View]:
    """These views with how many requests each holds, from 1 query; none where there are none."""
    if not views:
        return []
    counts = {
        f"view_{place}": Count("pk", filter=desk.condition(view))
        for place, view in enumerate(views)
    }
    numbers = desk.living.aggregate(**counts)
    return [replace(view, count=numbers[f"view_{place}"]) for place, view in enumerate(views)]


def _words(code: str) -> str:
    return {
        "": "",
        "mine": _("Mine"),
        "nobody": _("Nobody has it"),
        "ours": _("It is our turn"),
        "member": _("Waiting for the member"),
    }[code]
