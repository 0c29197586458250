"""What an adviser has typed and not sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from branches.models import LANGUAGES
from people.models import User
from requests_app.drafts import REVIEW, SAVED_ANSWER, number_in
from requests_app.models import Document, Draft, MemberRequest


@dataclass(frozen=True)
class Kept:
    """One draft: where it belongs, and its texts with their names."""

    key: int
    saved_at: datetime
    reference: str
    subject: str
    is_readable: bool
    texts: list[tuple[str, str]]
    documents: list[Document]
    # The number of the document beside whose review it was typed.
    reviewed: int | None = None
    # Whether it is the text of a saved answer, and of which; None: of a new one.
    is_saved_answer: bool = False
    saved_answer: int | None = None


def drafts_of(author: User, *, on: date) -> list[Kept]:
    """All drafts of this adviser, the newest first, in 3 queries and the posting.

    Of a request that they may no longer read they see the reference and their own words.
    """
    drafts = list(
        Draft.objects.filter(author=author)
        .select_related("member_request")
        .prefetch_related("documents")
        .order_by("-saved_at", "-pk")
    )
    visible = MemberRequest.objects.visible_to(author, on=on).filter(
        pk__in=[draft.member_request_id for draft in drafts]
    )
    readable = set(visible.values_list("pk", flat=True))
    found = [_kept(draft, is_readable=draft.member_request_id in readable) for draft in drafts]
    return [one for one in found if one.texts or one.documents]


def _kept(draft: Draft, *, is_readable: bool) -> Kept:
    member_request, number = draft.member_request, number_in(draft.place)
    is_saved_answer = draft.place.startswith(SAVED_ANSWER)
    return Kept(
        key=draft.pk,
        saved_at=draft.saved_at,
        reference=member_request.reference if member_request else "",
        subject=member_request.subject if member_request and is_readable else "",
        is_readable=is_readable,
        texts=_texts(draft.fields),
        documents=list(draft.documents.all()),
        reviewed=number if draft.place.startswith(REVIEW) else None,
        is_saved_answer=is_saved_answer,
        saved_answer=number if is_saved_answer else None,
    )


def _texts(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """The texts of a draft by the names of their boxes; choices and empty boxes left out."""
    names = {
        "find": _("Member"),
        "subject": _("Subject"),
        "body": _("Answer"),
        "answer": _("Answer"),
        "note": _("Internal note"),
        "ask_document-line": _("A line to the member"),
        "check-line": _("A line to the member"),
        "correct-line": _("A line to the member"),
        "refuse-line": _("A line to the member"),
        "transfer-sentence": _("In your own words to the member"),
        "consult-question": _("Your question"),
        "advise-advice": _("Our view"),
    }
    if "subject" in fields:
        names["body"] = _("What the member said")
    texts = []
    for name, text in fields.items():
        box = names.get(name) or _name_of_box(name)
        if box and text.strip():
            texts.append((box, text))
    return texts


def _name_of_box(name: str) -> str:
    """A line of a menu, or the box of a saved answer in one language; "" for a choice."""
    if name.endswith("-line"):
        return _("A line for your colleagues")
    kind, _sign, language = name.rpartition("_")
    boxes = {"title": _("Title"), "body": _("Text")}
    return f"{boxes[kind]} ({language.upper()})" if kind in boxes and language in LANGUAGES else ""
