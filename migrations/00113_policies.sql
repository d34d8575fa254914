-- +goose Up

-- The parts of the handbook, in the order in which they were added. A part has a name in each language, as a
-- department has.
CREATE TABLE policy_categories (
    slug     text  PRIMARY KEY CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 120),
    names    jsonb NOT NULL CHECK (names ? 'en'),
    version  int   NOT NULL DEFAULT 1 CHECK (version > 0), -- moves on with every change
    position int   NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE
);

CREATE TABLE policies (
    id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    slug         text        NOT NULL UNIQUE
        CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 120 AND slug <> 'new'),
    category     text        NOT NULL REFERENCES policy_categories (slug),
    -- The language it was written in, shown where there is no translation.
    lang         text        NOT NULL CHECK (lang IN ('en', 'pt', 'es')),
    owner_id     uuid        REFERENCES people (id) ON DELETE SET NULL, -- who answers for it
    review_on    date        NOT NULL CHECK (review_on >= '2000-01-01' AND review_on < '2200-01-01'),
    must_read    boolean     NOT NULL DEFAULT false,
    -- What people confirm: it moves on when they are asked to confirm again.
    edition      int         NOT NULL DEFAULT 1 CHECK (edition > 0),
    published_at timestamptz, -- NULL: a draft
    version      int         NOT NULL DEFAULT 1 CHECK (version > 0), -- moves on with every change
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now() -- of its texts and settings: a review changes nothing
);

CREATE INDEX policies_category ON policies (category);
CREATE INDEX policies_owner_id ON policies (owner_id);
-- Each home page asks what its reader has yet to confirm.
CREATE INDEX policies_must_read ON policies (published_at, id) WHERE must_read;

CREATE TABLE policies_texts (
    policy_id uuid NOT NULL REFERENCES policies (id) ON DELETE CASCADE,
    lang      text NOT NULL CHECK (lang IN ('en', 'pt', 'es')),
    title     text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    summary   text NOT NULL CHECK (char_length(summary) BETWEEN 1 AND 500),
    body      text NOT NULL CHECK (char_length(body) <= 50000), -- Markdown
    plain     text NOT NULL, -- the body as its page reads, which is searched: markdown.Plain
    search    tsvector NOT NULL GENERATED ALWAYS AS (search_vector(lang, title, summary || ' ' || plain)) STORED,
    PRIMARY KEY (policy_id, lang)
);

-- Each search would read what fastupdate leaves to be sorted in later.
CREATE INDEX policies_texts_search ON policies_texts USING gin (search) WITH (fastupdate = off);

-- The texts that people have confirmed, as they were shown: what is written later changes none of them. They go with
-- what they were of.
CREATE TABLE policies_confirmed (
    policy_id uuid NOT NULL REFERENCES policies (id) ON DELETE CASCADE,
    edition int  NOT NULL,
    digest  text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'), -- SHA-256 of the text
    lang    text NOT NULL,
    title   text NOT NULL,
    summary text NOT NULL,
    body    text NOT NULL, -- Markdown
    at      timestamptz NOT NULL DEFAULT now(), -- when somebody confirmed it first
    PRIMARY KEY (policy_id, edition, digest)
);

CREATE TABLE policies_acknowledgements (
    policy_id uuid        NOT NULL REFERENCES policies (id) ON DELETE CASCADE,
    edition   int         NOT NULL,
    person_id uuid        NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    digest    text        NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (policy_id, edition, person_id),
    FOREIGN KEY (policy_id, edition, digest) REFERENCES policies_confirmed ON DELETE CASCADE
);

CREATE INDEX policies_acknowledgements_person_id ON policies_acknowledgements (person_id);
