"""What was there before the triggers is indexed in batches; then the indexes, concurrently."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

BATCH = 2_000
NOT_INDEXED = """
SELECT array_agg(id) FROM (
    SELECT id FROM requests_app_memberrequest r
    WHERE id > %s AND NOT EXISTS (
        SELECT FROM requests_app_searchtext s WHERE s.member_request_id = r.id)
    ORDER BY id LIMIT %s) batch
"""


def index_older_requests(_apps, schema_editor) -> None:
    """A commit for each batch; what was stopped half-way goes on where it was."""
    last = 0
    while True:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(NOT_INDEXED, [last, BATCH])
            (keys,) = cursor.fetchone()
            if keys is None:
                return
            cursor.execute("SELECT requests_app_index_requests(%s::bigint[])", [keys])
        last = keys[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("requests_app", "0007_search")]
    operations = [
        migrations.RunPython(index_older_requests, migrations.RunPython.noop),
        AddIndexConcurrently(
            "searchtext",
            GinIndex(
                fields=["words"],
                name="words_of_requests",
                fastupdate=True,
                gin_pending_list_limit=128,
            ),
        ),
        AddIndexConcurrently(
            "searchword",
            GinIndex(OpClass("word", name="gin_trgm_ops"), name="known_words_by_their_letters"),
        ),
    ]
