-- Why responses are missing or incomplete, counted for the run like relations: with their endpoint.
CREATE TABLE failure (
  endpoint_key INTEGER NOT NULL REFERENCES endpoint (key) ON DELETE CASCADE,
  role TEXT NOT NULL,                 -- candidate or secondary
  kind TEXT NOT NULL,                 -- refused, dns, tls, …
  reason TEXT NOT NULL,               -- in words
  address TEXT NOT NULL,              -- URL of the upstream; empty if there is none
  count INTEGER NOT NULL,
  PRIMARY KEY (endpoint_key, role, kind, reason, address)
) STRICT, WITHOUT ROWID;
