-- Times are whole seconds since 1970 (UTC), ids and hashes are bytes.

CREATE TABLE company (
  id            BLOB   PRIMARY KEY,
  name          TEXT   NOT NULL UNIQUE,
  mfa_available INTEGER NOT NULL CHECK (mfa_available IN (0, 1)),
  require_mfa   INTEGER NOT NULL CHECK (require_mfa IN (0, 1)),
  enforce_date  TEXT,
  time_zone     TEXT,
  policy_set_at INTEGER,
  suspended_at  INTEGER,
  created_at    INTEGER NOT NULL,
  CHECK ((enforce_date IS NULL) = (time_zone IS NULL))
) STRICT;

-- `epoch` counts what ends every session and half-finished sign-in at once: a new password, a recovery, a new factor.
CREATE TABLE person (
  id          BLOB   PRIMARY KEY,
  email       TEXT   NOT NULL UNIQUE,
  name        TEXT   NOT NULL,
  password    BLOB,
  epoch       INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0),
  disabled_at INTEGER,
  created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE membership (
  company_id BLOB NOT NULL REFERENCES company (id),
  person_id  BLOB NOT NULL REFERENCES person (id),
  role       TEXT NOT NULL,
  PRIMARY KEY (person_id, company_id, role)
) STRICT;

-- A sign-in between the right password and its second factor or its enrolment. `known`: from a browser of this person.
CREATE TABLE sign_in (
  id           BLOB   PRIMARY KEY,
  token_hash   BLOB   NOT NULL UNIQUE,
  person_id    BLOB   NOT NULL REFERENCES person (id),
  stage        TEXT   NOT NULL CHECK (stage IN ('challenge', 'enrolment')),
  epoch        INTEGER NOT NULL,
  throttle_key BLOB   NOT NULL,
  known        INTEGER NOT NULL CHECK (known IN (0, 1)),
  attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND 1000000),
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  consumed_at  INTEGER,
  CHECK (expires_at BETWEEN created_at AND created_at + 31536000)
) STRICT;
CREATE INDEX sign_in_by_expiry ON sign_in (expires_at);

-- A full session. `reveal` is a sealed recovery code that has not been looked at yet.
CREATE TABLE session (
  id           BLOB   PRIMARY KEY,
  token_hash   BLOB   NOT NULL UNIQUE,
  person_id    BLOB   NOT NULL REFERENCES person (id),
  sign_in_id   BLOB   UNIQUE,
  epoch        INTEGER NOT NULL,
  proof        TEXT   NOT NULL CHECK (proof IN ('password', 'authenticator', 'recovery')),
  reveal       BLOB,
  address      TEXT   NOT NULL,
  agent        TEXT   NOT NULL,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  ended_at     INTEGER,
  CHECK (expires_at BETWEEN created_at AND created_at + 31536000)
) STRICT;
CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE factor (
  id           BLOB   PRIMARY KEY,
  person_id    BLOB   NOT NULL REFERENCES person (id),
  method       TEXT   NOT NULL CHECK (method IN ('authenticator')),
  state        TEXT   NOT NULL CHECK (state IN ('pending', 'active', 'disabled', 'replaced')),
  sign_in_id   BLOB   NOT NULL,
  secret       BLOB   NOT NULL,
  last_step    INTEGER NOT NULL DEFAULT 0 CHECK (last_step BETWEEN 0 AND 1000000000000),
  failures     INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
  created_at   INTEGER NOT NULL,
  confirmed_at INTEGER,
  CHECK ((state = 'pending') = (confirmed_at IS NULL))
) STRICT;
-- At most one of a kind pending, and at most one that counts.
CREATE UNIQUE INDEX factor_pending ON factor (person_id, method) WHERE state = 'pending';
CREATE UNIQUE INDEX factor_bound ON factor (person_id, method) WHERE state IN ('active', 'disabled');

CREATE TABLE recovery_code (
  id              BLOB   PRIMARY KEY,
  person_id       BLOB   NOT NULL REFERENCES person (id),
  number          INTEGER NOT NULL CHECK (number > 0),
  mac             BLOB   NOT NULL,
  created_at      INTEGER NOT NULL,
  acknowledged_at INTEGER,
  used_at         INTEGER,
  replaced_at     INTEGER,
  UNIQUE (person_id, number)
) STRICT;
CREATE UNIQUE INDEX recovery_code_current ON recovery_code (person_id) WHERE used_at IS NULL AND replaced_at IS NULL;

-- Failure counters. The key is a keyed hash, so the table names nobody.
CREATE TABLE throttle (
  key            BLOB   PRIMARY KEY,
  failures       INTEGER NOT NULL CHECK (failures >= 0),
  window_started INTEGER NOT NULL,
  paused_until   INTEGER NOT NULL
) STRICT;
CREATE INDEX throttle_by_window ON throttle (window_started);

-- Append-only. `block` is given when the event is sealed into the chain.
CREATE TABLE audit_event (
  id        BLOB   PRIMARY KEY,
  at        INTEGER NOT NULL,
  kind      TEXT   NOT NULL,
  person_id BLOB,
  actor     TEXT   NOT NULL,
  address   TEXT   NOT NULL,
  detail    TEXT   NOT NULL,
  mac       BLOB   NOT NULL,
  block     INTEGER
) STRICT;
CREATE INDEX audit_event_open ON audit_event (at, id) WHERE block IS NULL;
CREATE INDEX audit_event_by_block ON audit_event (block);

CREATE TABLE audit_block (
  number    INTEGER PRIMARY KEY CHECK (number > 0),
  events    INTEGER NOT NULL CHECK (events > 0),
  previous  BLOB   NOT NULL,
  hash      BLOB   NOT NULL,
  mac       BLOB   NOT NULL,
  sealed_at INTEGER NOT NULL
) STRICT;

-- Mail and text messages that wait to be sent, and were sent.
CREATE TABLE notice (
  id         BLOB   PRIMARY KEY,
  person_id  BLOB   NOT NULL REFERENCES person (id),
  channel    TEXT   NOT NULL CHECK (channel IN ('mail', 'sms')),
  recipient  TEXT   NOT NULL,
  kind       TEXT   NOT NULL,
  subject    TEXT   NOT NULL,
  body       TEXT   NOT NULL,
  created_at INTEGER NOT NULL,
  sent_at    INTEGER
) STRICT;
CREATE INDEX notice_by_time ON notice (created_at);

-- Tells a wrong key file from the right one without knowing the key.
CREATE TABLE key_check (
  key_id INTEGER PRIMARY KEY,
  value  BLOB   NOT NULL
) STRICT;
