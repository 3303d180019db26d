-- The session that a recovery code has opened in this browser, when the answer was lost on the way: until somebody has seen
-- the new code, this sign-in hands the same session over again, to the same code.
ALTER TABLE sign_in ADD COLUMN resumes BYTEA;
