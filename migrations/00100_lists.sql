-- +goose Up

-- What each migration was when it was applied: the SHA-256 of its file, in hexadecimal digits. A database without this
-- column is from before the first release.
ALTER TABLE goose_db_version ADD COLUMN sha256 text;

-- Which state the lists are in that the server remembers: the sum of the parts, which is another one after every
-- change. A table that such a list shows has a trigger for it:
--
--   CREATE TRIGGER people_listed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON people
--       FOR EACH STATEMENT EXECUTE FUNCTION lists_changed();
CREATE TABLE lists_version (
    part bigint NOT NULL
);

-- A change adds a part with its own transaction, and puts the parts together that no other transaction is just
-- putting together. So no change waits for another, and there are few rows. What it adds is random: after a failover
-- that has lost changes, others do not lead to the same sum. It runs with its owner's rights, because the server may
-- only read the table.
-- +goose StatementBegin
CREATE FUNCTION lists_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('intranet.lists_changed', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        WITH old AS (
            DELETE FROM lists_version
            WHERE ctid = ANY (ARRAY(SELECT ctid FROM lists_version FOR UPDATE SKIP LOCKED))
            RETURNING part
        )
        INSERT INTO lists_version SELECT coalesce(sum(part), 0) + 1 + (random() * 1e9)::bigint FROM old;
        -- Once is enough for a transaction.
        PERFORM set_config('intranet.lists_changed', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
