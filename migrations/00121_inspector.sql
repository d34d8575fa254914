-- +goose Up

-- A replica may write a moment later what it saw of somebody who is being deleted. So the deletion and the writing come
-- one after the other: see internal/features/inspector/write.go.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION forget_inspected() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock('inspected_handshakes'::regclass::oid::bigint);
    DELETE FROM inspected_handshakes WHERE person_id = OLD.id;
    DELETE FROM inspected_browsers WHERE person_id = OLD.id;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
