-- Where a company's people read what time it is, also without a deadline; `time_zone` is there with one alone, and is the same then.
ALTER TABLE company ADD COLUMN zone TEXT;
UPDATE company SET zone = time_zone;

-- The card that a session has shown: whoever has it may say so later, also when the page cannot show it again.
ALTER TABLE session ADD COLUMN shown_card INTEGER;
