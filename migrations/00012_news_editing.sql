-- +goose Up

-- published_at: NULL is a draft; in the future, nobody but editors sees it yet.
ALTER TABLE news
    ALTER published_at DROP NOT NULL,
    ADD must_read  boolean     NOT NULL DEFAULT false,
    -- What people confirm: it moves on when they are asked to confirm again.
    ADD edition    int         NOT NULL DEFAULT 1 CHECK (edition > 0),
    ADD version    int         NOT NULL DEFAULT 1 CHECK (version > 0), -- moves on with every change
    ADD updated_at timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT news_slug_is_no_page CHECK (slug <> 'new'),
    ADD CONSTRAINT news_published_in_our_time CHECK (published_at >= '2000-01-01Z' AND published_at < '2200-01-01Z');

-- In the order of the list, so that a page of it is one range of the index.
DROP INDEX news_published;
CREATE INDEX news_published ON news (pinned, published_at, id);

-- Whom it is for: everyone, where there is none.
CREATE TABLE news_departments (
    news_id    uuid NOT NULL REFERENCES news (id) ON DELETE CASCADE,
    department text NOT NULL REFERENCES departments (slug),
    PRIMARY KEY (news_id, department)
);

-- No index of people: they are not deleted, and the primary key alone answers who
-- has not confirmed.
CREATE TABLE news_acknowledgements (
    news_id   uuid        NOT NULL REFERENCES news (id) ON DELETE CASCADE,
    edition   int         NOT NULL,
    person_id uuid        NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (news_id, edition, person_id)
);
