-- How many of a country's codes are typed in is read from the messages, once the time of their codes is over. Of the messages
-- so far nobody knows it any more: none of them speaks against its country.
ALTER TABLE sms_message ADD COLUMN verified_at BIGINT;
UPDATE sms_message SET verified_at = created_at;
CREATE INDEX sms_message_by_country ON sms_message (country, created_at);
ALTER TABLE sms_count DROP COLUMN verified;
-- Nothing has ever read the providers' own numbers.
DROP INDEX sms_message_by_reference;
ALTER TABLE sms_message DROP COLUMN reference;
