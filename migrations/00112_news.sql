-- +goose Up

CREATE TABLE news (
    id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    slug         text        NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 120),
    -- The language it was written in, shown where there is no translation.
    lang         text        NOT NULL CHECK (lang IN ('en', 'pt', 'es')),
    pinned       boolean     NOT NULL DEFAULT false,
    must_read    boolean     NOT NULL DEFAULT false,
    -- What people confirm: it moves on when they are asked to confirm again.
    edition      int         NOT NULL DEFAULT 1 CHECK (edition > 0),
    author_id    uuid        REFERENCES people (id) ON DELETE SET NULL,
    published_at timestamptz, -- NULL: a draft; in the future: nobody but editors sees it yet
    version      int         NOT NULL DEFAULT 1 CHECK (version > 0), -- moves on with every change
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT news_slug_is_no_page CHECK (slug <> 'new'),
    -- From 2000 to 2199 in the writer's time zone, which the form asks for.
    CONSTRAINT news_published_in_our_time CHECK (published_at >= '1999-12-31Z' AND published_at < '2200-01-02Z')
);

-- In the order of the list, so that a page of it is one range of the index.
CREATE INDEX news_published ON news (pinned, published_at, id);
-- Each home page asks what its reader has yet to confirm.
CREATE INDEX news_must_read ON news (published_at, id) WHERE must_read;

CREATE TABLE news_texts (
    news_id uuid NOT NULL REFERENCES news (id) ON DELETE CASCADE,
    lang    text NOT NULL CHECK (lang IN ('en', 'pt', 'es')),
    title   text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    summary text NOT NULL CHECK (char_length(summary) BETWEEN 1 AND 500),
    body    text NOT NULL CHECK (char_length(body) <= 50000), -- Markdown
    plain   text NOT NULL, -- the body as its page reads, which is searched: markdown.Plain
    search  tsvector NOT NULL GENERATED ALWAYS AS (search_vector(lang, title, summary || ' ' || plain)) STORED,
    PRIMARY KEY (news_id, lang)
);

-- Each search would read what fastupdate leaves to be sorted in later.
CREATE INDEX news_texts_search ON news_texts USING gin (search) WITH (fastupdate = off);

-- Whom it is for: everyone, where there is no row.
CREATE TABLE news_departments (
    news_id    uuid NOT NULL REFERENCES news (id) ON DELETE CASCADE,
    department text NOT NULL REFERENCES departments (slug),
    PRIMARY KEY (news_id, department)
);

CREATE TRIGGER news_listed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON news
    FOR EACH STATEMENT EXECUTE FUNCTION lists_changed();
CREATE TRIGGER news_texts_listed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON news_texts
    FOR EACH STATEMENT EXECUTE FUNCTION lists_changed();
CREATE TRIGGER news_departments_listed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON news_departments
    FOR EACH STATEMENT EXECUTE FUNCTION lists_changed();

-- The texts that people have confirmed, as they were shown: what is written later changes none of them. They go with
-- what they were of.
CREATE TABLE news_confirmed (
    news_id uuid NOT NULL REFERENCES news (id) ON DELETE CASCADE,
    edition int  NOT NULL,
    digest  text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'), -- SHA-256 of the text
    lang    text NOT NULL,
    title   text NOT NULL,
    summary text NOT NULL,
    body    text NOT NULL, -- Markdown
    at      timestamptz NOT NULL DEFAULT now(), -- when somebody confirmed it first
    PRIMARY KEY (news_id, edition, digest)
);

CREATE TABLE news_acknowledgements (
    news_id   uuid        NOT NULL REFERENCES news (id) ON DELETE CASCADE,
    edition   int         NOT NULL,
    person_id uuid        NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    digest    text        NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (news_id, edition, person_id),
    FOREIGN KEY (news_id, edition, digest) REFERENCES news_confirmed ON DELETE CASCADE
);

-- For the copy that a person gets of what they have confirmed, and for their deletion.
CREATE INDEX news_acknowledgements_person_id ON news_acknowledgements (person_id);
