-- Old runs give up what nothing rests on any more; what they keep is pledged anew, so that a loss is still missed.

ALTER TABLE run ADD COLUMN kept_count INTEGER;   -- NULL: the run still lists everything it rested on
ALTER TABLE run ADD COLUMN kept_digest TEXT;     -- SHA-256 over the digests it still lists, a line each

-- Without it SQLite reads all of run_evidence for every statement that is dropped.
CREATE INDEX run_evidence_by_digest ON run_evidence (digest);

-- What retention is about to drop, and nothing else, may be deleted. Empty outside of its transaction.
CREATE TABLE evidence_to_drop (digest TEXT PRIMARY KEY);
DROP TRIGGER evidence_is_never_deleted;
CREATE TRIGGER evidence_is_never_deleted BEFORE DELETE ON evidence
WHEN NOT EXISTS (SELECT 1 FROM evidence_to_drop WHERE evidence_to_drop.digest = OLD.digest)
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
