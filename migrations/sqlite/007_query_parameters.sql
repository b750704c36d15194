-- Exchanges by the names of their query parameters, for each set of differing fields; those that match are the controls. Counted
-- for the run like relations: they go when their set goes. Sets that an earlier version has counted have none.
CREATE TABLE parameter_counts (
  set_key INTEGER PRIMARY KEY REFERENCES outcome_set (key) ON DELETE CASCADE,
  counts TEXT NOT NULL                -- JSON array: all counted, without any, with a name beyond the limit, name, count, name, count …
) STRICT;
