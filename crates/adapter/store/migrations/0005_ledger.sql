-- Rows point to the record of the ledger that speaks for them, so that a row altered outside can be named.
-- NULL: not in the ledger, because it is older than this or a crash came in between.

ALTER TABLE run ADD COLUMN ledger_index INTEGER;
ALTER TABLE run ADD COLUMN pruned_by TEXT;          -- the run whose recording dropped what this one no longer needs
ALTER TABLE run ADD COLUMN pruned_index INTEGER;    -- the record that says what was left of it
ALTER TABLE decision ADD COLUMN ledger_index INTEGER;
ALTER TABLE evidence ADD COLUMN ledger_index INTEGER;
ALTER TABLE finding_event ADD COLUMN run_id TEXT;   -- the run that brought it about; NULL: a person did
ALTER TABLE finding_event ADD COLUMN ledger_index INTEGER;
ALTER TABLE finding ADD COLUMN accepted_until TEXT; -- NULL: without an end, or not accepted
ALTER TABLE run_record ADD COLUMN form INTEGER NOT NULL DEFAULT 1; -- 1: decision and standing; 2: every table

UPDATE finding_event SET run_id = substr(note, 5) WHERE actor = 'syndic' AND note LIKE 'run %';
CREATE INDEX finding_event_by_run ON finding_event (run_id);
CREATE INDEX evidence_unrecorded ON evidence (digest) WHERE ledger_index IS NULL;
CREATE INDEX finding_event_unrecorded ON finding_event (id) WHERE ledger_index IS NULL;

-- What a person said about a finding, signed with all that stood after it.
CREATE TABLE judgement_record (
  number INTEGER PRIMARY KEY,         -- in order of recording
  event_id TEXT NOT NULL UNIQUE REFERENCES finding_event (id),
  system TEXT NOT NULL,
  after_number INTEGER NOT NULL,      -- newest run_record at the time: a later one speaks for what stands instead
  envelope BLOB NOT NULL,             -- DSSE
  standing_rows TEXT                  -- JSON; tells which row differs; NULL once something later is recorded
);

-- The pointer of a statement may be set once; the rest never changes.
DROP TRIGGER evidence_is_never_changed;
CREATE TRIGGER evidence_is_never_changed BEFORE UPDATE ON evidence
WHEN OLD.ledger_index IS NOT NULL OR NEW.digest IS NOT OLD.digest OR NEW.predicate_type IS NOT OLD.predicate_type
  OR NEW.asset IS NOT OLD.asset OR NEW.subject_digest IS NOT OLD.subject_digest
  OR NEW.collector IS NOT OLD.collector OR NEW.tool_version IS NOT OLD.tool_version
  OR NEW.collected_at IS NOT OLD.collected_at OR NEW.expires_at IS NOT OLD.expires_at
  OR NEW.key_id IS NOT OLD.key_id OR NEW.envelope IS NOT OLD.envelope
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
