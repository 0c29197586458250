"""What `./dop check` finds wrong with a translation, and what compiling leaves alone."""

import os
from pathlib import Path

import polib
import pytest

from dop_pilot.translations import compile_outdated, faults, missing


def catalogue(*entries: polib.POEntry) -> polib.POFile:
    file = polib.POFile()
    file.extend(entries)
    return file


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (polib.POEntry(msgid="Answer", msgstr="Répondre"), None),
        (polib.POEntry(msgid="Answer", msgstr=""), "not translated"),
        (polib.POEntry(msgid="Answer", msgstr="Réponse", flags=["fuzzy"]), "fuzzy"),
        (polib.POEntry(msgid="%(n)s left", msgstr="reste %(n)s"), None),
        (polib.POEntry(msgid="%(n)s left", msgstr="il en reste"), "placeholders differ"),
        (polib.POEntry(msgid="{name}", msgstr="{nom}"), "placeholders differ"),
        (polib.POEntry(msgid="100%% of {n}", msgstr="{n}: 100%%"), None),
        (polib.POEntry(msgid="gone", msgstr="", obsolete=True), None),
    ],
)
def test_a_fault_is_named(entry: polib.POEntry, fault: str | None) -> None:
    found = [line.split(":")[0] for line in faults(catalogue(entry))]
    assert found == ([fault] if fault else [])


@pytest.mark.parametrize(
    ("one", "many", "right"),
    [
        ("une demande", "%(n)s demandes", True),
        ("%(n)s demande", "%(n)s demandes", True),
        ("une demande", "des demandes", False),
        ("%(x)s demande", "%(n)s demandes", False),
    ],
)
def test_only_the_singular_may_say_its_number_in_words(one: str, many: str, right: bool) -> None:
    entry = polib.POEntry(
        msgid="%(n)s request", msgid_plural="%(n)s requests", msgstr_plural={0: one, 1: many}
    )
    assert list(faults(catalogue(entry))) == (
        [] if right else [f"placeholders differ: {entry.msgid!r}"]
    )


def test_the_same_word_in_another_context_is_another_text() -> None:
    sources = catalogue(polib.POEntry(msgid="Open", msgctxt="status"))
    known = catalogue(polib.POEntry(msgid="Open", msgstr="Ouvrir"))
    assert list(missing(sources, known)) == ["missing: 'Open'"]
    assert list(missing(known, known)) == []


def test_only_what_changed_is_compiled(tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    catalogue(polib.POEntry(msgid="Answer", msgstr="Répondre")).save(str(source))
    assert compile_outdated(tmp_path) == [folder / "django.mo"]
    assert compile_outdated(tmp_path) == []
    later = (folder / "django.mo").stat().st_mtime + 5
    os.utime(source, (later, later))
    assert compile_outdated(tmp_path) == [folder / "django.mo"]
