"""The search: what it finds in four languages, what it never tells, and what it costs."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from people.models import User
from requests_app import transitions
from requests_app.marking import fold, marked, snippet
from requests_app.models import MemberRequest, Message, SearchText, SearchWord
from requests_app.search_index import gather_words, indexed_at_the_end
from requests_app.searching import PAGE, Found, Place, search, typing_errors, understood
from tests.factories import (
    NOW,
    TODAY,
    MemberFactory,
    OfficeFactory,
    UserFactory,
    a_request,
    an_adviser,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line")


def _search(text: str, reader: User, **kwargs: Any) -> Found:
    return search(text, reader=reader, on=TODAY, **kwargs)


def _finds(text: str, reader: User) -> list[str]:
    return [result.member_request.reference for result in _search(text, reader).results]


def _ask(client: Client, adviser: User, **query: str) -> HttpResponse:
    client.force_login(adviser)
    with time_machine.travel(NOW, tick=False), translation.override("en"):
        return client.get(reverse("requests_app:search"), query)


def _bytes(response: HttpResponse) -> bytes:
    """The page but for the token of its forms, which is new each time."""
    return re.sub(rb'(csrfmiddlewaretoken" value=|x-csrftoken": )"\w+"', b"", response.content)


def _written(text: str, language: str = "fr") -> MemberRequest:
    member = MemberFactory(user=UserFactory(language=language, name="Aline Dumont"))
    return a_request(member=member, body=text, topic_code="account_access")


@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [
        ("fr", "J'attends mes attestations de Liège.", "attestation liege"),
        ("fr", "J'attends mes attestations de Liege.", "LIÈGE l'attestation"),
        ("fr", "Les contrats sont signés.", "les contrats"),
        ("fr", "Mon œuvre est déposée.", "oeuvre"),
        ("nl", "Ik wacht op twee rekeningen.", "rekening"),
        ("de", "Die Verträge fehlen noch.", "vertrag"),
        ("en", "I am still waiting for my invoices.", "Invoice waiting"),
        ("fr", "Il reste 1.250 euros et le C4.", "1.250 c4"),
        ("fr", "Prenons rendez-vous mardi.", "rendez-vous"),
        ("fr", "Écrivez à Zoé <z.d@example.net>.", "z.d@example.net"),
        ("fr", "Une facture et/ou un contrat/avenant.", "avenant contrat"),
        # A word as it was written is found whatever the language of the request.
        ("fr", "De bedragen kloppen niet.", "bedragen"),
    ],
)
def test_words_are_found_in_four_languages(
    adviser: User, language: str, text: str, typed: str
) -> None:
    _written("Rien de tout cela.")
    wanted = _written(text, language)
    assert _finds(typed, adviser) == [wanted.reference]


def test_every_word_must_be_there_wherever_it_stands(adviser: User) -> None:
    member_request = _written("Une question de TVA.")
    transitions.note(
        member_request=member_request, by=adviser, at=NOW, version=1, body="Voir Namur",
        key=uuid4(),
    )  # fmt: skip
    assert _finds("dumont tva namur connecter", adviser) == [member_request.reference]
    assert _finds("dumont tva charleroi", adviser) == []


def test_a_reference_comes_first_in_any_spelling(adviser: User) -> None:
    wanted = a_request(at=NOW - timedelta(days=30))
    number = wanted.reference.split("-")[1]
    mentions = a_request(body=f"Comme dans {wanted.reference}, montant {number}.")
    for typed in (wanted.reference, wanted.reference.lower(), wanted.reference.replace("-", "")):
        assert _finds(typed, adviser) == [wanted.reference, mentions.reference]
    found = _search(number, adviser).results
    assert [one.is_reference for one in found] == [True, False]


def test_a_member_is_found_by_name_number_and_whole_address(adviser: User) -> None:
    member = MemberFactory(
        user=UserFactory(name="Zoë van Damme", email="zoe.v@example.org"), number="M-778"
    )
    reference = a_request(member=member).reference
    a_request()
    for typed in ("zoe", "van damme", "m-778", "zoe.v@example.org", "Zoe.V@Example.org"):
        assert _finds(typed, adviser) == [reference]
    assert _finds("zoe.v@example", adviser) == []


@pytest.mark.parametrize(
    "typed", ["atestation", "attestaiton", "Dumnt atestation", "connectre", "dumnot"]
)
def test_typing_errors_are_tolerated_and_said(adviser: User, typed: str) -> None:
    reference = _written("Mon attestation manque.").reference
    gather_words()
    found = _search(typed, adviser)
    assert found.is_similar
    assert [one.member_request.reference for one in found.results] == [reference]
    (one,) = found.results
    assert any(piece.is_hit for piece in (*one.snippet, *one.subject, *one.member))


def test_what_is_spelt_well_is_not_guessed(adviser: User) -> None:
    _written("Mon attestation manque.")
    gather_words()
    assert not _search("attestation", adviser).is_similar


def test_typing_errors_are_counted() -> None:
    assert typing_errors("contart", "contrat")[-1] == 1
    assert typing_errors("atestation", "attestation")[-1] == 1
    assert typing_errors("", "abc") == [0, 1, 2, 3]
    assert typing_errors("tva", "tva")[-1] == 0
    assert typing_errors("attest", "attestaiton")[6] == 0


# --- what nobody is told ----------------------------------------------------------------------


def test_what_may_not_be_read_is_not_found_in_any_way(client: Client) -> None:
    """The same bytes, whether or not an invisible request holds what is searched."""
    secret = a_request(topic_code="illness", body="Mon cancer avance, a.b@example.net.")
    assert secret.is_sensitive
    gather_words()
    outsider, insider = an_adviser("coop"), an_adviser("support")
    typed = ("cancer", "cancerr", secret.reference, secret.member.number, "a.b@example.net")
    for text in typed:
        assert _finds(text, insider) == [secret.reference]
    before = [_bytes(_ask(client, outsider, q=text)) for text in typed]
    Message.objects.update(body="x")
    MemberRequest.objects.update(subject="y", reference="LI-1")
    gather_words()
    assert before == [_bytes(_ask(client, outsider, q=text)) for text in typed]
    assert b"LI-" not in before[0]


def test_another_office_and_former_postings_find_nothing() -> None:
    elsewhere = OfficeFactory(code="MONS", name="Mons", reference_prefix="MO")
    reference = _written("Un mot rare: anacoluthe.").reference
    for reader in (
        an_adviser(None, office=elsewhere),
        UserFactory(role="adviser"),
        UserFactory(role="manager"),
        MemberFactory().user,
    ):
        assert _finds("anacoluthe", reader) == []
        assert _finds(reference, reader) == []


def test_a_private_text_is_read_in_the_request_alone() -> None:
    a_request(topic_code="illness", body="Un mot rare: anacoluthe.")
    (result,) = _search("anacoluthe", an_adviser("support")).results
    assert result.snippet == []


# --- what is indexed --------------------------------------------------------------------------


def test_an_erased_text_is_found_no_more(adviser: User) -> None:
    member_request = _written("Un mot rare: anacoluthe.")
    gather_words()
    Message.objects.update(body="Effacé.")
    MemberRequest.objects.update(subject="Effacé")
    User.objects.filter(pk=member_request.member.user_id).update(name="—", email="x@example.org")
    gather_words()
    for text in ("anacoluthe", "connecter", "dumont", "anacolute"):
        assert _finds(text, adviser) == []
    assert not SearchWord.objects.filter(word__startswith="anacol").exists()


def test_deleted_messages_new_names_numbers_and_languages_are_followed(adviser: User) -> None:
    member_request = _written("Les rekeningen.")
    assert _finds("rekening", adviser) == []
    MemberRequest.objects.update(language="nl")
    assert _finds("rekening", adviser) == [member_request.reference]
    member_request.member.number = "777"
    member_request.member.save()
    assert _finds("777", adviser) == [member_request.reference]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE requests_app_requestevent SET message_id = NULL WHERE false")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE requests_app_requestevent SET message_id = NULL")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    Message.objects.all().delete()
    assert _finds("rekening", adviser) == []


def test_a_bulk_load_is_indexed_at_its_end_and_the_same(adviser: User) -> None:
    _written("Mon attestation manque.")
    words = SearchText.objects.get().words
    SearchText.objects.all().delete()
    with indexed_at_the_end():
        pass
    assert SearchText.objects.get().words == words
    assert SearchWord.objects.filter(word="attest").exists()
    reference = _written("Encore un mot: anacoluthe.").reference
    assert _finds("anacoluthe", adviser) == [reference]


def test_a_very_long_conversation_is_indexed_by_its_newest_messages(adviser: User) -> None:
    member_request = _written("Premier mot: anacoluthe.")
    author = member_request.member.user
    for number in range(12):
        body = " ".join(f"a{number}x{word}" for word in range(2200))[:20_000]
        Message.objects.create(
            member_request=member_request, kind="member", author=author, body=body,
            sent_at=NOW + timedelta(minutes=number + 1),
        )  # fmt: skip
    assert _finds("a11x7", adviser) == [member_request.reference]
    assert _finds("anacoluthe", adviser) == []


# --- bad input --------------------------------------------------------------------------------

ODD = [
    "", "   ", "%", "_", "\\", "abc\\", "'", "''", '"', '"abc', "&", "|", "!", ":*", "abc:*", "<->",
    "a & | b", "(", "((abc", "abc)", "!abc", "'; DROP TABLE", "…", "\u200b", "\ue000", "🙂", "É",
    "a" * 200, "1" * 200, "LG-" + "9" * 12, "-1", "--", "@", "a@", "@b", "a@b@c", "x" * 100 + "@y",
    "les", "de het een", "the of and", "\u0301", "İ", "ß", "中文", "مرحبا", "mot " * 50, "a.b.c",
    "http://example.org/?q=1&r=2", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_odd_input_gets_a_clear_answer(client: Client, adviser: User, text: str) -> None:
    _written("Mon attestation manque.")
    gather_words()
    address = reverse("requests_app:search")
    client.force_login(adviser)
    with time_machine.travel(NOW, tick=False):
        query = text.encode("utf-8", "surrogatepass")
        response = client.get(address, QUERY_STRING="q=" + "".join(f"%{b:02x}" for b in query))
    assert response.status_code == 200
    _search(text, adviser)


@pytest.mark.parametrize("text", ["a" * 1000, "nul\0", "mot " * 300])
def test_what_cannot_be_searched_is_refused_and_kept(
    client: Client, adviser: User, text: str
) -> None:
    response = _ask(client, adviser, q=text)
    assert response.status_code == 422
    assert text.strip().replace("\0", "").encode()[:100] in response.content.replace(b"\0", b"")


@pytest.mark.parametrize("after", ["x", "1", "-", "1-x", "9" * 30 + "-1", "1-" + "9" * 30, "--1"])
def test_an_odd_place_is_the_beginning_or_empty(client: Client, adviser: User, after: str) -> None:
    _written("Mon attestation manque.")
    assert _ask(client, adviser, q="attestation", after=after).status_code == 200


def test_only_common_words_and_too_many_words_are_named() -> None:
    assert understood("les de la").common == ("les", "de", "la")
    assert understood("les de la").query == ""
    assert understood(" ".join(f"mot{n}" for n in range(12))).beyond == ("mot10", "mot11")


# --- the page ---------------------------------------------------------------------------------


def test_texts_are_escaped_and_only_words_are_marked(client: Client, adviser: User) -> None:
    member = MemberFactory(user=UserFactory(name="<i>Dumont</i>"))
    a_request(
        member=member, subject="<b>Contrat</b>", body="<script>x</script> contrats &amp; \ue000"
    )
    page = _ask(client, adviser, q="contrat").content.decode()
    assert "&lt;b&gt;<mark>Contrat</mark>&lt;/b&gt;" in page
    assert "<script>x" not in page
    assert "<i>Dumont" not in page
    assert "<mark>contrats</mark> &amp;amp;" in page


def test_pages_follow_each_other_without_gap_or_repetition(client: Client, adviser: User) -> None:
    member = MemberFactory()
    for _number in range(PAGE + 3):
        a_request(member=member)
    first = _search("connecter", adviser)
    second = _search("connecter", adviser, after=Place.read(str(first.next)))
    keys = [one.member_request.pk for one in (*first.results, *second.results)]
    assert (len(first.results), len(second.results), second.next) == (PAGE, 3, None)
    assert keys == sorted(keys, reverse=True)
    page = _ask(client, adviser, q="connecter", after=str(first.next)).content
    assert page.count(b'<li class="card') == 3


def test_nothing_found_says_what_to_try(client: Client, adviser: User) -> None:
    page = _ask(client, adviser, q="anacoluthe").content.decode()
    assert 'role="status"' in page
    assert "LG-4127" in page
    assert page.count('role="search"') == 2
    assert 'id="search"' in page


@pytest.mark.parametrize("requests", [2, 20])
def test_a_search_costs_the_same_for_two_results_and_for_twenty(
    client: Client, adviser: User, requests: int
) -> None:
    member = MemberFactory()
    for _number in range(requests):
        a_request(member=member)
    _ask(client, adviser, q="x")
    address = reverse("requests_app:search") + "?q=connecter"
    with time_machine.travel(NOW, tick=False), CaptureQueriesContext(connection) as captured:
        assert client.get(address).content.count(b'<li class="card') == requests
    # Session, person, posting; the stems, the hits, the requests, their messages, the marks.
    assert len(captured) == 8, [query["sql"][:90] for query in captured.captured_queries]


# --- marking ----------------------------------------------------------------------------------


def test_folding_agrees_with_the_index() -> None:
    for word in ("Liège", "Œuvre", "Straße", "Ærø", "Łódź", "naïf"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT lower(unaccent(%s))", [word])
            assert cursor.fetchone()[0] == fold(word)


def test_pieces_are_the_text_again_and_a_snippet_is_cut_between_words() -> None:
    text = "Un mot " * 60 + "contrat " + "et encore " * 60
    pieces = marked(text, {"contrat"})
    assert "".join(piece.text for piece in pieces) == text
    cut = snippet(text, {"contrat"})
    assert [piece.text for piece in cut if piece.is_hit] == ["contrat"]
    assert cut[0].text.startswith("… ")
    assert cut[-1].text.endswith(" …")
    assert sum(len(piece.text) for piece in cut) < 240
    assert snippet(text, {"absent"}) == []


def test_many_requests_with_a_word_are_found_as_few_are(
    adviser: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = MemberFactory()
    for _number in range(4):
        a_request(member=member)
    a_request(member=MemberFactory(office=OfficeFactory(code="NAMUR")), pilot=False)
    few = _finds("connecter", adviser)
    monkeypatch.setattr("requests_app.searching.FEW", 2)
    assert len(few) == 4
    assert _finds("connecter", adviser) == few
