-- +goose Up

-- Since when somebody is disabled, so that they can be deleted some time later; NULL: they are not. Of those who were
-- disabled before there was this column the time begins now.
ALTER TABLE people ADD COLUMN disabled_at timestamptz;
UPDATE people SET disabled_at = now() WHERE NOT active;
CREATE INDEX people_disabled_at ON people (disabled_at) WHERE NOT active;

-- +goose StatementBegin
CREATE FUNCTION note_disabled() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.disabled_at := CASE WHEN NOT NEW.active THEN now() END;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER people_disabled_from_the_first BEFORE INSERT ON people
    FOR EACH ROW WHEN (NOT NEW.active) EXECUTE FUNCTION note_disabled();
CREATE TRIGGER people_disabled BEFORE UPDATE OF active ON people
    FOR EACH ROW WHEN (OLD.active <> NEW.active) EXECUTE FUNCTION note_disabled();

-- What the trail has of a person is found by their id.
CREATE INDEX audit_actor_id ON audit (actor_id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_subject_id ON audit (subject_id) WHERE subject_id IS NOT NULL;

-- The trail stays append-only, but for what erase_person takes out of the entries of somebody who is gone: their
-- e-mail, their address and details. Ids, times and actions stay as they are, and so does the name of everybody who is
-- still there. The setting is that of erase_person, and of nobody who sends a single statement.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '90 days' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND current_setting('intranet.erasing', true) = 'on'
        AND (NEW.id, NEW.at, NEW.action, NEW.actor_id, NEW.subject_id, NEW.request_id)
            IS NOT DISTINCT FROM (OLD.id, OLD.at, OLD.action, OLD.actor_id, OLD.subject_id, OLD.request_id)
        AND NEW.actor IN (OLD.actor, '') AND NEW.subject IN (OLD.subject, '')
        AND NEW.address IN (OLD.address, '') AND NEW.detail IN (OLD.detail, '')
        AND NOT EXISTS (SELECT FROM people
            WHERE id = OLD.actor_id AND NEW.actor <> OLD.actor OR id = OLD.subject_id AND NEW.subject <> OLD.subject)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd

-- The e-mails that the intranet knows of a person, in lower case: the present one, and those of the trail.
-- +goose StatementBegin
CREATE FUNCTION emails_of(person uuid) RETURNS SETOF text
    LANGUAGE sql STABLE SET search_path = public, pg_temp
    BEGIN ATOMIC
        SELECT lower(email) FROM people WHERE id = person
        UNION SELECT lower(actor) FROM audit WHERE actor_id = person AND actor <> ''
        UNION SELECT lower(subject) FROM audit WHERE subject_id = person AND subject <> '';
    END;
-- +goose StatementEnd

-- Deletes a person with all that is theirs, for a role that may delete nobody by itself: it runs with its owner's
-- rights. What they wrote for others stays without them. It takes them out of the trail, adds an entry that says so,
-- and returns that entry; nothing, where there is no such person. A feature's tables say by their references or by a
-- trigger on people what becomes of their rows.
-- +goose StatementBegin
CREATE FUNCTION erase_person(erased uuid, by_id uuid, by_name text, from_address text, in_request text)
    RETURNS SETOF audit
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    known  text[];
    joined timestamptz;
BEGIN
    SELECT created_at INTO joined FROM people WHERE id = erased FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- An e-mail that somebody else has by now is theirs, where no id says otherwise.
    known := ARRAY(SELECT e FROM emails_of(erased) e
        WHERE NOT EXISTS (SELECT FROM people WHERE lower(email) = e AND id <> erased));
    UPDATE people SET manager_id = NULL, version = version + 1 WHERE manager_id = erased;
    DELETE FROM people WHERE id = erased;

    -- What people are found by: of the words, those that nobody has any more.
    DELETE FROM people_words WHERE person_id = erased;
    DELETE FROM vocabulary v
        WHERE NOT EXISTS (SELECT FROM people_words w WHERE w.word = v.word)
            AND NOT EXISTS (SELECT FROM departments d WHERE v.word = ANY (d.words));

    -- Until the entries are changed. A SET of the function would need a superuser as the owner of the tables.
    PERFORM set_config('intranet.erasing', 'on', true);
    -- Entries of what they did, of what was done to them, and that name them: a sign-in that failed, a filter.
    UPDATE audit a
        SET actor = CASE WHEN e.did THEN '' ELSE actor END,
            subject = CASE WHEN e.had THEN '' ELSE subject END,
            address = CASE WHEN e.did OR actor_id IS NULL AND e.had THEN '' ELSE address END,
            detail = CASE WHEN e.had OR e.named THEN '' ELSE detail END
        FROM (
            SELECT id, actor_id IS NOT DISTINCT FROM erased OR actor_id IS NULL AND lower(actor) = ANY (known) AS did,
                subject_id IS NOT DISTINCT FROM erased OR subject_id IS NULL AND lower(subject) = ANY (known) AS had,
                detail LIKE '%@%' AND regexp_split_to_array(lower(detail), '[\s,;:"''()<>]+') && known AS named
            FROM audit
        ) e
        WHERE a.id = e.id AND (e.did OR e.had OR e.named);
    PERFORM set_config('intranet.erasing', '', true);

    RETURN QUERY INSERT INTO audit (action, actor_id, actor, subject_id, address, request_id, detail)
        VALUES ('person.deleted', by_id, by_name, erased, from_address, in_request,
            'added ' || to_char(joined AT TIME ZONE 'UTC', 'YYYY-MM-DD'))
        RETURNING *;
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION erase_person(uuid, uuid, text, text, text) FROM PUBLIC;
