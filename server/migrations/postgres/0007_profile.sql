-- What a person does to their own account.

-- The session that a change of a factor was started in: once it has ended, nobody finishes the change.
ALTER TABLE sign_in ADD COLUMN session_id BYTEA;

-- The look of the pages; none: that of the device.
ALTER TABLE person ADD COLUMN theme TEXT CHECK (theme IN ('light', 'dark'));

-- What happened to one account lately.
CREATE INDEX audit_event_by_person ON audit_event (person_id, at) WHERE person_id IS NOT NULL;

-- Codes as text messages may also show again that it is the person; `sign_in_id` is the session then.
ALTER TABLE sms_code DROP CONSTRAINT sms_code_purpose_check;
ALTER TABLE sms_code ADD CONSTRAINT sms_code_purpose_check CHECK (purpose IN ('sign-in', 'enrolment', 'confirm'));
