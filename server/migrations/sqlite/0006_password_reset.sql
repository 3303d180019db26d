-- Links that set a new password. One for each person, so that a newer one ends the older. It is also dead once the
-- person's epoch is another one, as after a new password.
CREATE TABLE password_reset (
  person_id   BLOB PRIMARY KEY REFERENCES person (id),
  token_hash  BLOB NOT NULL UNIQUE,
  epoch       INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  consumed_at INTEGER,
  CHECK (expires_at BETWEEN created_at AND created_at + 86400)
) STRICT;
CREATE INDEX password_reset_by_expiry ON password_reset (expires_at);
