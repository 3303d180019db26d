-- True where a recovery code has just opened the session: the factors that are there are lost, and the new one takes the
-- place of all of them.
ALTER TABLE sign_in ADD COLUMN lost INTEGER NOT NULL DEFAULT 0 CHECK (lost IN (0, 1));
