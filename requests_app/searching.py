"""Searching requests: what was typed becomes stems, the stems find requests, and words are marked.

docs/adr/0010 says what is found, what is not, and why nothing leaks.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value, Window
from django.db.models.functions import Concat, Left, RowNumber

from branches.models import Office
from people.models import User
from requests_app.marking import WORD, Piece, fold, marked, snippet, words_of
from requests_app.models import MemberRequest, Message
from requests_app.querysets import MemberRequestQuerySet
from requests_app.search_models import SearchText

PAGE = 25
LONGEST = 200
WORDS_AT_MOST = 10
# Of a request with a long conversation, so many of its newest messages are looked at for a snippet.
MESSAGES_LOOKED_AT = 20
# So many requests are few enough to be named one by one.
FEW = 3000
SHORTEST_GUESSED = 4
GUESSES = 12
# So many letters at the end of a mistyped word may be an ending.
ENDING = 5
# PostgreSQL's list of French stop words lacks this one.
MORE_STOP_WORDS = frozenset({"les"})
# The index has spaces in their place as well.
_SEPARATORS = str.maketrans("<>/\\_", "     ")
# LG-4127, lg4127, and the same with a dash that a word processor made.
REFERENCE = re.compile(r"([a-z]{2,4})[-–‑]?(\d{1,12})")
STEMS = """
SELECT word,
    tsvector_to_array(to_tsvector('requests_app_fr', word)),
    tsvector_to_array(to_tsvector('requests_app_nl', word)),
    tsvector_to_array(to_tsvector('requests_app_de', word)),
    tsvector_to_array(to_tsvector('requests_app_en', word)),
    tsvector_to_array(to_tsvector('requests_app_name', word))
FROM unnest(%s::text[]) word
"""
SIMILAR = "SELECT lexeme, word, requests FROM requests_app_similar_words(%s::text[])"
HITS = """
SELECT DISTINCT word FROM unnest(%s::text[], %s::text[]) typed (language, word)
WHERE tsvector_to_array(
    to_tsvector(('requests_app_' || language)::regconfig, word)
    || to_tsvector('requests_app_name', word)) && %s::text[]
"""


@dataclass(frozen=True)
class Word:
    """One typed word: the stems by which any of the four languages and names may hold it."""

    text: str
    stems: frozenset[str]
    is_common: bool = False


@dataclass(frozen=True)
class Term:
    """What stands between two spaces: words that must all be there, or the whole as it is."""

    words: tuple[Word, ...]
    literal: str = ""

    @property
    def query(self) -> str:
        """As a tsquery; empty when there is nothing to look for."""
        both = " & ".join(_any(word.stems) for word in self.words if word.stems)
        if not self.literal or (self.words and not both):
            return both
        return f"({_quoted(self.literal)} | ({both}))" if both else _quoted(self.literal)


@dataclass(frozen=True)
class Question:
    """What was typed, understood."""

    terms: tuple[Term, ...] = ()
    # Words so common that they are not looked for, and those beyond the tenth.
    common: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        return " & ".join(filter(None, (term.query for term in self.terms)))

    @property
    def stems(self) -> frozenset[str]:
        return frozenset().union(*(word.stems for term in self.terms for word in term.words))

    @property
    def literals(self) -> frozenset[str]:
        return frozenset(term.literal for term in self.terms if term.literal)


@dataclass(frozen=True)
class Place:
    """After which result a page begins: results are ordered by arrival, the newest first."""

    submitted_at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{(self.submitted_at - _EPOCH) // timedelta(microseconds=1)}-{self.pk}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """The place that an address names; None, the beginning, when it names none."""
        since, _dash, pk = text.partition("-")
        try:
            return cls(_EPOCH + timedelta(microseconds=int(since)), int(pk))
        except (ValueError, OverflowError):
            return None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Result:
    """One request that was found, with the words marked."""

    member_request: MemberRequest
    subject: list[Piece]
    member: list[Piece]
    # Around a word in a message; empty where only subject or name hold it, and in private requests.
    snippet: list[Piece]
    is_reference: bool = False


@dataclass(frozen=True)
class Found:
    """A page of results, and after which place the next one begins."""

    question: Question = field(default_factory=Question)
    results: list[Result] = field(default_factory=list)
    next: Place | None = None
    # Nothing held what was typed: these hold words that are written nearly so.
    is_similar: bool = False


def search(
    text: str, *, reader: User, on: date, after: Place | None = None, similar: bool = False
) -> Found:
    """At most 25 requests that this reader may see on this day, the newest first; 5 to 8 queries.

    A request whose reference was typed comes before all others. When nothing holds the words as
    they were typed, requests with similar words are searched. `similar` goes on doing so.
    """
    question = understood(text)
    if not question.query:
        return Found(question)
    visible = MemberRequest.objects.visible_to(reader, on=on)
    if not similar:
        found = _page(visible, question, reader=reader, after=after)
        if found.results or after:
            return found
    guessed = with_similar_words(question)
    return replace(_page(visible, guessed, reader=reader, after=after), is_similar=True)


def understood(text: str) -> Question:
    """Read what was typed; 1 query. Signs of query languages mean nothing here: only words do."""
    text = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode().replace("\0", " "))
    typed = [chunk for chunk in text.translate(_SEPARATORS).split() if WORD.search(chunk)]
    chunks, beyond = typed[:WORDS_AT_MOST], typed[WORDS_AT_MOST:]
    known = _stems({word for chunk in chunks for word in words_of(chunk)})
    terms = tuple(_term(chunk, known) for chunk in chunks)
    common = (word.text for term in terms for word in term.words if word.is_common)
    return Question(terms, tuple(dict.fromkeys(common)), tuple(beyond))


def _stems(words: Iterable[str]) -> dict[str, Word]:
    with connection.cursor() as cursor:
        cursor.execute(STEMS, [sorted(words)])
        return {text: _word(text, *stems) for text, *stems in cursor.fetchall()}


def _word(text: str, *stems: list[str]) -> Word:
    # A stop word of one language is in no text of that language: it cannot be asked for.
    is_common = not all(stems) or text in MORE_STOP_WORDS or (len(text) == 1 and text.isalpha())
    return Word(text, frozenset() if is_common else frozenset().union(*stems), is_common)


def _term(chunk: str, known: dict[str, Word]) -> Term:
    """A reference, an address or anything with signs inside is looked for as a whole as well."""
    whole = fold(chunk).strip(".,;:!?()[]{}<>«»“”\"'|&*%\\")
    reference = REFERENCE.fullmatch(whole)
    if reference:
        prefix, number = reference.groups()
        mentioned = Word(f"{prefix} {number}", frozenset({f"-{number}"}))
        return Term((mentioned,), f"{prefix}-{number}")
    if "@" in whole.strip("@"):
        return Term((), whole)
    words = tuple(known[word] for word in words_of(chunk) if word in known)
    return Term(words, "" if WORD.fullmatch(whole) else whole)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _any(lexemes: Iterable[str]) -> str:
    return f"({' | '.join(map(_quoted, sorted(lexemes)))})"


def with_similar_words(question: Question) -> Question:
    """The same question, with words that differ by one or two letters beside each; 1 query."""
    stems = sorted(s for s in question.stems if len(s) >= SHORTEST_GUESSED and s.isalpha())
    near: dict[str, list[tuple[int, int, str]]] = {stem: [] for stem in stems}
    with connection.cursor() as cursor:
        cursor.execute(SIMILAR, [stems])
        for stem, word, requests in cursor.fetchall():
            far = _apart(stem, word)
            if far <= (1 if len(stem) <= 5 else 2):
                near[stem].append((far, -requests, word))
    return replace(question, terms=tuple(_guessed(term, near) for term in question.terms))


def _guessed(term: Term, near: dict[str, list[tuple[int, int, str]]]) -> Term:
    def guessed(word: Word) -> Word:
        best = sorted(each for stem in word.stems for each in near.get(stem, ()))[:GUESSES]
        return replace(word, stems=word.stems | {text for _far, _often, text in best})

    return replace(term, words=tuple(map(guessed, term.words)))


def _apart(typed: str, known: str) -> int:
    """The typing errors between them; an ending that kept its own stem from showing counts one."""
    to_beginnings = typing_errors(known, typed)
    endings = to_beginnings[-ENDING - 1 : -1]
    return min(to_beginnings[-1], 1 + min(endings, default=ENDING))


def typing_errors(one: str, other: str) -> list[int]:
    """How many typing errors lie between `one` and each beginning of `other`, from "" to the whole.

    Letters to add, leave out, change, or swap with their neighbour (Damerau 1964, restricted to
    optimal string alignment): O(n·m), for words of at most some forty letters.
    """
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1]


def _holds(words: str, query: str) -> Func:
    # PostgreSQL reads the lexemes as they are: they are stems already.
    return Func(
        F(words),
        Value(query),
        template="(%(expressions)s::tsquery)",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


def _page(
    visible: MemberRequestQuerySet, question: Question, *, reader: User, after: Place | None
) -> Found:
    matching = _matching(visible, question.query)
    first = [] if after else list(_named(visible, question))
    if after:
        matching = matching.filter(submitted_at__lte=after.submitted_at).exclude(
            submitted_at=after.submitted_at, pk__gte=after.pk
        )
    if first:
        matching = matching.exclude(pk__in=[one.pk for one in first])
    found = list(_rows(matching)[: PAGE + 1])
    shown = found[:PAGE]
    last = Place(shown[-1].submitted_at, shown[-1].pk) if len(found) > PAGE else None
    return Found(question, _results(first, shown, question, reader=reader), last)


def _matching(visible: MemberRequestQuerySet, query: str) -> MemberRequestQuerySet:
    """What of these holds the words; 1 query.

    PostgreSQL takes words for independent of each other, and would walk through a whole office for
    a name and a subject that hardly ever meet. So the few are looked up first; of many, the newest
    are found soon by going back from today.
    """
    hits = SearchText.objects.annotate(holds=_holds("words", query)).filter(holds=True)
    keys = list(hits.values_list("pk", flat=True)[: FEW + 1])
    if len(keys) <= FEW:
        return visible.filter(pk__in=keys)
    return visible.filter(_holds("search_text__words", query))


def _rows(requests: MemberRequestQuerySet) -> QuerySet[MemberRequest]:
    return requests.select_related("branch", "adviser", "member__user").order_by(
        "-submitted_at", "-pk"
    )


def _named(visible: MemberRequestQuerySet, question: Question) -> Iterable[MemberRequest]:
    """The requests whose reference was typed, with or without its letters."""
    if len(question.terms) != 1:
        return ()
    (term,) = question.terms
    if REFERENCE.fullmatch(term.literal):
        return _rows(visible.filter(reference=term.literal.upper()))
    number = term.words[0].text if len(term.words) == 1 and not term.literal else ""
    if not number.isdecimal():
        return ()
    references = Office.objects.values_list(Concat("reference_prefix", Value(f"-{number}")))
    return _rows(visible.filter(reference__in=references))


def _results(
    first: Sequence[MemberRequest],
    others: Sequence[MemberRequest],
    question: Question,
    *,
    reader: User,
) -> list[Result]:
    """The rows with their marks; 2 queries, whatever their number."""
    rows = [*first, *others]
    # What is private is read in the request itself, where each opening is recorded.
    texts = _texts([row for row in rows if not row.is_sensitive], reader=reader)
    hits = _hits(rows, texts, question.stems)
    literals = question.literals
    return [
        Result(
            member_request=row,
            subject=marked(row.subject, hits, literals),
            member=marked(row.member.user.name, hits, literals),
            snippet=_best([snippet(text, hits, literals) for text in texts.get(row.pk, ())]),
            is_reference=place < len(first),
        )
        for place, row in enumerate(rows)
    ]


def _best(snippets: Sequence[list[Piece]]) -> list[Piece]:
    """The one with the most different words; of several, the newest, which comes first."""
    return max(
        snippets,
        key=lambda pieces: len({piece.text.casefold() for piece in pieces if piece.is_hit}),
        default=[],
    )


def _texts(rows: Sequence[MemberRequest], *, reader: User) -> dict[int, list[str]]:
    newest = Window(
        RowNumber(), partition_by="member_request", order_by=[F("sent_at").desc(), F("id").desc()]
    )
    messages: QuerySet[Message, Any] = (
        Message.objects.readable_by(reader)
        .filter(member_request__in=[row.pk for row in rows])
        .annotate(place=newest)
        .filter(Q(place__lte=MESSAGES_LOOKED_AT))
        .order_by("member_request", "place")
        .values_list("member_request_id", Left("body", 20_000))
    )
    texts: dict[int, list[str]] = {}
    for key, body in messages:
        texts.setdefault(key, []).append(body)
    return texts


def _hits(
    rows: Sequence[MemberRequest], texts: dict[int, list[str]], stems: frozenset[str]
) -> frozenset[str]:
    """Which of the words on the page are what was searched; the database knows the stems."""
    beginnings = {stem[:2] for stem in stems}
    seen = {
        (row.language, word)
        for row in rows
        for text in (row.subject, row.member.user.name, *texts.get(row.pk, ()))
        for word in set(words_of(text))
        if fold(word)[:2] in beginnings
    }
    pairs = sorted(seen)
    with connection.cursor() as cursor:
        languages, words = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        cursor.execute(HITS, [languages, words, sorted(stems)])
        return frozenset(word for (word,) in cursor.fetchall())
