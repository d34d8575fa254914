-- +goose Up

CREATE TABLE news (
    id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    slug         text        NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 120),
    -- The language it was written in, shown where there is no translation.
    lang         text        NOT NULL CHECK (lang IN ('en', 'pt', 'es')),
    pinned       boolean     NOT NULL DEFAULT false,
    author_id    uuid        REFERENCES people (id) ON DELETE SET NULL,
    published_at timestamptz NOT NULL
);

CREATE INDEX news_published ON news (pinned DESC, published_at DESC, id);

CREATE TABLE news_texts (
    news_id uuid NOT NULL REFERENCES news (id) ON DELETE CASCADE,
    lang    text NOT NULL CHECK (lang IN ('en', 'pt', 'es')),
    title   text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    summary text NOT NULL CHECK (char_length(summary) BETWEEN 1 AND 500),
    body    text NOT NULL CHECK (char_length(body) <= 50000), -- Markdown
    PRIMARY KEY (news_id, lang)
);
