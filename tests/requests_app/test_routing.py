"""Which branch a text belongs to, and which of its words say so. No database."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app.routing import (
    LONGEST_TEXT,
    Model,
    UnusableModel,
    decode,
    encode,
    features_of,
    fold,
    rank,
    shares,
)
from requests_app.routing_fit import FEWEST_MEMBERS, Example, best_temperature, fit
from requests_app.routing_scores import (
    Case,
    calibration_error,
    precision_and_recall,
    score,
    wilson,
)
from requests_app.suggesting import SEED_FILE

BRANCHES = ("safeguarding", "first_line", "support", "coop")
# One sentence for each branch, in each of the four languages; none is among the examples.
SENTENCES = [
    ("fr", "safeguarding", "Quel taux de TVA dois-je appliquer pour un client à l'étranger ?"),
    ("fr", "first_line", "Impossible de me connecter, mon mot de passe est refusé."),
    ("fr", "support", "Je suis malade depuis lundi, que devient mon chômage ?"),
    ("fr", "coop", "Quand a lieu l'assemblée générale des coopérateurs ?"),
    ("nl", "safeguarding", "Welk btw-tarief geldt voor een buitenlandse klant?"),
    ("nl", "first_line", "Ik kan niet inloggen, mijn wachtwoord werkt niet."),
    ("nl", "support", "Ik ben ziek en vraag me af hoe het zit met mijn werkloosheid."),
    ("nl", "coop", "Wanneer is de algemene vergadering van de coöperatie?"),
    ("de", "safeguarding", "Welche Mehrwertsteuer gilt für einen Kunden im Ausland?"),
    ("de", "first_line", "Ich kann mich nicht anmelden, mein Passwort geht nicht."),
    ("de", "support", "Ich bin krank und mache mir Sorgen um mein Arbeitslosengeld."),
    ("de", "coop", "Wann findet die Generalversammlung der Genossenschaft statt?"),
    ("en", "safeguarding", "Which VAT rate applies to a foreign client?"),
    ("en", "first_line", "I cannot log in, my password is refused."),
    ("en", "support", "I am ill and worried about my unemployment benefit."),
    ("en", "coop", "When is the general assembly of the cooperative?"),
]


@pytest.fixture(scope="module")
def seed() -> Model:
    return decode(SEED_FILE.read_bytes())


def _model(**changes: object) -> Model:
    """Two branches and three features, by hand."""
    parts: dict[str, object] = {
        "version": "hand",
        "branches": ("tax", "login"),
        "places": {"w:tva": 0, "w:mot de": 1, "c:tva": 2},
        "idf": np.array([1.0, 1.0, 2.0]),
        "weights": np.array([[2.0, -2.0], [-1.0, 1.0], [0.5, -0.5]]),
        "bias": np.array([0.0, 0.25]),
        "temperature": 1.0,
    }
    return Model(**(parts | changes))


@pytest.mark.parametrize(("language", "branch", "text"), SENTENCES)
def test_the_seed_knows_the_four_branches_in_four_languages(
    seed: Model, language: str, branch: str, text: str
) -> None:
    first, second = rank(seed, text)
    assert branch == first.branch != second.branch
    assert first.words


def test_the_words_that_speak_stand_in_the_text_as_they_were_written(seed: Model) -> None:
    text = "Bonjour, la TVA d'un client ÉTRANGER me pose question."
    first, _second = rank(seed, text)
    assert "TVA" in first.words
    assert all(word in text for ranked in rank(seed, text) for word in ranked.words)
    assert "Bonjour" not in first.words


def test_a_name_among_telling_words_is_not_shown(seed: Model) -> None:
    text = "Mon mot de passe est refusé, je ne peux plus me connecter. Monsieur Henrotte attend."
    first, _second = rank(seed, text)
    assert first.branch == "first_line"
    assert not {"Henrotte", "Monsieur"} & set(first.words)


def test_shares_of_all_branches_sum_to_one(seed: Model) -> None:
    assert shares(seed, "Bonjour").sum() == pytest.approx(1)
    assert [len(rank(seed, "", best=n)) for n in (1, 2, 4)] == [1, 2, 4]


def test_a_score_is_the_sum_of_values_times_weights() -> None:
    # One word and one piece, each alone of its kind and so of length 1: 2 + 0.5 and its opposite.
    ahead, behind = shares(_model(), "TVA")
    assert np.log(ahead / behind) == pytest.approx((2.5 - 0.0) - (-2.5 + 0.25))
    cooler = shares(_model(temperature=2.0), "TVA")
    assert np.log(cooler[0] / cooler[1]) == pytest.approx(4.75 / 2)


def test_accents_and_capitals_make_no_difference(seed: Model) -> None:
    assert fold("LIÈGE") == fold("liege") == "liege"
    assert fold("Straße") == "strasse"
    assert shares(seed, "TAXE EXONEREE").tolist() == shares(seed, "taxe exonérée").tolist()


def test_numbers_of_accounts_and_people_are_no_features() -> None:
    found = features_of("BE68539007547034 0471123456 85073003328 A1 C4 1bis")
    assert {name for name in found if name.startswith("w:") and " " not in name} == {
        "w:a1",
        "w:c4",
        "w:1bis",
    }


def test_a_pasted_mailbox_costs_no_more_than_its_beginning() -> None:
    text = "tva " * LONGEST_TEXT
    assert features_of(text) == features_of(text[:LONGEST_TEXT])


@given(st.text())
def test_no_text_is_refused(text: str) -> None:
    first, second = rank(_model(), text)
    assert 0 <= second.share <= first.share <= 1
    assert first.share + second.share == pytest.approx(1)


def test_a_model_is_the_same_after_storing(seed: Model) -> None:
    again = decode(encode(seed))
    assert again.places == seed.places
    assert (again.weights == seed.weights).all()
    assert shares(again, "Mon contrat").tolist() == shares(seed, "Mon contrat").tolist()


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\x80\x04K\x01.",  # a pickle
        zlib.compress(b"{}"),
        zlib.compress(b"[" * 100_000),
        zlib.compress(b'{"format":2}'),
        zlib.compress(b'"format"'),
        encode(_model())[:-9],
        encode(_model(bias=np.array([0.0]))),
        encode(_model(idf=np.array([1.0, 1.0]))),
        encode(_model(weights=np.full((3, 2), np.nan))),
        encode(_model(temperature=0.0)),
        zlib.compress(b" " * (64 * 1024 * 1024)),
    ],
)
def test_bytes_that_are_no_model_are_refused(broken: bytes) -> None:
    with pytest.raises(UnusableModel):
        decode(broken)


def _examples(members: int) -> list[Example]:
    """So many members who each wrote once about each branch, all naming the same person."""
    return [
        Example(f"Madame Vandeputte demande {branch}", branch, member)
        for member in range(members)
        for branch in BRANCHES
    ]


def _learnt_words(examples: list[Example]) -> set[str]:
    own = [Example(branch, branch) for branch in BRANCHES]
    return set(fit([*own, *examples], branches=BRANCHES, version="v").places)


def test_a_word_of_fewer_than_five_members_is_not_learnt() -> None:
    assert "w:vandeputte" not in _learnt_words(_examples(FEWEST_MEMBERS - 1) * 3)
    assert "w:vandeputte" in _learnt_words(_examples(FEWEST_MEMBERS))


def test_pieces_and_pairs_of_private_words_are_not_learnt_either() -> None:
    learnt = _learnt_words(_examples(FEWEST_MEMBERS - 1))
    assert not [name for name in learnt if "vande" in name or "madame" in name]


def test_every_branch_needs_an_example() -> None:
    with pytest.raises(ValueError, match="Every branch"):
        fit([Example("tva", "safeguarding")], branches=BRANCHES, version="v")


def test_the_same_examples_make_the_same_model() -> None:
    first, second = (fit(_examples(6), branches=BRANCHES, version="v") for _ in range(2))
    assert encode(first) == encode(second)


def test_the_temperature_makes_boasting_scores_frank() -> None:
    # Nine to one in odds of the score, right three times in four: the honest odds are 3.
    boasting = np.array([[np.log(9.0), 0.0]] * 4)
    found = best_temperature(boasting, np.array([0, 0, 0, 1]))
    assert found == pytest.approx(np.log(9) / np.log(3), abs=0.05)


def test_scores_count_what_was_decided_against_what_was_suggested() -> None:
    cases = [Case("tva", "tax", "fr"), Case("tva", "login", "fr"), Case("", "login", "nl")]
    found = score(_model(), cases)
    assert (found.cases, found.correct, found.in_two) == (3, 2, 3)
    assert found.confusion == {"tax": {"tax": 1, "login": 0}, "login": {"tax": 1, "login": 1}}
    assert found.languages == {"fr": (2, 1), "nl": (1, 1)}
    assert precision_and_recall(found.confusion, "tax") == (0.5, 1.0)
    assert precision_and_recall(found.confusion, "login") == (1.0, 0.5)


def test_a_branch_that_never_came_has_no_precision_and_no_recall() -> None:
    confusion = {"tax": {"tax": 0, "login": 0}, "login": {"tax": 0, "login": 3}}
    assert precision_and_recall(confusion, "tax") == (None, None)


def test_the_calibration_error_of_a_worked_example() -> None:
    # Bin 0.9: confidence 0.95, half of 2 right; bin 0.5: confidence 0.55, 1 of 2 right.
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    found = calibration_error(confidence, np.array([True, False, True, False]))
    assert found == pytest.approx((2 * 0.45 + 2 * 0.05) / 4)


def test_wilson_agrees_with_published_values() -> None:
    # Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I, method 3.
    for right, tried, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        assert wilson(right, tried) == pytest.approx((low, high), abs=0.00005)
    assert wilson(0, 0) is None
