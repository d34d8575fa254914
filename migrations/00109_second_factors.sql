-- +goose Up

-- A time-based one-time password (TOTP, RFC 6238) beside the password.
CREATE TABLE second_factors (
    person_id    uuid        PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    secret       text        NOT NULL,     -- base32, sealed where there is a SECRET_KEY
    begun_at     timestamptz NOT NULL DEFAULT now(), -- one that is not confirmed soon after counts for nothing
    confirmed_at timestamptz,              -- NULL: being set up, does not count yet
    last_step    bigint      NOT NULL DEFAULT 0 -- a code of this step or before is used up
);

-- A second factor that is being set up ends with the sessions of its person: with a new password, a one-time link that
-- is used, a disabling, a new role, a reset, and whatever else ends them.
-- +goose StatementBegin
CREATE FUNCTION end_begun_factor() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM second_factors WHERE person_id = NEW.id AND confirmed_at IS NULL;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER people_end_begun_factor AFTER UPDATE OF session_version ON people
    FOR EACH ROW WHEN (OLD.session_version <> NEW.session_version) EXECUTE FUNCTION end_begun_factor();

-- For the day the phone is lost: each works once.
CREATE TABLE recovery_codes (
    code_hash bytea PRIMARY KEY, -- SHA-256 of 120 random bits
    person_id uuid  NOT NULL REFERENCES people (id) ON DELETE CASCADE
);

CREATE INDEX recovery_codes_person_id ON recovery_codes (person_id);
