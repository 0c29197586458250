"""The twenty-five bug classes, and the tests that would find each of them here."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent

TWENTY = "test_of_twenty_advisers_who_take_a_request_one_has_it_and_the_others_are_told"
WHOLE_RUN = "test_it_starts_empty_keeps_its_data_and_stops_what_it_started_alone"

# By number: what it is, and where it is tried. A file stands for the tests in it that name the
# bug; a test with its file for itself. What came in by mail does not exist: nothing is read from
# a mailbox, so that 19 is about what we send.
TABLE: dict[int, tuple[str, list[str]]] = {
    1: ("attachments by guessable keys", [
        "test_access.py::test_each_answers_as_the_table_says",
        "requests_app/test_documents.py::test_a_foreign_document_and_a_missing_one_answer_the_same",
    ]),
    2: ("side doors past the permission check", ["reliability/test_every_form.py"]),
    3: ("markup in texts, subjects and names", ["reliability/test_every_page.py"]),
    4: ("active files on our origin", ["reliability/test_files.py"]),
    5: ("headers made of file names", ["reliability/test_files.py"]),
    6: ("file names that fool a filter", ["reliability/test_files.py"]),
    7: ("bombs", ["reliability/test_files.py"]),
    8: ("exports that fetch or read files", ["reliability/test_exports.py"]),
    9: ("formulas in tables", [
        "branches/test_exports.py::test_no_text_starts_a_formula_in_csv",
        "branches/test_exports.py::test_a_formula_in_xlsx_is_the_text_that_was_typed",
    ]),
    10: ("queries made of search words", ["reliability/test_every_page.py"]),
    11: ("columns posted beside the fields", ["reliability/test_every_form.py"]),
    12: ("telling who has an account", [
        "reliability/test_accounts.py",
        "people/test_sign_in.py::test_a_mail_server_that_is_down_does_not_tell_either",
    ]),
    13: ("links to a new password", ["reliability/test_accounts.py"]),
    14: ("links made of the Host header", [
        "reliability/test_headers.py",
        f"local_services/test_run.py::{WHOLE_RUN}",
    ]),
    15: ("mailed links that a scanner uses up", [
        "surveys/test_answering.py::test_reading_changes_nothing_however_often",
    ]),
    16: ("keys that leak by Referer or log", [
        "surveys/test_answering.py::test_the_address_leaks_nowhere",
    ]),
    17: ("sessions that outlive a password or a role", ["reliability/test_accounts.py"]),
    18: ("headers that claim to be trusted", ["reliability/test_headers.py"]),
    19: ("mail that answers mail", [
        "people/test_sign_in.py::test_the_mail_speaks_the_language_of_the_account",
    ]),
    20: ("double assignment", [
        "requests_app/test_at_once.py::" + TWENTY,
    ]),
    21: ("double submission", ["reliability/test_at_once.py"]),
    22: ("surveys that know who answered", [
        "surveys/test_anonymity.py::test_a_full_dump_links_answers_no_better_than_chance",
    ]),
    23: ("months and clocks of another time zone", [
        "branches/test_working_time.py::test_every_published_clock_case_agrees",
    ]),
    24: ("lost and repeated tasks", [
        "reliability/test_jobs.py",
        "reports/test_tasks.py::test_ten_beats_at_once_start_each_report_once",
    ]),
    25: ("text that cannot be stored", ["reliability/test_every_form.py"]),
}  # fmt: skip


@pytest.mark.parametrize("number", TABLE)
def test_each_bug_has_the_tests_that_the_table_names(number: int) -> None:
    _name, places = TABLE[number]
    for place in places:
        file, _, test = place.partition("::")
        wanted = rf"{test}\b" if test else rf"test_bug_{number}_\w+"
        assert re.search(rf"^def {wanted}", (TESTS / file).read_text("utf-8"), re.M), place


def test_the_table_holds_every_number() -> None:
    assert list(TABLE) == list(range(1, 26))


def test_each_named_test_of_this_folder_stands_in_the_table() -> None:
    for file in Path(__file__).parent.glob("test_*.py"):
        for number in set(re.findall(r"^def test_bug_(\d+)_", file.read_text("utf-8"), re.M)):
            assert f"reliability/{file.name}" in TABLE[int(number)][1]
