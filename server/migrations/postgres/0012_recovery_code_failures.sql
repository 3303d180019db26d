-- Wrong codes that were typed while this one counted, and when there were so many that it was switched off. One that is off
-- stays the person's code, so that its card is told apart from none, until another takes its place.
ALTER TABLE recovery_code ADD COLUMN failures BIGINT NOT NULL DEFAULT 0 CHECK (failures >= 0);
ALTER TABLE recovery_code ADD COLUMN disabled_at BIGINT;
