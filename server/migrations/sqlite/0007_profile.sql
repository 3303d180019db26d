-- What a person does to their own account.

-- The session that a change of a factor was started in: once it has ended, nobody finishes the change.
ALTER TABLE sign_in ADD COLUMN session_id BLOB;

-- The look of the pages; none: that of the device.
ALTER TABLE person ADD COLUMN theme TEXT CHECK (theme IN ('light', 'dark'));

-- What happened to one account lately.
CREATE INDEX audit_event_by_person ON audit_event (person_id, at) WHERE person_id IS NOT NULL;

-- Codes as text messages may also show again that it is the person; `sign_in_id` is the session then. Codes live for
-- minutes, so the table is built anew without its rows.
DROP TABLE sms_code;
CREATE TABLE sms_code (
  person_id   BLOB   NOT NULL REFERENCES person (id),
  purpose     TEXT   NOT NULL CHECK (purpose IN ('sign-in', 'enrolment', 'confirm')),
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
