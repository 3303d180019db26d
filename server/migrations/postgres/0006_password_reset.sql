-- Links that set a new password. One for each person, so that a newer one ends the older. It is also dead once the
-- person's epoch is another one, as after a new password.
CREATE TABLE password_reset (
  person_id   BYTEA PRIMARY KEY REFERENCES person (id),
  token_hash  BYTEA NOT NULL UNIQUE,
  epoch       BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  consumed_at BIGINT,
  CHECK (expires_at BETWEEN created_at AND created_at + 86400)
);
CREATE INDEX password_reset_by_expiry ON password_reset (expires_at);
