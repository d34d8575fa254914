-- +goose Up

-- Who may add, change and disable people by SCIM, each with a token of their own.
CREATE TABLE scim_tokens (
    token_hash bytea       PRIMARY KEY, -- SHA-256: a copy of this table lets nobody in
    name       text        NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 60), -- as in the audit trail
    made_at    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz -- within an hour; NULL: never
);

-- What a provider said of people by SCIM and the intranet itself has no place for.
CREATE TABLE scim_people (
    person_id   uuid        PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    external_id text        NOT NULL CHECK (char_length(external_id) <= 255), -- how the provider calls them
    given_name  text        NOT NULL CHECK (char_length(given_name) <= 200),
    family_name text        NOT NULL CHECK (char_length(family_name) <= 200),
    deleted_at  timestamptz -- since when the provider knows nothing of them; it counts while they are disabled
);

CREATE INDEX scim_people_external_id ON scim_people (external_id);
