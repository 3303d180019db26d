-- Times are whole seconds since 1970 (UTC), ids and hashes are bytes.

CREATE TABLE company (
  id            BYTEA   PRIMARY KEY,
  name          TEXT   NOT NULL UNIQUE,
  mfa_available BIGINT NOT NULL CHECK (mfa_available IN (0, 1)),
  require_mfa   BIGINT NOT NULL CHECK (require_mfa IN (0, 1)),
  enforce_date  TEXT,
  time_zone     TEXT,
  policy_set_at BIGINT,
  suspended_at  BIGINT,
  created_at    BIGINT NOT NULL,
  CHECK ((enforce_date IS NULL) = (time_zone IS NULL))
);

-- `epoch` counts what ends every session and half-finished sign-in at once: a new password, a recovery, a new factor.
CREATE TABLE person (
  id          BYTEA   PRIMARY KEY,
  email       TEXT   NOT NULL UNIQUE,
  name        TEXT   NOT NULL,
  password    BYTEA,
  epoch       BIGINT NOT NULL DEFAULT 0 CHECK (epoch >= 0),
  disabled_at BIGINT,
  created_at  BIGINT NOT NULL
);

CREATE TABLE membership (
  company_id BYTEA NOT NULL REFERENCES company (id),
  person_id  BYTEA NOT NULL REFERENCES person (id),
  role       TEXT NOT NULL,
  PRIMARY KEY (person_id, company_id, role)
);

-- A sign-in between the right password and its second factor or its enrolment. `known`: from a browser of this person.
CREATE TABLE sign_in (
  id           BYTEA   PRIMARY KEY,
  token_hash   BYTEA   NOT NULL UNIQUE,
  person_id    BYTEA   NOT NULL REFERENCES person (id),
  stage        TEXT   NOT NULL CHECK (stage IN ('challenge', 'enrolment')),
  epoch        BIGINT NOT NULL,
  throttle_key BYTEA   NOT NULL,
  known        BIGINT NOT NULL CHECK (known IN (0, 1)),
  attempts     BIGINT NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND 1000000),
  created_at   BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  consumed_at  BIGINT,
  CHECK (expires_at BETWEEN created_at AND created_at + 31536000)
);
CREATE INDEX sign_in_by_expiry ON sign_in (expires_at);

-- A full session. `reveal` is a sealed recovery code that has not been looked at yet.
CREATE TABLE session (
  id           BYTEA   PRIMARY KEY,
  token_hash   BYTEA   NOT NULL UNIQUE,
  person_id    BYTEA   NOT NULL REFERENCES person (id),
  sign_in_id   BYTEA   UNIQUE,
  epoch        BIGINT NOT NULL,
  proof        TEXT   NOT NULL CHECK (proof IN ('password', 'authenticator', 'recovery')),
  reveal       BYTEA,
  address      TEXT   NOT NULL,
  agent        TEXT   NOT NULL,
  created_at   BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  ended_at     BIGINT,
  CHECK (expires_at BETWEEN created_at AND created_at + 31536000)
);
CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE factor (
  id           BYTEA   PRIMARY KEY,
  person_id    BYTEA   NOT NULL REFERENCES person (id),
  method       TEXT   NOT NULL CHECK (method IN ('authenticator')),
  state        TEXT   NOT NULL CHECK (state IN ('pending', 'active', 'disabled', 'replaced')),
  sign_in_id   BYTEA   NOT NULL,
  secret       BYTEA   NOT NULL,
  last_step    BIGINT NOT NULL DEFAULT 0 CHECK (last_step BETWEEN 0 AND 1000000000000),
  failures     BIGINT NOT NULL DEFAULT 0 CHECK (failures >= 0),
  created_at   BIGINT NOT NULL,
  confirmed_at BIGINT,
  CHECK ((state = 'pending') = (confirmed_at IS NULL))
);
-- At most one of a kind pending, and at most one that counts.
CREATE UNIQUE INDEX factor_pending ON factor (person_id, method) WHERE state = 'pending';
CREATE UNIQUE INDEX factor_bound ON factor (person_id, method) WHERE state IN ('active', 'disabled');

CREATE TABLE recovery_code (
  id              BYTEA   PRIMARY KEY,
  person_id       BYTEA   NOT NULL REFERENCES person (id),
  number          BIGINT NOT NULL CHECK (number > 0),
  mac             BYTEA   NOT NULL,
  created_at      BIGINT NOT NULL,
  acknowledged_at BIGINT,
  used_at         BIGINT,
  replaced_at     BIGINT,
  UNIQUE (person_id, number)
);
CREATE UNIQUE INDEX recovery_code_current ON recovery_code (person_id) WHERE used_at IS NULL AND replaced_at IS NULL;

-- Failure counters. The key is a keyed hash, so the table names nobody.
CREATE TABLE throttle (
  key            BYTEA   PRIMARY KEY,
  failures       BIGINT NOT NULL CHECK (failures >= 0),
  window_started BIGINT NOT NULL,
  paused_until   BIGINT NOT NULL
);
CREATE INDEX throttle_by_window ON throttle (window_started);

-- Append-only. `block` is given when the event is sealed into the chain.
CREATE TABLE audit_event (
  id        BYTEA   PRIMARY KEY,
  at        BIGINT NOT NULL,
  kind      TEXT   NOT NULL,
  person_id BYTEA,
  actor     TEXT   NOT NULL,
  address   TEXT   NOT NULL,
  detail    TEXT   NOT NULL,
  mac       BYTEA   NOT NULL,
  block     BIGINT
);
CREATE INDEX audit_event_open ON audit_event (at, id) WHERE block IS NULL;
CREATE INDEX audit_event_by_block ON audit_event (block);

CREATE TABLE audit_block (
  number    BIGINT PRIMARY KEY CHECK (number > 0),
  events    BIGINT NOT NULL CHECK (events > 0),
  previous  BYTEA   NOT NULL,
  hash      BYTEA   NOT NULL,
  mac       BYTEA   NOT NULL,
  sealed_at BIGINT NOT NULL
);

-- Mail and text messages that wait to be sent, and were sent.
CREATE TABLE notice (
  id         BYTEA   PRIMARY KEY,
  person_id  BYTEA   NOT NULL REFERENCES person (id),
  channel    TEXT   NOT NULL CHECK (channel IN ('mail', 'sms')),
  recipient  TEXT   NOT NULL,
  kind       TEXT   NOT NULL,
  subject    TEXT   NOT NULL,
  body       TEXT   NOT NULL,
  created_at BIGINT NOT NULL,
  sent_at    BIGINT
);
CREATE INDEX notice_by_time ON notice (created_at);

-- Tells a wrong key file from the right one without knowing the key.
CREATE TABLE key_check (
  key_id BIGINT PRIMARY KEY,
  value  BYTEA   NOT NULL
);
