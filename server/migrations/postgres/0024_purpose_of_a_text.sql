-- What the code in a message is good for: a country is judged by those that link a number.
ALTER TABLE sms_message ADD COLUMN purpose TEXT;
