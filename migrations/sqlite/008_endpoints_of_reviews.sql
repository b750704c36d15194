-- A review can cover several endpoints.
ALTER TABLE review RENAME COLUMN endpoint TO endpoints; -- JSON array
UPDATE review SET endpoints = json_array(endpoints);
