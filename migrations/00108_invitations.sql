-- +goose Up

-- One-time codes with which a person sets their password. A person has one at most: a new one takes the place of the
-- last. A used one is deleted.
CREATE TABLE invitations (
    person_id  uuid        PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    code_hash  bytea       NOT NULL UNIQUE, -- SHA-256: a copy of this table lets nobody in
    expires_at timestamptz NOT NULL
);
