-- +goose Up

-- The search for people. It needs pg_trgm, which finds what was meant by a typing error. It is a trusted extension:
-- whoever owns the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- The words of people again, one row each: first the people whose name begins with the word, then those who have it
-- elsewhere in their name, then the others, each group by name. The people of one word, and of all words that begin
-- alike, are one range of the primary key, which also holds everything else that a search asks for: a page costs as
-- much among a million people as among a hundred. Each word is there a second time after ~slug, for a search within a
-- department. A trigger keeps it. People are never deleted, so it needs no foreign key.
--
-- The order of these columns counts: statements make rows of this type.
CREATE TABLE people_words (
    word      text     COLLATE "C",
    place     smallint,
    name      text     COLLATE "C", -- as it sorts
    person_id uuid,
    words     text     NOT NULL,
    active    boolean  NOT NULL,
    PRIMARY KEY (word, place, name, person_id) INCLUDE (words, active)
);

-- Every word of four letters or more that somebody was ever found by: what a typing error may have meant.
CREATE TABLE vocabulary (
    word text COLLATE "C" PRIMARY KEY
);
-- Each search would read what fastupdate leaves to be sorted in later.
CREATE INDEX vocabulary_similar ON vocabulary USING gin (word gin_trgm_ops) WITH (fastupdate = off);

-- +goose StatementBegin
CREATE FUNCTION words_of_person(id uuid, name text, words text, active boolean) RETURNS SETOF people_words
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT within || word, CASE WHEN word = named[1] THEN 0 WHEN word = ANY (named) THEN 1 ELSE 2 END::smallint,
            key, id, words, active
        FROM (SELECT words_of(name) || together(name) AS named, left(fold(name COLLATE "und-x-icu"), 60) AS key,
                substring(words FROM '~[^ ]+ ') AS department OFFSET 0) n,
            unnest(string_to_array(btrim(words), ' ')) word, unnest(array_remove(ARRAY['', department], NULL)) within
        WHERE within = '' OR left(word, 1) <> '~';
    END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION keep_words() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM people_words w USING words_of_person(OLD.id, OLD.name, OLD.words, OLD.active) was
            WHERE (w.word, w.place, w.name, w.person_id) = (was.word, was.place, was.name, was.person_id);
    END IF;
    INSERT INTO people_words SELECT * FROM words_of_person(NEW.id, NEW.name, NEW.words, NEW.active);
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- The words are added in order, so that two transactions at once wait for each other and not in a circle.
-- +goose StatementBegin
CREATE FUNCTION learn_words() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'people' THEN
        INSERT INTO vocabulary
            SELECT word FROM (SELECT DISTINCT unnest(string_to_array(words, ' ')) AS word FROM changed) w
            WHERE word ~ '^[^0-9~]{4,40}$' ORDER BY 1 ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO vocabulary
            SELECT word FROM (SELECT DISTINCT unnest(words) AS word FROM changed) w
            WHERE word ~ '^[^0-9~]{4,40}$' ORDER BY 1 ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER people_words_added AFTER INSERT ON people
    FOR EACH ROW EXECUTE FUNCTION keep_words();
CREATE TRIGGER people_words_changed AFTER UPDATE ON people
    FOR EACH ROW WHEN ((OLD.name, OLD.words, OLD.active) <> (NEW.name, NEW.words, NEW.active))
    EXECUTE FUNCTION keep_words();
CREATE TRIGGER people_added AFTER INSERT ON people
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER people_changed AFTER UPDATE ON people
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER departments_added AFTER INSERT ON departments
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION learn_words();
CREATE TRIGGER departments_changed AFTER UPDATE ON departments
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION learn_words();

-- The word of somebody that is most like another. Its names are looked up when it is made, so that pg_trgm may be in
-- any schema. It returns a table, because Postgres inlines that into the statement that asks.
-- +goose StatementBegin
CREATE FUNCTION alike(typed text) RETURNS TABLE (word text)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
    BEGIN ATOMIC
        SELECT v.word FROM vocabulary v WHERE v.word % typed ORDER BY similarity(v.word, typed) DESC, v.word LIMIT 1;
    END;
-- +goose StatementEnd

-- What was meant by a search: its words, and in place of one that is the beginning of nobody's word the word most
-- like it. A number is one word where somebody has it, whatever stands between its digits, or else what it is without
-- the code of a country and zeros before it. The vocabulary is asked by its index, which costs a thirtieth of comparing
-- every word of a small one.
-- +goose StatementBegin
CREATE FUNCTION spelled(typed text) RETURNS text LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off SET enable_bitmapscan = on AS $$
<<looked>>
DECLARE
    words text[] := words_of(typed);
    meant text[] := '{}';
    word text COLLATE "C";
BEGIN
    IF array_to_string(words, ' ') ~ '[0-9] [0-9]|[0-9]{5}' THEN
        words := ARRAY(
            SELECT w.word FROM parts_of(typed) p, unnest(
                CASE WHEN p.joined !~ '^[0-9]{5,}$' THEN p.words
                    ELSE coalesce((
                        SELECT ARRAY[number.word] FROM unnest(ARRAY[number_of(p.joined), p.joined, ltrim(p.joined, '0'),
                            number_of(national_number(p.part))]) number (word)
                        WHERE EXISTS (SELECT FROM people_words w WHERE w.word >= number.word COLLATE "C"
                            AND w.word < number.word || U&'\+10FFFF' COLLATE "C")
                        LIMIT 1), p.words) END) WITH ORDINALITY w (word, n)
            ORDER BY p.n, w.n);
    END IF;
    FOREACH word IN ARRAY words[:10] LOOP
        word := left(word, 60);
        IF char_length(word) >= 4 AND word !~ '[0-9]' AND NOT EXISTS (
            SELECT FROM vocabulary v WHERE v.word >= looked.word AND v.word < looked.word || U&'\+10FFFF'
        ) THEN
            word := coalesce((SELECT a.word FROM alike(looked.word) a), word);
        END IF;
        meant := meant || word::text;
    END LOOP;
    RETURN array_to_string(meant, ' ');
END $$;
-- +goose StatementEnd

-- Where the people of a term stand in people_words: those of a word, or of one that begins like it, those of a number
-- that ends like it, and all people of a department that has such a word in its name. own is how the person's word
-- begins, NULL for a department. within is '~slug ' for a department, and '' for all of them.
-- +goose StatementBegin
CREATE FUNCTION ranges_of(term text, within text) RETURNS TABLE (low text, high text, own text)
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT within || term, within || term || U&'\+10FFFF', term
        UNION ALL
        SELECT within || number_of(term), within || number_of(term) || U&'\+10FFFF', number_of(term)
            WHERE term ~ '^[0-9]{3,}$'
        UNION ALL
        SELECT '~' || d.slug, '~' || d.slug || ' ', NULL FROM departments d
            WHERE within IN ('', '~' || d.slug || ' ')
                AND EXISTS (SELECT FROM unnest(d.words) w WHERE starts_with(w, term));
    END;
-- +goose StatementEnd

-- The next people who have each of the words that were typed, or one that begins like it, and are of a department
-- where one is given. No words: nobody.
--
-- Where several words are the beginning of a name, its people come first. To the others one of the words leads, which
-- has few people, or is a name of theirs: in the order of people_words, and on from the row that after names. Where it
-- is a department's word, another word leads on among that department's people. Only ranges of the key are read,
-- whatever the planner thinks of the table's state.
--
-- meant is what was searched for in place of a typing error, '' for what was typed. A number in another writing is no
-- error.
-- +goose StatementBegin
CREATE FUNCTION find_people(typed text, department text, everybody boolean, lead int, after people_words, most int)
    RETURNS TABLE (leader int, word text, place smallint, name text, person_id uuid, meant text)
    LANGUAGE plpgsql STABLE ROWS 25
    SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    terms text[] := string_to_array(spelled(typed), ' ');
    within text := CASE WHEN department = '' THEN '' ELSE '~' || department || ' ' END;
    ns int[]; -- of which term each range is
    lows text[];
    highs text[];
    owns text[]; -- how the words of people of a range begin; NULL: it is a department's
    patterns text[];
    mixed int[]; -- the terms that are of a department's name too, or the end of a number
    plain text[]; -- what words are like that have the terms beside the leading one
    either text[]; -- what they may be like to have the first mixed one of those
    others text[]; -- patterns of the rest of the mixed ones
    beside int; -- a term to go by where the leading one is a department's
    range record;
    whole text COLLATE "C" := array_to_string(terms, ' ');
    beyond text COLLATE "C" := whole || U&'\+10FFFF';
    several boolean := cardinality(terms) > 1;
    few int; -- how many people the leading term has, up to 500
    done int;
BEGIN
    meant := CASE WHEN whole = typed OR whole = array_to_string(words_of(typed), ' ') OR whole ~ '#|[0-9]{5}' THEN ''
        ELSE whole END;
    IF cardinality(terms) = 0 THEN
        RETURN;
    END IF;
    SELECT array_agg(t.n), array_agg(r.low), array_agg(r.high), array_agg(r.own) INTO ns, lows, highs, owns
        FROM unnest(terms) WITH ORDINALITY t (term, n), ranges_of(t.term, within) r;
    patterns := ARRAY(
        SELECT ' ('
            || string_agg(coalesce(own || '[^ ]*', low || ' '), '|') || ')'
        FROM unnest(ns, lows, owns) r (n, low, own) GROUP BY n ORDER BY n);
    mixed := ARRAY(SELECT n FROM unnest(ns) n GROUP BY n HAVING count(*) > 1 ORDER BY n);
    IF several AND lead = 0 THEN
        RETURN QUERY SELECT 0, w.word, w.place, w.name, w.person_id, meant FROM people_words w
            WHERE w.word = within || terms[1] AND w.place = 0
                AND (w.name, w.person_id) > (greatest(whole, after.name), after.person_id) AND w.name < beyond
                AND (w.active OR everybody)
            ORDER BY w.name, w.person_id LIMIT most;
        GET DIAGNOSTICS done = ROW_COUNT;
        most := most - done;
        IF most = 0 THEN
            RETURN;
        END IF;
        after := ('', 0, '', '00000000-0000-0000-0000-000000000000', '', true);
    END IF;
    IF lead = 0 THEN
        SELECT t.n, c.people INTO lead, few FROM unnest(terms) WITH ORDINALITY t (term, n), LATERAL (
            SELECT count(*), min(w.place) FROM (
                SELECT w.place FROM unnest(ns, lows, highs) r (n, low, high)
                    JOIN people_words w ON w.word >= r.low AND w.word < r.high WHERE r.n = t.n LIMIT 500) w
        ) c (people, place) ORDER BY c.people, c.place, t.n <> ALL (mixed), t.n LIMIT 1;
        IF few = 0 THEN
            RETURN;
        END IF;
    END IF;
    plain := ARRAY(
        SELECT '% ' || terms[n] || '%' FROM generate_subscripts(terms, 1) n WHERE n <> lead AND n <> ALL (mixed));
    mixed := array_remove(mixed, lead);
    either := ARRAY(
        SELECT '% ' || coalesce(own || '%', low || ' %')
        FROM unnest(ns, lows, owns) r (n, low, own) WHERE n = mixed[1]);
    IF either = '{}' THEN
        either := '{%}';
    END IF;
    others := ARRAY(SELECT patterns[n] FROM unnest(mixed[2:]) n);
    SELECT t.n INTO beside FROM unnest(terms) WITH ORDINALITY t (term, n)
        WHERE t.n <> lead ORDER BY char_length(t.term) DESC, t.n LIMIT 1;
    FOR range IN
        SELECT r.low, r.high, lead AS term, CASE WHEN r.own IS NULL THEN '' ELSE within END AS before
        FROM unnest(ns, lows, highs, owns) r (n, low, high, own)
        WHERE r.n = lead
            AND (beside IS NULL OR r.own IS NOT NULL OR (beside, r.low) IN (SELECT * FROM unnest(ns, lows)))
        UNION ALL
        SELECT r.low || ' ' || b.own, r.low || ' ' || b.own || U&'\+10FFFF', beside, r.low || ' '
        FROM unnest(ns, lows, owns) r (n, low, own), unnest(ns, owns) b (n, own)
        WHERE r.n = lead AND r.own IS NULL AND (beside, r.low) NOT IN (SELECT * FROM unnest(ns, lows))
            AND b.n = beside AND b.own IS NOT NULL
        ORDER BY 1
    LOOP
        RETURN QUERY SELECT lead, w.word, w.place, w.name, w.person_id, meant FROM people_words w
            WHERE w.word < range.high AND (w.word, w.place, w.name, w.person_id) > (
                    CASE WHEN range.low <= after.word THEN after.word ELSE range.low END,
                    CASE WHEN range.low <= after.word THEN after.place ELSE -1 END, after.name, after.person_id)
                AND (w.active OR everybody) AND NOT (several AND w.name >= whole AND w.name < beyond)
                -- Each once: by the first of their words that is like the term.
                AND CASE WHEN w.words LIKE ALL (plain) AND w.words LIKE ANY (either) AND w.words ~ ALL (others)
                    THEN range.before || btrim(substring(w.words FROM patterns[range.term])) = w.word
                        AND (range.term = lead OR btrim(substring(w.words FROM patterns[lead])) = btrim(range.before))
                    END
            ORDER BY w.word, w.place, w.name, w.person_id LIMIT most;
        GET DIAGNOSTICS done = ROW_COUNT;
        most := most - done;
        EXIT WHEN most = 0;
    END LOOP;
END $$;
-- +goose StatementEnd
