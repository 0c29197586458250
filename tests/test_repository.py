"""Tests about the repository itself: habits that a person would forget to check."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import polib
import pytest
from django.core.management import call_command
from django.template.base import Lexer, TokenType

from dop_pilot.translations import faults, problems
from tests.inline import inline_in

ROOT = Path(__file__).resolve().parent.parent
APPS = ("branches", "people", "requests_app", "surveys", "reports", "demo", "dop_pilot")
# These write whole rows with the state they had before, replayed from events by the same rules.
MAY_SET_A_STATUS = {
    "requests_app/moves.py",
    "requests_app/submission.py",
    "requests_app/history.py",
}
MAY_FILL_TABLES = ("demo/", "requests_app/importing/")


def _sources() -> Iterator[Path]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path


def _templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.*"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def _sets_a_status(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Attribute) and t.attr == "status" for t in targets):
                yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            writes = node.func.attr in {"update", "create", "update_or_create", "get_or_create"}
            if writes and any(keyword.arg == "status" for keyword in node.keywords):
                yield node.lineno


def test_only_transitions_write_a_status() -> None:
    found = [
        f"{_name(path)}:{line}"
        for path in _sources()
        if _name(path) not in MAY_SET_A_STATUS and not _name(path).startswith(MAY_FILL_TABLES)
        for line in _sets_a_status(ast.parse(path.read_text("utf-8")))
    ]
    assert not found


def test_views_write_nothing_themselves() -> None:
    writes = re.compile(r"\.(save|create|update|bulk_create|delete|get_or_create)\(")
    found = [
        f"{_name(path)}: {match.group()}"
        for path in _sources()
        if "views" in path.stem or "views" in path.parts
        for match in writes.finditer(path.read_text("utf-8"))
    ]
    assert not found


def test_functions_and_files_stay_short() -> None:
    found = []
    for path in _sources():
        text = path.read_text("utf-8")
        if text.count("\n") > 400:
            found.append(f"{_name(path)}: {text.count(chr(10))} lines")
        found += [
            f"{_name(path)}:{node.lineno} {node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
        ]
    assert not found


def test_no_module_is_named_for_nothing() -> None:
    empty_names = {"utils", "helpers", "services", "common", "misc", "core"}
    assert not [_name(path) for path in _sources() if path.stem in empty_names]


INLINE = re.compile(
    r"\son[a-z]+\s*=\s*[\"']|\sstyle\s*=\s*[\"']|<style|<script(?![^>]*\ssrc=)", re.I
)


def test_templates_hold_no_inline_script_style_or_handler() -> None:
    found = [_name(path) for path in _templates() if INLINE.search(path.read_text("utf-8"))]
    assert not found


@pytest.mark.parametrize(
    ("page", "is_refused"),
    [
        ('<p onclick="go()">', True),
        ("<b class=a style='color: red'>", True),
        ('<a href=" javascript:go()">', True),
        ("<script>go()</script>", True),
        ("<style>p {}</style>", True),
        ('<script src="/static/js/app.js" defer></script>', False),
        ('<script type="application/json" id="x">{}</script>', False),
        ("<p>&lt;img onerror=&quot;go()&quot;&gt; javascript:go()</p>", False),
    ],
)
def test_every_page_of_every_test_is_looked_at_for_inline_script(
    page: str, is_refused: bool
) -> None:
    assert (inline_in(page) is not None) is is_refused


def _mentioned(template: Path, texts: list[str]) -> bool:
    name = template.relative_to(ROOT / "templates").as_posix()
    return any(name in text for text in texts)


# Found by their place: Django, allauth and the kind of a mail name them, no line of ours does.
FOUND_BY_PLACE = (
    "account/",
    "allauth/",
    "mfa/",
    "admin/",
    "django/",
    "requests_app/mail/",
    "reports/mail/",
)
ERROR_PAGES = {"400.html", "403.html", "404.html", "429.html", "500.html"}


def test_every_template_is_used() -> None:
    texts = [path.read_text("utf-8") for path in [*_sources(), *_templates()]]
    unused = [
        _name(path)
        for path in _templates()
        if not path.relative_to(ROOT / "templates").as_posix().startswith(FOUND_BY_PLACE)
        and path.name not in ERROR_PAGES
        and not _mentioned(path, texts)
    ]
    assert not unused


# Not a language: names, units and signs that are the same everywhere.
SAME_EVERYWHERE = {
    "Smart",
    "DOP",
    "PDF",
    "FR",
    "NL",
    "DE",
    "EN",
    "CSV",
    "XLSX",
    "kB",
    "MB",
    "narrow",
    "account",
}


def _untranslated(path: Path) -> Iterator[str]:
    inside, shown = 0, ""
    for token in Lexer(path.read_text("utf-8")).tokenize():
        if token.token_type == TokenType.BLOCK:
            word = token.contents.split()[0]
            inside += word in {"blocktranslate", "blocktrans", "comment"}
            inside -= word in {"endblocktranslate", "endblocktrans", "endcomment"}
        elif token.token_type == TokenType.TEXT and not inside:
            shown += token.contents
    # Blocks that fill an attribute from below stand alone in their template: class names.
    for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"<[^>]*>|&\w+;", " ", shown)):
        if word not in SAME_EVERYWHERE:
            yield word


def test_templates_hold_no_untranslated_words() -> None:
    found = {
        _name(path): sorted(words)
        for path in _templates()
        if path.suffix in {".html", ".txt"} and (words := set(_untranslated(path)))
    }
    assert not found


def test_no_tag_of_a_template_is_shown_as_text() -> None:
    """A tag that goes over two lines is none to Django: the reader would see it."""
    found = [
        f"{_name(path)}: {token.contents.strip()[:60]}"
        for path in _templates()
        for token in Lexer(path.read_text("utf-8")).tokenize()
        if token.token_type == TokenType.TEXT and re.search(r"\{[{%#]|[}%#]\}", token.contents)
    ]
    assert not found


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_every_text_is_translated(language: str) -> None:
    catalogue = polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))
    assert list(faults(catalogue)) == []


RANGE_WORDS = {
    "fr": ("fourchette plausible", "intervalle"),
    "nl": ("aannemelijke marge", "plausibel|interval"),
    "de": ("plausible[nr]? Bereich", "Intervall|Spanne"),
}


@pytest.mark.parametrize("language", RANGE_WORDS)
def test_the_plausible_range_has_one_name(language: str) -> None:
    """That of the glossary: a second one makes a reader look for the difference."""
    name, others = (re.compile(words, re.I) for words in RANGE_WORDS[language])
    catalogue = polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))
    about = [one for one in catalogue if re.search("plausible range|Wilson", one.msgid, re.I)]
    assert len(about) > 8
    assert [one.msgstr for one in about if others.search(one.msgstr)] == []
    named = [one for one in about if "plausible range" in one.msgid.lower()]
    assert [one.msgstr for one in named if not name.search(one.msgstr)] == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="./dop check brings xgettext")
def test_no_text_is_missing_in_a_catalogue() -> None:
    assert problems() == []


def test_nothing_committed_names_a_registry_or_this_machine() -> None:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    forbidden = re.compile(r"https?://[^/\s]*(pypi|registry)[^\s]*|find-links|index-url", re.I)
    here = str(ROOT)
    found = [
        name
        for name in names
        if (ROOT / name).suffix in {".py", ".md", ".toml", ".txt", ".yml", ".html", ""}
        and (ROOT / name).is_file()
        and name != "tests/test_repository.py"
        and (
            forbidden.search(text := (ROOT / name).read_text("utf-8", "replace"))
            or (len(here) > 8 and here in text)
        )
    ]
    assert not found
