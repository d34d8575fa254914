-- +goose Up

-- What happens in the company. An event has either moments, or whole days: days are dates, the same in every time
-- zone, and no moments in any.
CREATE TABLE events (
    id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    lang       text        NOT NULL CHECK (lang IN ('en', 'pt', 'es')), -- of the texts
    title      text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    place      text        NOT NULL DEFAULT '' CHECK (char_length(place) <= 200),
    body       text        NOT NULL DEFAULT '' CHECK (char_length(body) <= 20000), -- Markdown
    plain      text        NOT NULL DEFAULT '', -- the body as its page reads, which is searched: markdown.Plain
    -- From 2000 to 2199 in the writer's time zone, which the form asks for.
    starts_at  timestamptz CHECK (starts_at >= '1999-12-31Z'),
    ends_at    timestamptz CHECK (ends_at < '2200-01-02Z'),
    first_day  date        CHECK (first_day >= '2000-01-01'),
    last_day   date        CHECK (last_day < '2200-01-01'),
    created_by uuid        REFERENCES people (id) ON DELETE SET NULL,
    version    int         NOT NULL DEFAULT 1 CHECK (version > 0), -- moves on with every change
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    search     tsvector    NOT NULL GENERATED ALWAYS AS (search_vector(lang, title, place || ' ' || plain)) STORED,
    CONSTRAINT events_moments_or_days CHECK (
        (num_nulls(starts_at, ends_at) = 0 AND num_nonnulls(first_day, last_day) = 0 AND ends_at > starts_at)
        OR (num_nonnulls(starts_at, ends_at) = 0 AND num_nulls(first_day, last_day) = 0 AND last_day >= first_day)
    )
);

-- Each search would read what fastupdate leaves to be sorted in later.
CREATE INDEX events_search ON events USING gin (search) WITH (fastupdate = off);

CREATE TRIGGER events_listed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION lists_changed();

CREATE TABLE attendance (
    event_id  uuid        NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    person_id uuid        NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    going     boolean     NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, person_id)
);

CREATE INDEX attendance_person_id ON attendance (person_id);
