-- +goose Up

-- Who did what, to whom, when and from where. Names are kept as they were then, and nothing points to people: the
-- trail stays when the people it names are gone.
CREATE TABLE audit (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    action     text        NOT NULL CHECK (action ~ '^[a-z]+(\.[a-z]+)+$'),
    actor_id   uuid,                         -- NULL: nobody signed in, or the command line
    actor      text        NOT NULL DEFAULT '' CHECK (char_length(actor) <= 254),
    subject_id uuid,
    subject    text        NOT NULL DEFAULT '' CHECK (char_length(subject) <= 254),
    address    text        NOT NULL DEFAULT '' CHECK (char_length(address) <= 64),
    request_id text        NOT NULL DEFAULT '' CHECK (char_length(request_id) <= 64),
    detail     text        NOT NULL DEFAULT '' CHECK (char_length(detail) <= 1000)
);

CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_actor ON audit (fold(actor), id);
CREATE INDEX audit_subject ON audit (fold(subject), id);

-- Append-only, for the application's own role too. Only what is older than 90 days may go, so that a retention can be
-- kept.
-- +goose StatementBegin
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '90 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_table BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
-- Also where triggers are switched off for a session, as replication does.
ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_rows, ENABLE ALWAYS TRIGGER audit_table;

-- The way for a role that may not delete by itself (see deploy/roles.sql): it runs with its owner's rights, and the
-- trigger still guards what is younger. A function with its owner's rights always sets its search_path.
-- +goose StatementBegin
CREATE FUNCTION expire_audit(older_than timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    BEGIN ATOMIC
        DELETE FROM audit WHERE at < least(older_than, now() - interval '90 days');
    END;
-- +goose StatementEnd
