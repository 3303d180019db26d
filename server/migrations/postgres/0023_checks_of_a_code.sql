-- How often somebody has typed something else while this code was the outstanding one, on whichever page: it ends after five.
ALTER TABLE sms_code ADD COLUMN checks BIGINT NOT NULL DEFAULT 0;
