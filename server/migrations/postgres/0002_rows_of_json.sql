-- Two functions that SQLite has by itself, so that one SQL text reads many rows from one parameter on both.

-- The elements of a JSON array, in their order. STRICT keeps the planner from looking inside, so that it believes in
-- ROWS 1: then it takes each element first and looks its row up by key, also before it has met the tables' sizes.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (value JSONB)
  LANGUAGE sql IMMUTABLE STRICT ROWS 1
  AS 'SELECT jsonb_array_elements(list::jsonb)';

-- The bytes of hexadecimal digits.
CREATE FUNCTION unhex(digits TEXT) RETURNS BYTEA
  LANGUAGE sql IMMUTABLE
  AS $$SELECT decode(digits, 'hex')$$;
