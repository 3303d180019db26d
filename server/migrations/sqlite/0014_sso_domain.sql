-- E-mail domains whose people sign in at a company's identity provider. Each belongs to one company, and says nothing about its
-- sub-domains. A domain comes with the connection of its provider and never before: without one nobody of it would get in. The
-- same change moves on the epoch of the domain's people, so that everything they have open ends.
CREATE TABLE sso_domain (
  domain     TEXT  PRIMARY KEY CHECK (domain = lower(domain) AND domain <> ''),
  company_id BLOB NOT NULL REFERENCES company (id)
) STRICT;
