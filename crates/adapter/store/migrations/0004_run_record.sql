-- What a run left behind, signed: a decision or a finding that is changed afterwards no longer matches.

CREATE TABLE run_record (
  number INTEGER PRIMARY KEY,         -- in order of recording, which need not be the order in which runs ended
  run_id TEXT NOT NULL UNIQUE REFERENCES run (id),
  envelope BLOB NOT NULL,             -- DSSE; signs the digest of both lists below
  decision_rows TEXT,                 -- JSON [[name, digest], …]: tells which row differs; NULL once a later run is recorded
  standing_rows TEXT                  -- the same for what stands after the run
);
