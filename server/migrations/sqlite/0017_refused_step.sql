-- Steps of an authenticator whose codes were typed before their time by somebody who was told how far ahead the clock is: the
-- answer says when such a code would be right, so it never is.
CREATE TABLE refused_step (
  factor_id BLOB    NOT NULL REFERENCES factor (id) ON DELETE CASCADE,
  step      INTEGER NOT NULL,
  PRIMARY KEY (factor_id, step)
) STRICT;
CREATE INDEX refused_step_by_step ON refused_step (step);
