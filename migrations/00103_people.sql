-- +goose Up

-- The numbers of a phone, and words in it: each number from its end (see number_of), and without what stands between
-- its digits on from each of its groups but the last, so that "91234" and "11 91234" find "(11) 91234-5678".
-- +goose StatementBegin
CREATE FUNCTION numbers_of(phone text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
    IF phone = '' THEN
        RETURN '{}';
    END IF;
    RETURN ARRAY(
        SELECT w.word
        FROM regexp_matches(fold(phone), '[+]?[0-9][^a-z/#*]*|[a-z]+', 'g') m,
            LATERAL (
                SELECT regexp_split_to_array(btrim(regexp_replace(m[1], '[^0-9a-z]+', ' ', 'g')), ' ') AS groups
            ) g,
            LATERAL (
                SELECT array_to_string(g.groups[n:], '')
                FROM generate_series(1, greatest(cardinality(g.groups) - 1, 1)) n
                UNION ALL
                SELECT unnest(ARRAY[number_of(substring(array_to_string(g.groups, '') FROM '^[0-9]+$')),
                    national_number(m[1])])
            ) w (word)
        WHERE w.word IS NOT NULL);
END $$;
-- +goose StatementEnd

-- What a text has between its blanks where that is several words, without what stands between them: oneill.
-- +goose StatementBegin
CREATE FUNCTION together(value text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ARRAY(
        SELECT replace(chunk, ' ', '')
        FROM unnest(string_to_array(spaced(regexp_replace(value, '\s+', E'\n', 'g')), E'\n')) chunk
        WHERE btrim(chunk) ~ ' ' AND NOT unspaced(chunk));
END $$;
-- +goose StatementEnd

-- What a person is found by: words in order, each once, between spaces. ~slug is added for the department: a search
-- knows which departments its words belong to, and a new name of a department changes none of its people. Long words
-- are cut where nobody types any further, and the list is cut to what fits into a row of an index, which has 2,704
-- bytes at most.
-- +goose StatementBegin
CREATE FUNCTION found_by(value text, phone text, slug text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ' ' || array_to_string(ARRAY(
        SELECT DISTINCT word COLLATE "C" FROM (
            SELECT left(word, 60) AS word, sum(octet_length(left(word, 60)) + 1) OVER (ORDER BY n) AS size
            FROM unnest(('~' || slug) || numbers_of(phone) || words_of(value) || together(value))
                WITH ORDINALITY w (word, n)
            WHERE word IS NOT NULL) w
        WHERE size <= 1900 ORDER BY 1), ' ') || ' ';
-- +goose StatementEnd

CREATE TABLE people (
    id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Names sort as people expect (Átila near Ana) whatever the cluster's locale.
    name       text        COLLATE "und-x-icu" NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    -- One form for one address: composed letters, and the domain as the DNS has it. See store.Email.
    email      text        NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254)
                           CHECK (email IS NFC NORMALIZED AND email !~ '@.*[^ -~]'),
    role       text        NOT NULL DEFAULT 'employee' CHECK (role IN ('employee', 'editor', 'admin')),
    department text        REFERENCES departments (slug),
    manager_id uuid        REFERENCES people (id) CHECK (manager_id <> id),
    title      text        NOT NULL DEFAULT '' CHECK (char_length(title) <= 200),
    phone      text        NOT NULL DEFAULT '' CHECK (char_length(phone) <= 40),
    skills     text        NOT NULL DEFAULT '' CHECK (char_length(skills) <= 300), -- separated by a comma and a space
    -- What a person chose for themselves. Moments are stored as such and shown in the reader's zone.
    lang       text        NOT NULL DEFAULT 'en' CHECK (lang IN ('en', 'pt', 'es')),
    time_zone  text        NOT NULL DEFAULT 'UTC' CHECK (char_length(time_zone) BETWEEN 1 AND 64), -- IANA
    theme      text        NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light', 'dark')),
    active     boolean     NOT NULL DEFAULT true,
    consented_at timestamptz, -- since when they agree that Caramelo is told about them; NULL: they do not
    -- argon2id in PHC form; NULL means that this person cannot sign in.
    password_hash text,
    -- A session is good for the version it was made with. A new password or disabling moves on, and so ends every
    -- session at once, including one that is being made at this moment.
    session_version int    NOT NULL DEFAULT 1,
    version    int         NOT NULL DEFAULT 1, -- moves on with every change of what the forms of a person show
    created_at timestamptz NOT NULL DEFAULT now(),
    words      text        NOT NULL GENERATED ALWAYS AS
        (found_by(name || ' ' || translate(split_part(email, '@', 1), '._-', '   ') || ' ' || title || ' ' || skills,
            phone, department)) STORED
);

CREATE UNIQUE INDEX people_email ON people (lower(email));
-- The directory lists the active by name, administration lists all.
CREATE INDEX people_name ON people (name, id) WHERE active;
CREATE INDEX people_everybody ON people (name, id);
CREATE INDEX people_department ON people (department, name, id) WHERE active;
CREATE INDEX people_reports ON people (manager_id, name, id) WHERE active;
-- The home page greets whoever came last.
CREATE INDEX people_new ON people (created_at DESC, id) WHERE active;
-- The last admin who can sign in must stay one.
CREATE INDEX people_admins ON people (id) WHERE role = 'admin' AND active AND password_hash IS NOT NULL;

CREATE TRIGGER people_listed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON people
    FOR EACH STATEMENT EXECUTE FUNCTION lists_changed();
