"""Saved answers as they are chosen at the desk, and as they are looked after."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime

from branches.models import LANGUAGES, Branch
from people.models import User
from requests_app.drafts import SAVED_ANSWER, number_in
from requests_app.models import Draft, MemberRequest
from requests_app.patience import reply_expected_by
from requests_app.placeholders import fill
from requests_app.saved_models import SavedAnswer, SavedAnswerText

# For previews: every other value is a name or a number.
SUBJECTS = {
    "fr": "TVA en France",
    "nl": "Btw in Frankrijk",
    "de": "MwSt. in Frankreich",
    "en": "VAT in France",
}


@dataclass(frozen=True)
class Offered:
    """One saved answer for one request: in the member's language, or the nearest to it."""

    key: int
    title: str
    branch: Branch
    language: str
    is_fallback: bool
    text: str = ""


def in_language(texts: Iterable[SavedAnswerText], wanted: Sequence[str]) -> SavedAnswerText | None:
    """The text in the first of these languages that there is, then in any of the four."""
    by_language = {text.language: text for text in texts}
    for language in (*wanted, *LANGUAGES):
        if language in by_language:
            return by_language[language]
    return None


def _for_request(member_request: MemberRequest, branch: Branch | None) -> QuerySet[SavedAnswer]:
    """Those of its branch and of the adviser's own; all of them where there is neither."""
    keys = {key for key in (member_request.branch_id, branch and branch.pk) if key}
    own = Q(branch__in=keys) if keys else Q()
    return SavedAnswer.objects.filter(own)


def offered(
    member_request: MemberRequest, *, branch: Branch | None, reader: User, at: datetime
) -> list[Offered]:
    """The saved answers for this request, filled in, its own branch first; 2 queries and a few."""
    values: dict[str, Mapping[str, str]] = {}
    found = []
    answers = _for_request(member_request, branch).select_related("branch")
    for one in answers.prefetch_related("texts").order_by("branch__position", "pk"):
        text = in_language(one.texts.all(), _languages_of(member_request))
        if text is None:
            continue
        language = text.language
        if language not in values:
            values[language] = places(member_request, language=language, by=reader, at=at)
        found.append(_offered(one, text, member_request, values[language]))
    return sorted(found, key=lambda one: one.branch.pk != member_request.branch_id)


def titles_offered(member_request: MemberRequest, *, branch: Branch | None) -> list[Offered]:
    """The same without their texts, for a list to choose from; 1 query."""
    texts = (
        SavedAnswerText.objects.filter(saved_answer__in=_for_request(member_request, branch))
        .select_related("saved_answer__branch")
        .defer("body")
        .order_by("saved_answer__branch__position", "saved_answer", "language")
    )
    found = [
        _offered(one, text, member_request, None)
        for one, group in groupby(texts, key=lambda text: text.saved_answer)
        if (text := in_language(group, _languages_of(member_request)))
    ]
    return sorted(found, key=lambda one: one.branch.pk != member_request.branch_id)


def _languages_of(member_request: MemberRequest) -> tuple[str, str]:
    """First the member's own, then the one in which they wrote."""
    return (member_request.member.user.language, member_request.language)


def _offered(
    one: SavedAnswer,
    text: SavedAnswerText,
    member_request: MemberRequest,
    values: Mapping[str, str] | None,
) -> Offered:
    return Offered(
        key=one.pk,
        title=text.title,
        branch=one.branch,
        language=text.language,
        is_fallback=text.language != member_request.member.user.language,
        text=fill(text.body, values) if values is not None else "",
    )


def places(
    member_request: MemberRequest, *, language: str, by: User, at: datetime
) -> Mapping[str, str]:
    """What is filled into an answer to this request, in the language of the answer."""
    expected = reply_expected_by(office=member_request.office, at=at)
    return {
        "first_name": member_request.member.user.get_short_name(),
        "reference": member_request.reference,
        "subject": member_request.subject,
        "adviser": by.name,
        "office": member_request.office.name,
        # Where nobody can say, the adviser sees a gap to fill.
        "reply_by": _day(expected, language) if expected else "…",
    }


def _day(day: date, language: str) -> str:
    with translation.override(language):
        return date_format(day, "DATE_FORMAT")


def sample(language: str, *, at: datetime) -> Mapping[str, str]:
    """Invented values for a preview."""
    return {
        "first_name": "Aline",
        "reference": "LI-20418",
        "subject": SUBJECTS[language],
        "adviser": "Inès Lambert",
        "office": "Liège",
        "reply_by": _day(localtime(at).date() + timedelta(days=21), language),
    }


@dataclass(frozen=True)
class Shelf:
    """The saved answers of one branch, each with the languages that it lacks."""

    branch: Branch
    answers: list[tuple[SavedAnswer, str, list[str]]]
    may_edit: bool


def shelves(*, language: str, editable: Sequence[Branch]) -> list[Shelf]:
    """All saved answers by branch, titled in this language, in 3 queries."""
    answers: dict[int, list[tuple[SavedAnswer, str, list[str]]]] = {}
    for one in SavedAnswer.objects.prefetch_related("texts").order_by("pk"):
        texts = list(one.texts.all())
        text = in_language(texts, (language,))
        there = {text.language for text in texts}
        missing = [code for code in LANGUAGES if code not in there]
        answers.setdefault(one.branch_id, []).append((one, text.title if text else "–", missing))
    return [
        Shelf(branch, answers.get(branch.pk, []), branch in editable)
        for branch in Branch.objects.order_by("position")
    ]


def answers_begun(user: User) -> set[int | None]:
    """The answers of which this person has a draft; None stands for a new one. 1 query."""
    places = Draft.objects.filter(
        author=user, member_request=None, place__startswith=SAVED_ANSWER
    ).values_list("place", flat=True)
    return {number_in(place) for place in places}
