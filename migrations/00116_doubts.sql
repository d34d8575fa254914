-- +goose Up

-- Of a change whose COMMIT was not answered nobody knows whether it was made, until it is looked up: its
-- transaction has written here that it was made.
ALTER TABLE sent_forms
    ADD COLUMN claim text NOT NULL DEFAULT '', -- a random text for each time that the form is claimed
    ADD COLUMN made  text; -- the claim, and the number of its last transaction that was committed
