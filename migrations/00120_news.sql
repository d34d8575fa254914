-- +goose Up

-- Since people can be deleted, and get a copy of what they have confirmed, that is looked for by person.
CREATE INDEX news_acknowledgements_person_id ON news_acknowledgements (person_id);
