-- What a control says is mostly the same in every run; only the evidence it cites is new. So the text stands once, under
-- its own digest, and a row holds what is its own.

CREATE TABLE control_text (
  digest BLOB PRIMARY KEY,            -- SHA-256 of the text
  doc TEXT NOT NULL                   -- public JSON of the control, without evidence
);
ALTER TABLE control_status ADD COLUMN text_digest BLOB; -- NULL: `doc` is the whole text, as older versions wrote it
-- Where it is not NULL, `doc` is a BLOB: the digests of the evidence cited, 32 bytes each.
CREATE INDEX control_status_by_text ON control_status (text_digest);
