-- The networks that each person has signed in from lately, so that a sign-in from elsewhere in a browser that is not known is
-- told. `network` is a keyed hash over the person and the first part of the address, so the table names no place.
CREATE TABLE seen_network (
  person_id BLOB    NOT NULL REFERENCES person (id),
  network   BLOB    NOT NULL,
  first_at  INTEGER NOT NULL,
  seen_at   INTEGER NOT NULL CHECK (seen_at >= first_at),
  PRIMARY KEY (person_id, network)
) STRICT;
CREATE INDEX seen_network_by_use ON seen_network (seen_at);

-- The network that the password came from, where there is nothing to note about it: the second step then asks for nothing more.
ALTER TABLE sign_in ADD COLUMN seen_network BLOB;
