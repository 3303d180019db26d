-- What a message was asked for in: the sign-in, the enrolment or the session. And how many messages it had had with this one,
-- which was kept beside the code, where the next sign-in of the same person took its place.
ALTER TABLE sms_message ADD COLUMN sign_in_id BLOB;
ALTER TABLE sms_message ADD COLUMN sends INTEGER NOT NULL DEFAULT 1 CHECK (sends > 0);
UPDATE sms_message SET
  sign_in_id = (SELECT sign_in_id FROM sms_code WHERE message_id = sms_message.id),
  sends = (SELECT sms_code.sends FROM sms_code WHERE message_id = sms_message.id)
WHERE id IN (SELECT message_id FROM sms_code);
CREATE INDEX sms_message_by_sign_in ON sms_message (sign_in_id, created_at) WHERE sign_in_id IS NOT NULL;
ALTER TABLE sms_code DROP COLUMN sends;

-- Whether a gateway delivers what it takes.
CREATE INDEX sms_message_by_gateway ON sms_message (gateway, created_at) WHERE gateway IS NOT NULL;
CREATE INDEX sms_message_delivered ON sms_message (gateway) WHERE delivered_at IS NOT NULL;
