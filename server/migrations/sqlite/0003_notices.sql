-- Who is told what, in which language, and the outbox from which it is sent.

-- The language of pages, mails and text messages; none: that of the browser, else English.
ALTER TABLE person ADD COLUMN language TEXT;

-- Where a person is told of what happens to the account: the sign-in address, and one more at most.
-- An address that was removed or replaced is told until `told_until`, so that nobody who takes an account over can hide it.
CREATE TABLE address (
  person_id  BLOB    NOT NULL REFERENCES person (id),
  email      TEXT    NOT NULL,
  kind       TEXT    NOT NULL CHECK (kind IN ('sign-in', 'second')),
  added_at   INTEGER NOT NULL,
  told_until INTEGER,
  PRIMARY KEY (person_id, email)
) STRICT;
CREATE UNIQUE INDEX address_current ON address (person_id, kind) WHERE told_until IS NULL;
CREATE INDEX address_by_end ON address (told_until) WHERE told_until IS NOT NULL;
INSERT INTO address (person_id, email, kind, added_at) SELECT id, email, 'sign-in', created_at FROM person;

-- Mail and text messages. One row for each event and address. `due_at`: not before; whoever sends one moves it on by a
-- lease first, and `attempts` tells one attempt from the next. After `give_up_at` nobody tries any more.
-- What must not be readable here (a link that sets a password) is in `sealed` instead of `body` and `html`.
CREATE TABLE notice_new (
  id         BLOB    PRIMARY KEY,
  event_id   BLOB    NOT NULL,
  person_id  BLOB    NOT NULL REFERENCES person (id),
  channel    TEXT    NOT NULL CHECK (channel IN ('mail', 'sms')),
  recipient  TEXT    NOT NULL,
  kind       TEXT    NOT NULL,
  subject    TEXT    NOT NULL,
  body       TEXT    NOT NULL,
  html       TEXT    NOT NULL DEFAULT '',
  sealed     BLOB,
  state      TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
  attempts   INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  due_at     INTEGER NOT NULL,
  give_up_at INTEGER NOT NULL,
  problem    TEXT    NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  sent_at    INTEGER,
  UNIQUE (event_id, recipient),
  CHECK ((state = 'sent') = (sent_at IS NOT NULL))
) STRICT;
INSERT INTO notice_new
  (id, event_id, person_id, channel, recipient, kind, subject, body, state, due_at, give_up_at, created_at, sent_at)
SELECT id, id, person_id, channel, recipient, kind, subject, body,
  CASE WHEN sent_at IS NULL THEN 'waiting' ELSE 'sent' END, created_at, created_at + 432000, created_at, sent_at
FROM notice;
DROP TABLE notice;
ALTER TABLE notice_new RENAME TO notice;
CREATE INDEX notice_by_time ON notice (created_at);
CREATE INDEX notice_due ON notice (due_at) WHERE state = 'waiting';
