-- A person can count the values of a path segment as one parameter, or keep them apart however many there are.
ALTER TABLE learned_template ADD COLUMN decided_by TEXT;    -- null: learned from traffic
ALTER TABLE learned_template ADD COLUMN decided_at INTEGER; -- Unix milliseconds

CREATE TABLE kept_apart (
  route TEXT NOT NULL,
  method TEXT NOT NULL,
  parent TEXT NOT NULL,               -- the template up to the segment: /repos/{repo}
  decided_by TEXT NOT NULL,
  decided_at INTEGER NOT NULL,        -- Unix milliseconds
  PRIMARY KEY (route, method, parent)
) STRICT, WITHOUT ROWID;
