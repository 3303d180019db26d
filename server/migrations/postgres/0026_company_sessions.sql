-- How long sessions of a company's people last at most and may be idle, seconds; none: as the installation says.
ALTER TABLE company ADD COLUMN session_life BIGINT CHECK (session_life > 0);
ALTER TABLE company ADD COLUMN session_idle BIGINT CHECK (session_idle > 0);

-- How long this session may be idle, where a company says so; how long it lasts is in `expires_at`.
ALTER TABLE session ADD COLUMN idle BIGINT;
