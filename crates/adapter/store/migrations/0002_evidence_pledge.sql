-- A run says which evidence it rests on, so that a row that is taken away is missed.
-- NULL: recorded by a version that did not say.

ALTER TABLE run ADD COLUMN evidence_count INTEGER;
ALTER TABLE run ADD COLUMN evidence_digest TEXT; -- SHA-256 over the digests in the run's order, a line each
