-- Phones as a second factor.

ALTER TABLE factor DROP CONSTRAINT factor_method_check;
ALTER TABLE factor ADD CONSTRAINT factor_method_check CHECK (method IN ('authenticator', 'phone'));
ALTER TABLE factor ADD COLUMN number_mac BYTEA;
ALTER TABLE factor ADD CONSTRAINT factor_number_check CHECK ((method = 'phone') = (number_mac IS NOT NULL));
CREATE INDEX factor_by_number ON factor (number_mac) WHERE number_mac IS NOT NULL;

ALTER TABLE session DROP CONSTRAINT session_proof_check;
ALTER TABLE session ADD CONSTRAINT session_proof_check
  CHECK (proof IN ('password', 'authenticator', 'phone', 'recovery'));

-- The one outstanding code of a person for a purpose. `mac` is a keyed hash over purpose, sign-in, person, number and code;
-- `sends` counts the codes of this sign-in.
CREATE TABLE sms_code (
  person_id   BYTEA  NOT NULL REFERENCES person (id),
  purpose     TEXT   NOT NULL CHECK (purpose IN ('sign-in', 'enrolment')),
  sign_in_id  BYTEA  NOT NULL,
  factor_id   BYTEA  NOT NULL,
  message_id  BYTEA  NOT NULL,
  mac         BYTEA  NOT NULL,
  sends       BIGINT NOT NULL CHECK (sends > 0),
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  consumed_at BIGINT,
  PRIMARY KEY (person_id, purpose),
  CHECK (expires_at BETWEEN created_at AND created_at + 1800)
);
CREATE INDEX sms_code_by_expiry ON sms_code (expires_at);

-- What became of each text message. Neither number nor text is kept. `reference` is the provider's own number.
CREATE TABLE sms_message (
  id           BYTEA  PRIMARY KEY,
  person_id    BYTEA  NOT NULL REFERENCES person (id),
  country      TEXT   NOT NULL,
  state        TEXT   NOT NULL CHECK (state IN ('sending', 'sent', 'unknown', 'refused', 'delivered', 'failed')),
  gateway      TEXT,
  reference    TEXT,
  created_at   BIGINT NOT NULL,
  sent_at      BIGINT,
  delivered_at BIGINT
);
CREATE INDEX sms_message_by_reference ON sms_message (gateway, reference) WHERE reference IS NOT NULL;
CREATE INDEX sms_message_by_time ON sms_message (created_at);

-- Text messages of a day (days since 1970, UTC). The key is a keyed hash of a person, a number, a network address, a country …
CREATE TABLE sms_count (
  key      BYTEA  NOT NULL,
  day      BIGINT NOT NULL,
  sent     BIGINT NOT NULL DEFAULT 0 CHECK (sent >= 0),
  verified BIGINT NOT NULL DEFAULT 0 CHECK (verified >= 0),
  refused  BIGINT NOT NULL DEFAULT 0 CHECK (refused >= 0),
  PRIMARY KEY (key, day)
);
CREATE INDEX sms_count_by_day ON sms_count (day);
