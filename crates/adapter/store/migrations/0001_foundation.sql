-- The store as of the foundation: runs, what they saw, what followed, what was decided.
--
-- Portable subset: TEXT ids, times as RFC 3339 UTC with nine decimals (so that text order is time order), JSON as TEXT.
-- `doc` holds the whole thing as public JSON; the columns beside it are what is searched and ordered by.
-- Everything but evidence belongs to one system: the same provider seen in two systems is two rows.

CREATE TABLE run (
  id TEXT PRIMARY KEY,                -- ULID
  system TEXT NOT NULL,               -- URN
  started_at TEXT NOT NULL,
  finished_at TEXT NOT NULL,
  tool_version TEXT NOT NULL,
  doc TEXT NOT NULL                   -- Run: rules that ran, coverage
);
CREATE INDEX run_by_system ON run (system, finished_at, id);

CREATE TABLE asset (
  system TEXT NOT NULL,
  urn TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,                 -- of the first sighting; empty when it has none
  present INTEGER NOT NULL,           -- 0: the last run that covered the place did not see it
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (system, urn)
);

CREATE TABLE relation (
  system TEXT NOT NULL,
  src TEXT NOT NULL,
  dst TEXT NOT NULL,
  kind TEXT NOT NULL,
  protocol TEXT NOT NULL,             -- empty when unknown
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  last_run TEXT NOT NULL REFERENCES run (id),
  position INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (system, src, dst, kind, protocol)
);
CREATE INDEX relation_by_run ON relation (last_run, position);

-- Append-only, content-addressed: the digest is the SHA-256 of the DSSE payload.
CREATE TABLE evidence (
  digest TEXT PRIMARY KEY,
  predicate_type TEXT NOT NULL,
  asset TEXT NOT NULL,
  subject_digest TEXT NOT NULL,
  collector TEXT NOT NULL,
  tool_version TEXT NOT NULL,
  collected_at TEXT NOT NULL,
  expires_at TEXT,
  key_id TEXT NOT NULL,
  envelope BLOB NOT NULL
);
CREATE INDEX evidence_by_subject ON evidence (subject_digest, predicate_type, collected_at);
CREATE TRIGGER evidence_is_never_changed BEFORE UPDATE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_is_never_deleted BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;

-- One fingerprint is one row of its system for ever: a regression re-opens it.
CREATE TABLE finding (
  system TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  rule TEXT NOT NULL,
  asset TEXT NOT NULL,
  path TEXT NOT NULL,
  severity_rank INTEGER NOT NULL,     -- 0 info … 4 critical
  state TEXT NOT NULL,                -- open | fixed | accepted | false_positive
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  fixed_at TEXT,
  message TEXT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (system, fingerprint)
);
CREATE INDEX finding_by_state ON finding (system, state, severity_rank);
CREATE INDEX finding_by_fingerprint ON finding (fingerprint);

CREATE TABLE finding_evidence (
  system TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (system, fingerprint, digest),
  FOREIGN KEY (system, fingerprint) REFERENCES finding (system, fingerprint)
);

CREATE TABLE finding_event (
  id TEXT PRIMARY KEY,                -- ULID, in order of writing
  system TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  kind TEXT NOT NULL,                 -- opened | reopened | fixed | accepted | false_positive
  note TEXT NOT NULL,
  FOREIGN KEY (system, fingerprint) REFERENCES finding (system, fingerprint)
);
CREATE INDEX finding_event_by_finding ON finding_event (system, fingerprint, id);

CREATE TABLE risk (
  system TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  last_run TEXT NOT NULL REFERENCES run (id),
  position INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (system, fingerprint)
);
CREATE INDEX risk_by_run ON risk (last_run, position);

CREATE TABLE decision (
  run_id TEXT PRIMARY KEY REFERENCES run (id),
  system TEXT NOT NULL,
  subject TEXT NOT NULL,
  at TEXT NOT NULL,
  path TEXT NOT NULL,
  verdict TEXT NOT NULL,              -- allow | deny | unknown
  policy_digest TEXT NOT NULL,
  input_digest TEXT NOT NULL
);
CREATE INDEX decision_by_system ON decision (system, at);

CREATE TABLE control_status (
  run_id TEXT NOT NULL REFERENCES decision (run_id),
  position INTEGER NOT NULL,
  catalogue TEXT NOT NULL,
  control TEXT NOT NULL,
  asset TEXT NOT NULL,
  result TEXT NOT NULL,               -- pass | fail | unknown | not_applicable | waived
  doc TEXT NOT NULL,
  PRIMARY KEY (run_id, position)
);

-- What each run saw, in the order it said so: the ground of `diff` and of loading a run back.
CREATE TABLE run_asset (
  run_id TEXT NOT NULL REFERENCES run (id),
  position INTEGER NOT NULL,
  urn TEXT NOT NULL,
  PRIMARY KEY (run_id, position)
);
CREATE TABLE run_finding (
  run_id TEXT NOT NULL REFERENCES run (id),
  position INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (run_id, position)
);
CREATE TABLE run_evidence (
  run_id TEXT NOT NULL REFERENCES run (id),
  position INTEGER NOT NULL,
  digest TEXT NOT NULL REFERENCES evidence (digest),
  PRIMARY KEY (run_id, position)
);
