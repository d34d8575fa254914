-- +goose Up

-- What a search compares: lower case, without accents, so that "acao" finds
-- "Ação". Decomposing first and dropping the combining marks needs no extension
-- and is immutable, so that it can feed a generated column.
-- +goose StatementBegin
CREATE FUNCTION fold(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(regexp_replace(normalize(value, NFD), '[\u0300-\u036f]', '', 'g'));
-- +goose StatementEnd

-- A department has a name in each language: {"en": "Finance", "pt": "Financeiro"}.
-- English is the one that is always there.
CREATE TABLE departments (
    slug  text  PRIMARY KEY CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    names jsonb NOT NULL CHECK (names ? 'en')
);

CREATE TABLE people (
    id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Names sort as people expect (Átila near Ana) whatever the cluster's locale.
    name          text        COLLATE "und-x-icu" NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    email         text        NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    role          text        NOT NULL DEFAULT 'employee' CHECK (role IN ('employee', 'editor', 'admin')),
    lang          text        NOT NULL DEFAULT 'en' CHECK (lang IN ('en', 'pt', 'es')),
    department    text        REFERENCES departments (slug),
    title         text        NOT NULL DEFAULT '' CHECK (char_length(title) <= 200),
    active        boolean     NOT NULL DEFAULT true,
    -- argon2id in PHC form; NULL means that this person cannot sign in.
    password_hash text,
    -- A session is good for the version it was made with. A new password or
    -- disabling moves on, and so ends every session at once, one that is being
    -- made at this very moment included.
    session_version int       NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    search        text        GENERATED ALWAYS AS (fold(name || ' ' || title || ' ' || email)) STORED
);

CREATE UNIQUE INDEX people_email ON people (lower(email));
CREATE INDEX people_name ON people (name, id) WHERE active;
CREATE INDEX people_department ON people (department, name, id) WHERE active;
