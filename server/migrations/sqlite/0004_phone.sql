-- Phones as a second factor. SQLite cannot change a CHECK, so the two tables that have one are built anew with their rows.
-- Nothing refers to either of them.

CREATE TABLE factor_new (
  id           BLOB   PRIMARY KEY,
  person_id    BLOB   NOT NULL REFERENCES person (id),
  method       TEXT   NOT NULL CHECK (method IN ('authenticator', 'phone')),
  state        TEXT   NOT NULL CHECK (state IN ('pending', 'active', 'disabled', 'replaced')),
  sign_in_id   BLOB   NOT NULL,
  secret       BLOB   NOT NULL,
  number_mac   BLOB,
  last_step    INTEGER NOT NULL DEFAULT 0 CHECK (last_step BETWEEN 0 AND 1000000000000),
  failures     INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
  created_at   INTEGER NOT NULL,
  confirmed_at INTEGER,
  CHECK ((state = 'pending') = (confirmed_at IS NULL)),
  CHECK ((method = 'phone') = (number_mac IS NOT NULL))
) STRICT;
INSERT INTO factor_new (id, person_id, method, state, sign_in_id, secret, last_step, failures, created_at, confirmed_at)
  SELECT id, person_id, method, state, sign_in_id, secret, last_step, failures, created_at, confirmed_at FROM factor;
DROP TABLE factor;
ALTER TABLE factor_new RENAME TO factor;
CREATE UNIQUE INDEX factor_pending ON factor (person_id, method) WHERE state = 'pending';
CREATE UNIQUE INDEX factor_bound ON factor (person_id, method) WHERE state IN ('active', 'disabled');
CREATE INDEX factor_by_number ON factor (number_mac) WHERE number_mac IS NOT NULL;

CREATE TABLE session_new (
  id           BLOB   PRIMARY KEY,
  token_hash   BLOB   NOT NULL UNIQUE,
  person_id    BLOB   NOT NULL REFERENCES person (id),
  sign_in_id   BLOB   UNIQUE,
  epoch        INTEGER NOT NULL,
  proof        TEXT   NOT NULL CHECK (proof IN ('password', 'authenticator', 'phone', 'recovery')),
  reveal       BLOB,
  address      TEXT   NOT NULL,
  agent        TEXT   NOT NULL,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  ended_at     INTEGER,
  CHECK (expires_at BETWEEN created_at AND created_at + 31536000)
) STRICT;
INSERT INTO session_new (id, token_hash, person_id, sign_in_id, epoch, proof, reveal, address, agent,
    created_at, last_seen_at, expires_at, ended_at)
  SELECT id, token_hash, person_id, sign_in_id, epoch, proof, reveal, address, agent,
    created_at, last_seen_at, expires_at, ended_at FROM session;
DROP TABLE session;
ALTER TABLE session_new RENAME TO session;
CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_expiry ON session (expires_at);

-- The one outstanding code of a person for a purpose. `mac` is a keyed hash over purpose, sign-in, person, number and code;
-- `sends` counts the codes of this sign-in.
CREATE TABLE sms_code (
  person_id   BLOB   NOT NULL REFERENCES person (id),
  purpose     TEXT   NOT NULL CHECK (purpose IN ('sign-in', 'enrolment')),
  sign_in_id  BLOB   NOT NULL,
  factor_id   BLOB   NOT NULL,
  message_id  BLOB   NOT NULL,
  mac         BLOB   NOT NULL,
  sends       INTEGER NOT NULL CHECK (sends > 0),
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  consumed_at INTEGER,
  PRIMARY KEY (person_id, purpose),
  CHECK (expires_at BETWEEN created_at AND created_at + 1800)
) STRICT;
CREATE INDEX sms_code_by_expiry ON sms_code (expires_at);

-- What became of each text message. Neither number nor text is kept. `reference` is the provider's own number.
CREATE TABLE sms_message (
  id           BLOB   PRIMARY KEY,
  person_id    BLOB   NOT NULL REFERENCES person (id),
  country      TEXT   NOT NULL,
  state        TEXT   NOT NULL CHECK (state IN ('sending', 'sent', 'unknown', 'refused', 'delivered', 'failed')),
  gateway      TEXT,
  reference    TEXT,
  created_at   INTEGER NOT NULL,
  sent_at      INTEGER,
  delivered_at INTEGER
) STRICT;
CREATE INDEX sms_message_by_reference ON sms_message (gateway, reference) WHERE reference IS NOT NULL;
CREATE INDEX sms_message_by_time ON sms_message (created_at);

-- Text messages of a day (days since 1970, UTC). The key is a keyed hash of a person, a number, a network address, a country …
CREATE TABLE sms_count (
  key      BLOB   NOT NULL,
  day      INTEGER NOT NULL,
  sent     INTEGER NOT NULL DEFAULT 0 CHECK (sent >= 0),
  verified INTEGER NOT NULL DEFAULT 0 CHECK (verified >= 0),
  refused  INTEGER NOT NULL DEFAULT 0 CHECK (refused >= 0),
  PRIMARY KEY (key, day)
) STRICT;
CREATE INDEX sms_count_by_day ON sms_count (day);
