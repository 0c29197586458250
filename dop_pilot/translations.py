"""Compiles the translations, and checks that none is missing.

`python -m dop_pilot.translations` writes the .mo files that are older than their .po files, so
running the product needs no gettext. With `--check` it compares the catalogues with the sources,
which needs Debian's gettext.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib

CHECKOUT = Path(__file__).resolve().parent.parent
# The sources are written in English, whose catalogue may stay empty.
TRANSLATED_LANGUAGES = ("fr", "nl", "de")
NOT_SOURCES = shutil.ignore_patterns(".*", "var", "node_modules", "__pycache__", "tests", "*.mo")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdif]|\{\w*\}")

Key = tuple[str, str]  # context and text: what gettext looks up


def compile_outdated(checkout: Path = CHECKOUT) -> list[Path]:
    """Write each .mo that is missing or older than its .po, and give those written."""
    written = []
    for source in sorted(checkout.glob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            # In two steps: a server that starts meanwhile never reads half a file.
            unfinished = target.with_suffix(f".{os.getpid()}")
            polib.pofile(str(source)).save_as_mofile(str(unfinished))
            unfinished.replace(target)
            written.append(target)
    return written


def extract(checkout: Path = CHECKOUT) -> polib.POFile:
    """Give every translatable text of the sources. Works on a copy: the checkout stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "sources"
        shutil.copytree(checkout, copy, ignore=NOT_SOURCES)
        shutil.rmtree(copy / "locale", ignore_errors=True)
        (copy / "locale").mkdir()
        command = [sys.executable, "manage.py", "makemessages", "--keep-pot", "-l", "en"]
        done = subprocess.run(  # noqa: S603  Every word of the command is ours.
            command, cwd=copy, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        template = copy / "locale" / "django.pot"
        return polib.pofile(template.read_text()) if template.exists() else polib.POFile()


def _key(entry: polib.POEntry) -> Key:
    return entry.msgctxt or "", entry.msgid


def missing(sources: polib.POFile, catalogue: polib.POFile) -> Iterator[str]:
    """Name the texts of the sources that the catalogue lacks."""
    known = {_key(entry) for entry in catalogue if not entry.obsolete}
    for entry in sources:
        if _key(entry) not in known:
            yield f"missing: {entry.msgid!r}"


def faults(catalogue: polib.POFile) -> Iterator[str]:
    """Name the entries that are untranslated, fuzzy, or lose a placeholder."""
    for entry in catalogue:
        if entry.obsolete:
            continue
        if entry.fuzzy:
            yield f"fuzzy: {entry.msgid!r}"
        elif not entry.translated():
            yield f"not translated: {entry.msgid!r}"
        elif not _keeps_placeholders(entry):
            yield f"placeholders differ: {entry.msgid!r}"


def _keeps_placeholders(entry: polib.POEntry) -> bool:
    if not entry.msgid_plural:
        return _placeholders(entry.msgstr) == _placeholders(entry.msgid)
    wanted = set(_placeholders(entry.msgid_plural))
    *rare, usual = (entry.msgstr_plural[form] for form in sorted(entry.msgstr_plural))
    # "one request" may say its number in words; the general form may not.
    return set(_placeholders(usual)) == wanted and all(
        set(_placeholders(form)) <= wanted for form in rare
    )


def _placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text.replace("%%", "")))


def problems(checkout: Path = CHECKOUT) -> list[str]:
    sources = extract(checkout)
    found = []
    for language in TRANSLATED_LANGUAGES:
        file = checkout / "locale" / language / "LC_MESSAGES" / "django.po"
        catalogue = polib.pofile(str(file)) if file.exists() else polib.POFile()
        faulty = (*missing(sources, catalogue), *faults(catalogue))
        found += [f"{language}: {fault}" for fault in faulty]
    return found


def main() -> int:
    if "--check" not in sys.argv:
        compile_outdated()
        return 0
    if shutil.which("xgettext") is None:
        sys.stderr.write("xgettext is missing. Type: apt-get install gettext\n")
        return 1
    found = problems()
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
