-- `times`: the moments of the last failures of a counter, the newest first, ten digits each, so that its window has no edge.
-- Those of before stay in `failures`. `checking`: how many of the failures are counted in advance, and only being checked.
-- `refused`: whether the audit log has it that somebody went on within the pause.
ALTER TABLE throttle ADD COLUMN times TEXT NOT NULL DEFAULT '';
ALTER TABLE throttle ADD COLUMN checking INTEGER NOT NULL DEFAULT 0 CHECK (checking >= 0);
ALTER TABLE throttle ADD COLUMN refused INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1));
