-- +goose Up

-- Who somebody of an OpenID Connect provider is here. Issuer and subject alone say it, because e-mails change. A
-- person has one identity at most.
CREATE TABLE identities (
    person_id uuid        PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    issuer    text        NOT NULL CHECK (char_length(issuer) BETWEEN 1 AND 500),
    subject   text        NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 255),
    linked_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (issuer, subject)
);

-- Forms that wait until their person has proved at the provider that it is them. They are sealed, and kept for minutes.
CREATE TABLE proof_forms (
    person_id uuid        NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    name_hash bytea       NOT NULL, -- SHA-256
    sealed    text        NOT NULL,
    made_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person_id, name_hash)
);

CREATE INDEX proof_forms_made_at ON proof_forms (made_at);
