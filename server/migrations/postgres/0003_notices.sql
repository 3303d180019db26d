-- Who is told what, in which language, and the outbox from which it is sent.

-- The language of pages, mails and text messages; none: that of the browser, else English.
ALTER TABLE person ADD COLUMN language TEXT;

-- Where a person is told of what happens to the account: the sign-in address, and one more at most.
-- An address that was removed or replaced is told until `told_until`, so that nobody who takes an account over can hide it.
CREATE TABLE address (
  person_id  BYTEA  NOT NULL REFERENCES person (id),
  email      TEXT   NOT NULL,
  kind       TEXT   NOT NULL CHECK (kind IN ('sign-in', 'second')),
  added_at   BIGINT NOT NULL,
  told_until BIGINT,
  PRIMARY KEY (person_id, email)
);
CREATE UNIQUE INDEX address_current ON address (person_id, kind) WHERE told_until IS NULL;
CREATE INDEX address_by_end ON address (told_until) WHERE told_until IS NOT NULL;
INSERT INTO address (person_id, email, kind, added_at) SELECT id, email, 'sign-in', created_at FROM person;

-- Mail and text messages. One row for each event and address. `due_at`: not before; whoever sends one moves it on by a
-- lease first, and `attempts` tells one attempt from the next. After `give_up_at` nobody tries any more.
-- What must not be readable here (a link that sets a password) is in `sealed` instead of `body` and `html`.
ALTER TABLE notice
  ADD COLUMN event_id   BYTEA,
  ADD COLUMN html       TEXT   NOT NULL DEFAULT '',
  ADD COLUMN sealed     BYTEA,
  ADD COLUMN state      TEXT   NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
  ADD COLUMN attempts   BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  ADD COLUMN due_at     BIGINT,
  ADD COLUMN give_up_at BIGINT,
  ADD COLUMN problem    TEXT   NOT NULL DEFAULT '';
UPDATE notice SET
  event_id = id,
  state = CASE WHEN sent_at IS NULL THEN 'waiting' ELSE 'sent' END,
  due_at = created_at,
  give_up_at = created_at + 432000;
ALTER TABLE notice
  ALTER COLUMN event_id SET NOT NULL,
  ALTER COLUMN due_at SET NOT NULL,
  ALTER COLUMN give_up_at SET NOT NULL,
  ADD UNIQUE (event_id, recipient),
  ADD CHECK ((state = 'sent') = (sent_at IS NOT NULL));
CREATE INDEX notice_due ON notice (due_at) WHERE state = 'waiting';
