"""Where the search looks: a row a request, kept true by triggers. docs/adr/0010 says why so."""

import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

STEMMERS = {"fr": "french", "nl": "dutch", "de": "german", "en": "english", "name": "simple"}


def _configuration(code: str, base: str) -> str:
    stem = "simple" if base == "simple" else f"{base}_stem"
    return f"""
CREATE TEXT SEARCH CONFIGURATION requests_app_{code} (COPY = pg_catalog.{base});
ALTER TEXT SEARCH CONFIGURATION requests_app_{code}
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, {stem};
"""


CONFIGURATIONS = "".join(_configuration(*each) for each in STEMMERS.items())
NO_CONFIGURATIONS = "".join(
    f"DROP TEXT SEARCH CONFIGURATION requests_app_{code};" for code in STEMMERS
)

# One request is indexed as a whole: whatever changed, the result is the same and nothing stays
# behind. A conversation of more than 200,000 characters is indexed by its newest ones, because
# PostgreSQL refuses more than a megabyte of words.
INDEXING = r"""
CREATE FUNCTION requests_app_index_requests(keys bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    -- Of two who write in one request at once, the second waits here and then sees both messages:
    -- the next statement reads what was committed meanwhile.
    PERFORM FROM requests_app_searchtext WHERE member_request_id = ANY (keys)
        ORDER BY member_request_id FOR UPDATE;
    INSERT INTO requests_app_searchtext (member_request_id, words)
    SELECT r.id, strip(
        to_tsvector(
            ('requests_app_' || r.language)::regconfig,
            -- Else PostgreSQL takes “<a@b.be>” for a tag and “et/ou” for the path of a file.
            translate(left(r.subject || ' ' || coalesce(said.bodies, ''), 200000),
                '<>/\_', '     '))
        || to_tsvector('requests_app_name', u.name)
        || array_to_tsvector(array_remove(ARRAY[
            nullif(lower(r.reference), ''), nullif(split_part(r.reference, '-', 2), ''),
            nullif(lower(m.number), ''), nullif(lower(u.email), '')], NULL)))
    FROM requests_app_memberrequest r
    JOIN people_member m ON m.id = r.member_id
    JOIN people_user u ON u.id = m.user_id
    LEFT JOIN LATERAL (
        SELECT string_agg(body, ' ' ORDER BY sent_at DESC, id DESC) AS bodies
        FROM requests_app_message WHERE member_request_id = r.id
    ) said ON true
    WHERE r.id = ANY (keys)
    ON CONFLICT (member_request_id) DO UPDATE SET words = excluded.words;
END $$;
"""

# One word of six letters with two of them swapped shares a quarter of its pieces of three letters:
# fewer than pg_trgm asks for by itself. What is too far is left out by counting errors.
SIMILAR = """
CREATE FUNCTION requests_app_similar_words(lexemes text[])
    RETURNS TABLE (lexeme text, word text, requests integer)
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
    SET pg_trgm.similarity_threshold = 0.2 AS $$
BEGIN
    RETURN QUERY
    SELECT typed, near.word::text, near.requests
    FROM unnest(lexemes) typed CROSS JOIN LATERAL (
        SELECT w.word, w.requests FROM requests_app_searchword w
        WHERE w.word % typed ORDER BY similarity(w.word, typed) DESC, w.word LIMIT 60) near;
END $$;
"""
NO_SIMILAR = "DROP FUNCTION requests_app_similar_words(text[]);"
NO_INDEXING = "DROP FUNCTION requests_app_index_requests(bigint[]);"

# Once a statement, not once a row: a bulk load pays once.
TRIGGERS = """
CREATE FUNCTION requests_app_index_after_insert() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    -- A bulk load asks for this and indexes at its end (requests_app/search_index.py).
    IF current_setting('requests_app.index_later', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'requests_app_memberrequest' THEN
        PERFORM requests_app_index_requests((SELECT array_agg(id) FROM changed));
    ELSE
        PERFORM requests_app_index_requests(
            (SELECT array_agg(DISTINCT member_request_id) FROM changed));
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION requests_app_index_after_rewriting() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM requests_app_index_requests((
        SELECT array_agg(DISTINCT key)
        FROM before JOIN after USING (id),
            unnest(ARRAY[before.member_request_id, after.member_request_id]) key
        WHERE before.body <> after.body OR before.member_request_id <> after.member_request_id));
    RETURN NULL;
END $$;
CREATE FUNCTION requests_app_index_one() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_TABLE_NAME = 'requests_app_memberrequest' THEN
        PERFORM requests_app_index_requests(ARRAY[NEW.id]);
    ELSIF TG_TABLE_NAME = 'people_member' THEN
        PERFORM requests_app_index_requests(
            (SELECT array_agg(id) FROM requests_app_memberrequest WHERE member_id = NEW.id));
    ELSE
        PERFORM requests_app_index_requests((
            SELECT array_agg(r.id) FROM requests_app_memberrequest r
            JOIN people_member m ON m.id = r.member_id WHERE m.user_id = NEW.id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER search_new_requests AFTER INSERT ON requests_app_memberrequest
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION requests_app_index_after_insert();
CREATE TRIGGER search_new_messages AFTER INSERT ON requests_app_message
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION requests_app_index_after_insert();
CREATE TRIGGER search_deleted_messages AFTER DELETE ON requests_app_message
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION requests_app_index_after_insert();
CREATE TRIGGER search_rewritten_messages AFTER UPDATE ON requests_app_message
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION requests_app_index_after_rewriting();
CREATE TRIGGER search_changed_requests
    AFTER UPDATE OF reference, member_id, subject, language ON requests_app_memberrequest
    FOR EACH ROW WHEN ((OLD.reference, OLD.member_id, OLD.subject, OLD.language)
        IS DISTINCT FROM (NEW.reference, NEW.member_id, NEW.subject, NEW.language))
    EXECUTE FUNCTION requests_app_index_one();
CREATE TRIGGER search_changed_members AFTER UPDATE OF number, user_id ON people_member
    FOR EACH ROW WHEN ((OLD.number, OLD.user_id) IS DISTINCT FROM (NEW.number, NEW.user_id))
    EXECUTE FUNCTION requests_app_index_one();
CREATE TRIGGER search_changed_people AFTER UPDATE OF name, email ON people_user
    FOR EACH ROW WHEN ((OLD.name, OLD.email) IS DISTINCT FROM (NEW.name, NEW.email))
    EXECUTE FUNCTION requests_app_index_one();
"""
NO_TRIGGERS = """
DROP TRIGGER search_changed_people ON people_user;
DROP TRIGGER search_changed_members ON people_member;
DROP TRIGGER search_changed_requests ON requests_app_memberrequest;
DROP TRIGGER search_rewritten_messages ON requests_app_message;
DROP TRIGGER search_deleted_messages ON requests_app_message;
DROP TRIGGER search_new_messages ON requests_app_message;
DROP TRIGGER search_new_requests ON requests_app_memberrequest;
DROP FUNCTION requests_app_index_one();
DROP FUNCTION requests_app_index_after_rewriting();
DROP FUNCTION requests_app_index_after_insert();
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0006_openings")]
    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "member_request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_text",
                        serialize=False,
                        to="requests_app.memberrequest",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "verbose_name": "words of a request",
                "verbose_name_plural": "words of requests",
            },
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                (
                    "word",
                    models.CharField(max_length=40, primary_key=True, serialize=False),
                ),
                ("requests", models.PositiveIntegerField()),
            ],
            options={"verbose_name": "known word", "verbose_name_plural": "known words"},
        ),
        # How often a word occurs decides where PostgreSQL begins: with the word or with the newest.
        migrations.RunSQL(
            "ALTER TABLE requests_app_searchtext ALTER COLUMN words SET STATISTICS 500",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(CONFIGURATIONS, NO_CONFIGURATIONS),
        migrations.RunSQL(INDEXING, NO_INDEXING),
        migrations.RunSQL(SIMILAR, NO_SIMILAR),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
