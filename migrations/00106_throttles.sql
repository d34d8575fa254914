-- +goose Up

-- How far ahead of its rate each key is (GCRA): one row a key, one statement an attempt, the same answer on every
-- replica.
CREATE TABLE throttles (
    key bytea       PRIMARY KEY,
    tat timestamptz NOT NULL
);

CREATE INDEX throttles_tat ON throttles (tat);

-- Takes one from every limit or from none, and says how long to wait: 0 when it took. It is the generic cell rate
-- algorithm (tat is the time at which a bucket would be full again), in one statement for its caller. A limit does not
-- count while the key in unless, if it has one, holds.
-- +goose StatementBegin
CREATE FUNCTION throttle(keys bytea[], every interval[], burst int[], unless bytea[]) RETURNS interval
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    wait interval;
BEGIN
    FOR locked IN 0..1 LOOP
        SELECT max(greatest(t.tat, clock_timestamp()) + l.every - l.every * l.burst - clock_timestamp()) INTO wait
            FROM unnest(keys, every, burst, unless) AS l (key, every, burst, unless) JOIN throttles t USING (key)
            WHERE NOT EXISTS (SELECT FROM throttles u WHERE u.key = l.unless AND u.tat > clock_timestamp());
        IF wait > '0' THEN
            RETURN wait; -- and leave no row behind for the limits that are not reached
        END IF;
        EXIT WHEN locked = 1;
        -- The rows first, then their locks: both in the order of the keys, or two attempts could wait for each other.
        INSERT INTO throttles (key, tat)
            SELECT k, clock_timestamp() FROM unnest(keys) k ORDER BY k ON CONFLICT DO NOTHING;
        PERFORM FROM throttles WHERE key = ANY (keys) ORDER BY key FOR UPDATE;
    END LOOP;
    -- Never beyond an empty bucket: one that did not count, and was emptied again and again, would be slow to fill for
    -- those for whom it counts.
    UPDATE throttles t
        SET tat = least(greatest(t.tat, clock_timestamp()) + l.every, clock_timestamp() + l.every * l.burst)
        FROM unnest(keys, every, burst) AS l (key, every, burst) WHERE t.key = l.key;
    RETURN '0';
END
$$;
-- +goose StatementEnd
