-- +goose Up

-- What a person needs to recognise their sessions, and to end one.
ALTER TABLE sessions
    ADD COLUMN id      uuid        NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN address text        NOT NULL DEFAULT '', -- where it was last seen
    ADD COLUMN agent   text        NOT NULL DEFAULT '', -- the browser, as it calls itself
    ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();

-- The directory without the disabled has its index; administration lists all.
CREATE INDEX people_everybody ON people (name, id);
-- The last admin who can sign in must stay one.
CREATE INDEX people_admins ON people (id) WHERE role = 'admin' AND active AND password_hash IS NOT NULL;
