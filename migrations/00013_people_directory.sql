-- +goose Up

-- Typing errors are found by what words have in common. A trusted extension: who
-- owns the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- The words of a text as a search compares them. They are letters and digits
-- alone, so that quoting one needs no escaping.
CREATE FUNCTION words_of(value text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_remove(regexp_split_to_array(fold(value COLLATE "und-x-icu"), '[^[:alnum:]]+'), '');

ALTER TABLE departments
    ADD COLUMN version int NOT NULL DEFAULT 1,
    ADD COLUMN words text[] GENERATED ALWAYS AS (words_of(jsonb_path_query_array(names, '$.*')::text)) STORED;

DROP INDEX people_name, people_everybody;
ALTER TABLE people
    DROP COLUMN search,
    ADD COLUMN manager_id uuid REFERENCES people (id) CHECK (manager_id <> id),
    ADD COLUMN phone text NOT NULL DEFAULT '' CHECK (char_length(phone) <= 40),
    -- Separated by a comma and a space.
    ADD COLUMN skills text NOT NULL DEFAULT '' CHECK (char_length(skills) <= 300);

-- What a person is found by. The department stands in it as /slug, which is no
-- word: a search knows which departments its words belong to, and a new name for
-- a department changes none of its people. It is cut where it would be too long
-- for people_name.
ALTER TABLE people ADD COLUMN words tsvector GENERATED ALWAYS AS (array_to_tsvector(
    words_of(left(name || ' ' || split_part(email, '@', 1) || ' ' || title || ' ' || skills, 400))
    || array_remove(ARRAY['/' || department], NULL))) STORED;

-- Everybody in the order of the directory, with their words, so that a search can
-- go through the first thousands of them without looking at a row.
CREATE INDEX people_name ON people (name, id) INCLUDE (active, words);
CREATE INDEX people_reports ON people (manager_id, name, id) WHERE active;
CREATE INDEX people_words ON people USING gin (words);

-- Every word of four letters or more that somebody was ever found by: what a
-- typing error may have meant.
CREATE TABLE vocabulary (
    word text COLLATE "C" PRIMARY KEY
);
CREATE INDEX vocabulary_similar ON vocabulary USING gin (word gin_trgm_ops);

-- +goose StatementBegin
CREATE FUNCTION learn_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'people' THEN -- in order, so that two at once wait for each other and not in a circle
        INSERT INTO vocabulary SELECT word FROM (SELECT DISTINCT unnest(tsvector_to_array(words)) AS word FROM changed) w
            WHERE word ~ '^[^0-9/]{4,40}$' ORDER BY 1 ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO vocabulary SELECT word FROM (SELECT DISTINCT unnest(words) AS word FROM changed) w
            WHERE word ~ '^[^0-9/]{4,40}$' ORDER BY 1 ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER people_added AFTER INSERT ON people REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER people_changed AFTER UPDATE ON people REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER departments_added AFTER INSERT ON departments REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER departments_changed AFTER UPDATE ON departments REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
INSERT INTO vocabulary
    SELECT word FROM people, unnest(tsvector_to_array(words)) word WHERE word ~ '^[^0-9/]{4,40}$'
    UNION SELECT word FROM departments, unnest(words) word WHERE word ~ '^[^0-9/]{4,40}$';

-- What was meant by a search: its words, and for one that is the beginning of no
-- word of anybody's the word most like it.
-- +goose StatementBegin
CREATE FUNCTION spelled(typed text) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(string_agg(CASE
            WHEN char_length(t.word) < 4 OR t.word ~ '[0-9]' THEN t.word
            WHEN EXISTS (SELECT FROM vocabulary v WHERE v.word >= t.word COLLATE "C" AND v.word < t.word || U&'\+10FFFF' COLLATE "C") THEN t.word
            ELSE coalesce((SELECT v.word FROM vocabulary v WHERE v.word % t.word ORDER BY similarity(v.word, t.word) DESC, v.word LIMIT 1), t.word)
        END, ' ' ORDER BY t.n), '')
    FROM (SELECT left(word, 100) AS word, n FROM unnest(words_of(typed)) WITH ORDINALITY t (word, n) WHERE n <= 10) t
$$;
-- +goose StatementEnd

-- The people who have each of these words, or one that begins like it, and are of
-- a department where one is given. A word of a department's name is all of its
-- people's. No words: nobody.
-- +goose StatementBegin
CREATE FUNCTION people_query(words text, department text) RETURNS tsquery LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (string_agg('(''' || word || ''':*' || coalesce((
            SELECT string_agg(' | ''/' || d.slug || '''', '') FROM departments d
            WHERE EXISTS (SELECT FROM unnest(d.words) w WHERE starts_with(w, word))), '') || ')', ' & ')
        || coalesce(' & ''/' || (SELECT d.slug FROM departments d WHERE d.slug = nullif(department, '')) || '''',
            CASE WHEN department <> '' THEN ' & ''/''' END, ''))::tsquery
    FROM unnest(string_to_array(nullif(words, ''), ' ')) word
$$;
-- +goose StatementEnd

-- The next people whom a search finds, in two places: first those whose name
-- begins with all that was typed, then the others, each by name. It goes on
-- behind the person it is told of.
--
-- Those of the first place stand together in people_name. The others are looked
-- for among the next people by name, in that index alone, or looked up and sorted:
-- which of the two is cheap depends on how many they are, and the planner, who
-- sees the words only when a query is planned, is asked. Whatever it answers, the
-- people are the same. Words of one or two letters are looked up only where there
-- are no others: nearly everybody has them.
-- +goose StatementBegin
CREATE FUNCTION find_people(typed text, department text, everybody boolean, after_place int, after_name text, after_id uuid, most int)
    RETURNS TABLE (place int, person_id uuid) LANGUAGE plpgsql ROWS 25
    SET plan_cache_mode = force_generic_plan SET jit = off AS $$
DECLARE
    first text := spelled(typed);
    beyond text := first || U&'\FFFF'; -- sorts behind every letter
    matches tsquery := people_query(first, department);
    longer text := array_to_string(ARRAY(SELECT w FROM unnest(string_to_array(first, ' ')) w WHERE char_length(w) > 2), ' ');
    telling tsquery := coalesce(people_query(longer, department), matches);
    plan json;
    guess numeric;
    reach int;
    found uuid[];
BEGIN
    IF matches IS NULL THEN
        RETURN;
    END IF;
    IF after_place = 0 THEN
        IF after_name = '' THEN
            after_name := first;
        END IF;
        RETURN QUERY SELECT 0, n.id FROM (
            SELECT p.name, p.id, p.words FROM people p
            WHERE (p.name, p.id) > (after_name, after_id) AND p.name < beyond AND (p.active OR everybody)
            ORDER BY p.name, p.id OFFSET 0) n WHERE n.words @@ matches LIMIT most;
        GET DIAGNOSTICS reach = ROW_COUNT;
        most := most - reach;
        after_name := ''; -- the others from their beginning
        IF most = 0 THEN
            RETURN;
        END IF;
    END IF;
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM people WHERE words @@ %L', telling) INTO plan;
    guess := plan #>> '{0,Plan,Plan Rows}';
    -- Of those who are many a page is soon found. Some stand together further down,
    -- as people of a second given name do: it depends how many, again.
    FOREACH reach IN ARRAY CASE WHEN guess < 2500 THEN '{}' WHEN guess < 30000 THEN '{30000}' ELSE '{2147483647}'::int[] END LOOP
        found := ARRAY(SELECT n.id FROM (
            SELECT p.name, p.id, p.words, p.active FROM people p WHERE (p.name, p.id) > (after_name, after_id)
            ORDER BY p.name, p.id LIMIT reach) n WHERE n.words @@ matches AND (n.name < first OR n.name >= beyond) AND (n.active OR everybody) LIMIT most);
        IF cardinality(found) = most OR reach > 30000 THEN
            RETURN QUERY SELECT 1, unnest(found);
            RETURN;
        END IF;
    END LOOP;
    RETURN QUERY SELECT 1, n.id FROM (
        SELECT p.name, p.id, p.words FROM people p
        WHERE p.words @@ telling AND (p.name < first OR p.name >= beyond) AND (p.name, p.id) > (after_name, after_id) AND (p.active OR everybody)
        OFFSET 0) n WHERE n.words @@ matches ORDER BY n.name, n.id LIMIT most;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER people_added ON people;
DROP TRIGGER people_changed ON people;
DROP TRIGGER departments_added ON departments;
DROP TRIGGER departments_changed ON departments;
DROP FUNCTION learn_words();
DROP FUNCTION find_people(text, text, boolean, int, text, uuid, int);
DROP FUNCTION people_query(text, text);
DROP FUNCTION spelled(text);
DROP TABLE vocabulary;
DROP INDEX people_name;
ALTER TABLE people DROP COLUMN words, DROP COLUMN skills, DROP COLUMN phone, DROP COLUMN manager_id,
    ADD COLUMN search text GENERATED ALWAYS AS (fold(name || ' ' || title || ' ' || email)) STORED;
CREATE INDEX people_name ON people (name, id) WHERE active;
CREATE INDEX people_everybody ON people (name, id);
ALTER TABLE departments DROP COLUMN words, DROP COLUMN version;
DROP FUNCTION words_of(text);
