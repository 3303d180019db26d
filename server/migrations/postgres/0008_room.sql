-- Room for the new version of a row in the page of the old one: then an update touches no index (a heap-only tuple).
-- A sign-in and a counter are each written twice in the transaction that accepts a code.
ALTER TABLE sign_in SET (fillfactor = 30);
ALTER TABLE throttle SET (fillfactor = 30);
ALTER TABLE factor SET (fillfactor = 50);
ALTER TABLE person SET (fillfactor = 50);
ALTER TABLE session SET (fillfactor = 80);

-- Events are found by their block once they have one.
DROP INDEX audit_event_by_block;
CREATE INDEX audit_event_by_block ON audit_event (block) WHERE block IS NOT NULL;

-- The same as before (see 0002), in the language whose plans a connection keeps.
CREATE OR REPLACE FUNCTION json_each(list TEXT) RETURNS TABLE (value JSONB)
  LANGUAGE plpgsql IMMUTABLE STRICT ROWS 1
  AS 'BEGIN RETURN QUERY SELECT jsonb_array_elements(list::jsonb); END';
