"""The persons and customers of a log: found among ours, or made for their history alone."""

from collections.abc import Iterator
from itertools import islice

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils.translation import gettext as _

from people.models import Member, User
from people.roles import Role
from requests_app.importing.mapping import Mapping
from requests_app.importing.staging import BATCH, analyze, copy_rows, streamed

FIND_MEMBERS = """
INSERT INTO import_members
SELECT DISTINCT r.customer, m.id FROM import_rows r
JOIN people_member m ON m.number = %(prefix)s || r.customer
"""

# A person of the log is one of ours by the address that the mapping or the log itself gives, or
# was made by an earlier import of the same source.
FIND_ADVISERS = """
INSERT INTO import_advisers
SELECT DISTINCT ON (p.person) p.person, u.id
FROM (SELECT DISTINCT person FROM import_rows WHERE person <> '') p
LEFT JOIN unnest(%(persons)s::text[], %(emails)s::text[]) AS known (person, email)
    ON known.person = p.person
JOIN people_user u
    ON u.email = lower(coalesce(known.email, p.person)) AND u.role <> %(member)s
    OR u.email IS NULL AND NOT u.is_active AND u.role = %(adviser)s AND known.email IS NULL
        AND u.name = p.person || %(suffix)s
ORDER BY p.person, u.id
"""

# What was imported before stays as it is: nobody is looked for, or made, on its account.
NOT_YET_IMPORTED = "NOT EXISTS (SELECT FROM import_known n WHERE n.case_key = r.case_key)"

FIND_UNKNOWN = """
INSERT INTO import_findings
SELECT r.line, replace(%(reason)s, '{{value}}', left(r.{column}, 60)), r.case_key, ''
FROM import_rows r
WHERE r.{column} <> '' AND {new}
    AND NOT EXISTS (SELECT FROM {known} k WHERE k.{column} = r.{column})
"""

# The customer's office is that of the first row that names the customer.
UNKNOWN_VALUES = """
SELECT DISTINCT ON (r.{column}) r.{column}, r.office_id FROM import_rows r
WHERE r.{column} <> '' AND {new}
    AND NOT EXISTS (SELECT FROM {known} k WHERE k.{column} = r.{column})
ORDER BY r.{column}, r.line
"""


def find_people(mapping: Mapping) -> None:
    """Match what is known; who is not known and may not be made is a finding."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_MEMBERS, {"prefix": _number_prefix(mapping)})
        cursor.execute(
            FIND_ADVISERS,
            {
                "persons": list(mapping.emails),
                "emails": list(mapping.emails.values()),
                "member": Role.MEMBER,
                "adviser": Role.ADVISER,
                "suffix": _name_suffix(mapping),
            },
        )
    if not mapping.creates_members:
        _find_unknown(column="customer", known="import_members")
    if not mapping.creates_people:
        _find_unknown(column="person", known="import_advisers")


def make_people(mapping: Mapping) -> tuple[int, int]:
    """Make the members and advisers that only this history knows; returns how many of each.

    They have no address and can never sign in. Members made here are never surveyed.
    """
    members = sum(
        _make_members(batch, mapping)
        for batch in _unknown(column="customer", known="import_members")
    )
    advisers = sum(
        _make_advisers([name for name, _office in batch], mapping)
        for batch in _unknown(column="person", known="import_advisers")
    )
    analyze()
    return members, advisers


def missing_addresses(mapping: Mapping) -> list[str]:
    """Addresses that the mapping names and that none of our staff has."""
    wanted = {address.lower() for address in mapping.emails.values()}
    staff = User.objects.filter(email__in=wanted).exclude(role=Role.MEMBER)
    return sorted(wanted - set(staff.values_list("email", flat=True)))


def _find_unknown(*, column: str, known: str) -> None:
    unknown = _("“%(value)s” is unknown") % {"value": "{value}"}
    statement = FIND_UNKNOWN.format(column=column, known=known, new=NOT_YET_IMPORTED)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"reason": f"{column}: {unknown}"})


def _unknown(*, column: str, known: str) -> Iterator[list[tuple[str, int]]]:
    statement = UNKNOWN_VALUES.format(column=column, known=known, new=NOT_YET_IMPORTED)
    values = streamed(statement)
    while batch := list(islice(values, BATCH)):
        yield [(value, office_id) for value, office_id in batch]


def _make_members(batch: list[tuple[str, int]], mapping: Mapping) -> int:
    users = _make_users([name for name, _office in batch], Role.MEMBER, mapping)
    members = Member.objects.bulk_create(
        Member(
            user=user,
            number=f"{_number_prefix(mapping)}{name}",
            office_id=office_id,
            may_be_surveyed=False,
        )
        for user, (name, office_id) in zip(users, batch, strict=True)
    )
    rows = [(name, member.pk) for member, (name, _o) in zip(members, batch, strict=True)]
    copy_rows("import_members", ("customer", "member_id"), rows)
    return len(members)


def _make_advisers(names: list[str], mapping: Mapping) -> int:
    users = _make_users(names, Role.ADVISER, mapping)
    rows = [(name, user.pk) for user, name in zip(users, names, strict=True)]
    copy_rows("import_advisers", ("person", "user_id"), rows)
    return len(users)


def _make_users(names: list[str], role: Role, mapping: Mapping) -> list[User]:
    return User.objects.bulk_create(
        User(
            name=f"{name}{_name_suffix(mapping)}",
            email=None,
            password=make_password(None),
            role=role,
            language=mapping.language,
            is_active=False,
        )
        for name in names
    )


def _number_prefix(mapping: Mapping) -> str:
    return f"{mapping.source}:" if mapping.creates_members else ""


def _name_suffix(mapping: Mapping) -> str:
    return f" ({mapping.source})"
