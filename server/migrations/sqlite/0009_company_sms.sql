-- 0 where a company does not let its people use text messages (NIST SP 800-63B-4 §3.2.9 calls them restricted).
ALTER TABLE company ADD COLUMN allow_sms INTEGER NOT NULL DEFAULT 1 CHECK (allow_sms IN (0, 1));
