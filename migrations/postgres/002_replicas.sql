-- What the replicas of a store say about themselves, beyond their health.
ALTER TABLE replica
  ADD COLUMN applied bigint NOT NULL DEFAULT 0,     -- the latest change of shared_state that all its proxy threads apply
  ADD COLUMN config text NOT NULL DEFAULT '{}';     -- JSON object: a hash of each top-level option

-- At most one percentage per route and candidate.
ALTER TABLE shared_state ALTER COLUMN percents SET DEFAULT '[]';
UPDATE shared_state SET percents = '[]' WHERE percents = '{}';
