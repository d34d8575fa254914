-- +goose Up

-- A time-based one-time password (TOTP, RFC 6238) beside the password.
CREATE TABLE second_factors (
    person_id    uuid        PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    secret       text        NOT NULL,     -- base32, sealed where there is a SECRET_KEY
    confirmed_at timestamptz,              -- NULL: being set up, does not count yet
    last_step    bigint      NOT NULL DEFAULT 0 -- a code of this step or before is used up
);

-- For the day the phone is lost: each works once.
CREATE TABLE recovery_codes (
    code_hash bytea PRIMARY KEY, -- SHA-256 of 120 random bits
    person_id uuid  NOT NULL REFERENCES people (id) ON DELETE CASCADE
);

CREATE INDEX recovery_codes_person_id ON recovery_codes (person_id);
