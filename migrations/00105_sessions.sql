-- +goose Up

CREATE TABLE sessions (
    -- SHA-256 of the cookie's token: a copy of this table signs nobody in.
    token_hash bytea       PRIMARY KEY,
    data       bytea       NOT NULL,
    person_id  uuid        REFERENCES people (id) ON DELETE CASCADE,
    version    int, -- the person's session_version when their password was checked
    -- What a person needs to recognise their sessions, and to end one.
    id         uuid        NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    address    text        NOT NULL DEFAULT '', -- where it was last seen
    agent      text        NOT NULL DEFAULT '', -- the browser, as it calls itself
    seen_at    timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    -- A tombstone instead of a delete: a request that is still in flight at sign-out finds the row taken and cannot
    -- bring the session back to life.
    revoked_at timestamptz
);

CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE INDEX sessions_person_id ON sessions (person_id);
