-- The session that a card was made in: only there it is renewed or ticked, so that whoever has another session of this person
-- makes no card of their own while nobody has saved this one yet.
ALTER TABLE recovery_code ADD COLUMN session_id BYTEA;
UPDATE recovery_code SET session_id =
  (SELECT s.id FROM session s WHERE s.person_id = recovery_code.person_id AND s.ended_at IS NULL
     AND (s.reveal IS NOT NULL OR s.shown_card = recovery_code.number)
   ORDER BY s.created_at DESC, s.id LIMIT 1)
WHERE acknowledged_at IS NULL AND used_at IS NULL AND replaced_at IS NULL;
