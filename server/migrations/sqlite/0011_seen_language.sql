-- The language of the pages that a person last saw while signed in, for those who have not chosen one: mails that no visit
-- causes are written in it.
ALTER TABLE person ADD COLUMN seen_language TEXT;
