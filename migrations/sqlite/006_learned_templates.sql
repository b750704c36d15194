-- Path segments whose values are counted as one parameter. Counts stay with the names under which they were stored; readers
-- replace the values.
CREATE TABLE learned_template (
  route TEXT NOT NULL,
  method TEXT NOT NULL,
  parent TEXT NOT NULL,               -- the template up to the segment: /repos/{repo}
  parameter TEXT NOT NULL,            -- {name}
  literals TEXT NOT NULL,             -- JSON array of values that stay as they are
  PRIMARY KEY (route, method, parent)
) STRICT, WITHOUT ROWID;
