-- +goose Up

CREATE TABLE sessions (
    -- SHA-256 of the cookie's token: a copy of this table signs nobody in.
    token_hash bytea       PRIMARY KEY,
    data       bytea       NOT NULL,
    person_id  uuid        REFERENCES people (id) ON DELETE CASCADE,
    version    int, -- the person's session_version when their password was checked
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    -- A tombstone instead of a delete: a request still in flight at sign-out
    -- finds the row taken and cannot bring the session back to life.
    revoked_at timestamptz
);

CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE INDEX sessions_person_id ON sessions (person_id);

-- How far ahead of its rate each key is (GCRA): one row a key, one statement an
-- attempt, the same answer on every replica.
CREATE TABLE throttles (
    key bytea       PRIMARY KEY,
    tat timestamptz NOT NULL
);

CREATE INDEX throttles_tat ON throttles (tat);
