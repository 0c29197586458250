"""The SQL that makes rows of the choices and the stories: one INSERT a table."""

from benchmarks import texts


def _after(seconds: str) -> str:
    """The moment so many seconds of the story after the submission, as SQL."""
    return f"to_timestamp(c.submitted) + interval '1 second' * (c.stretch * {seconds})"


def _which(counted: str, first: str, second: str) -> str:
    """0 nobody, 1 the first, 2 the second, as SQL; a key of 0 is nobody as well."""
    return f"nullif(CASE {counted} WHEN 1 THEN {first} WHEN 2 THEN {second} END, 0)"


REQUESTS = f"""
INSERT INTO requests_app_memberrequest (
    id, reference, member_id, office_id, branch_id, topic_id, adviser_id, subject, language,
    channel, status, is_sensitive, submitted_at, promise_due_at, first_responded_at,
    first_response_was_question, waiting_since, closed_at, closing_reason, submission_key,
    version, source, source_key)
SELECT c.number, o.reference_prefix || '-' || nextval('requests_app_reference'),
    c.member, c.office, {_which("s.branch", "c.branch_1", "c.branch_2")}, t.id,
    {_which("s.adviser", "c.adviser_1", "c.adviser_2")}, x.subject, u.language,
    CASE WHEN c.number % 6 = 0 THEN 'phone' ELSE 'web' END, s.status,
    coalesce(t.may_contain_sensitive_data, false)
        OR coalesce(b1.is_confidential AND s.furthest_branch >= 1, false)
        OR coalesce(b2.is_confidential AND s.furthest_branch >= 2, false),
    to_timestamp(c.submitted), to_timestamp(c.due), {_after("s.responded")}, s.was_question,
    {_after("s.waiting")}, {_after("s.closed")}, s.closing_reason, gen_random_uuid(),
    s.version, '', ''
FROM bench_choice c
JOIN bench_story s USING (story)
JOIN bench_text x ON x.number = c.number % {texts.NUMBER}
JOIN branches_office o ON o.id = c.office
JOIN people_member m ON m.id = c.member
JOIN people_user u ON u.id = m.user_id
LEFT JOIN branches_topic t ON t.id = c.topic
LEFT JOIN branches_branch b1 ON b1.id = c.branch_1
LEFT JOIN branches_branch b2 ON b2.id = c.branch_2
ORDER BY c.number
"""

# In the order of time, as life stores them: the rows of one request do not lie side by side.
MESSAGES = f"""
INSERT INTO requests_app_message (
    id, member_request_id, kind, author_id, body, sent_at, submission_key)
SELECT c.messages_before + p.said, c.number, p.says,
    CASE p.actor WHEN 0 THEN m.user_id WHEN 1 THEN c.adviser_1 ELSE c.adviser_2 END,
    x.body, {_after("p.seconds")}, gen_random_uuid()
FROM bench_choice c
JOIN bench_step p USING (story)
JOIN people_member m ON m.id = c.member
JOIN bench_text x ON x.number = (c.messages_before + p.said) % {texts.NUMBER}
WHERE p.says <> ''
ORDER BY {_after("p.seconds")}
"""

EVENTS = f"""
INSERT INTO requests_app_requestevent (
    member_request_id, position, action, at, actor_id, branch_id, adviser_id, reason,
    asks_member, message_id)
SELECT c.number, p.position, p.action, {_after("p.seconds")},
    CASE p.actor WHEN 0 THEN m.user_id WHEN 1 THEN c.adviser_1 ELSE c.adviser_2 END,
    {_which("p.branch", "c.branch_1", "c.branch_2")},
    {_which("p.adviser", "c.adviser_1", "c.adviser_2")},
    p.reason, p.asks_member, c.messages_before + p.said
FROM bench_choice c
JOIN bench_step p USING (story)
JOIN people_member m ON m.id = c.member
ORDER BY {_after("p.seconds")}, c.number, p.position
"""

# Every fifth request came with a file. Only the rows are needed: nobody downloads here.
DOCUMENTS = """
INSERT INTO requests_app_document (
    key, member_request_id, message_id, uploaded_by_id, uploaded_at, name, content_type, size,
    sha256, file)
SELECT 'bench' || m.id, m.member_request_id, m.id, m.author_id, m.sent_at, 'contrat.pdf',
    'application/pdf', 84000, repeat('0', 64), 'documents/be/bench' || m.id
FROM requests_app_message m
JOIN requests_app_requestevent e ON e.message_id = m.id
WHERE e.position = 1 AND m.member_request_id % 5 = 0
"""

# The mails of the past were all sent.
MAILS = """
INSERT INTO requests_app_outbox (
    key, kind, event_id, recipient_id, due_at, tries, last_error, done_at)
SELECT e.id || ':' || k.kind, k.kind, e.id, m.user_id, e.at, 0, '', e.at
FROM requests_app_requestevent e
JOIN (VALUES ('submit', false, 'receipt'), ('answer', false, 'answer'),
    ('answer', true, 'question'), ('close', false, 'closed')) k (action, asks_member, kind)
    ON k.action = e.action AND k.asks_member = e.asks_member
JOIN requests_app_memberrequest r ON r.id = e.member_request_id
JOIN people_member m ON m.id = r.member_id
ORDER BY e.id
"""


TABLES = (
    "requests_app_memberrequest",
    "requests_app_message",
    "requests_app_requestevent",
    "requests_app_document",
    "requests_app_outbox",
)


def _numbers_go_on(table: str) -> str:
    """Rows stored with a number of their own leave the sequence behind: bring it along."""
    return f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"


FILL = (
    REQUESTS,
    MESSAGES,
    EVENTS,
    DOCUMENTS,
    MAILS,
    _numbers_go_on("requests_app_memberrequest"),
    _numbers_go_on("requests_app_message"),
)
