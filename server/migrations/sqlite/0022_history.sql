-- What anybody can cause at an account who knows its e-mail has an index of its own, so that however much of it there is, what
-- matters is found as fast.
DROP INDEX audit_event_by_person;
CREATE INDEX audit_event_by_person ON audit_event (person_id, at)
  WHERE person_id IS NOT NULL AND kind NOT IN ('password.wrong', 'password.paused', 'password.refused', 'password.reset_asked');
CREATE INDEX audit_event_try_by_person ON audit_event (person_id, at)
  WHERE person_id IS NOT NULL AND kind IN ('password.wrong', 'password.paused', 'password.refused', 'password.reset_asked');
