//! `syndic ledger verify --store` names every row that was altered, added, deleted or swapped outside: table by table
//! and column by column, with raw SQL on the store's file while the ledger stays.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use support::Syndic;
use syndic_store::alteration::{alter, read};

/// Columns that carry nothing of their own, each with the reason.
const NOT_COVERED: [(&str, &str, &str); 3] = [
    ("run_record", "decision_rows", "a list that named rows in the first form; never written any more"),
    ("run_record", "standing_rows", "names what differs, and is believed only with the digest that was recorded"),
    ("judgement_record", "standing_rows", "as that of run_record"),
];

/// Tables without rows of meaning.
const NO_TABLE_OF_MEANING: [(&str, &str); 1] =
    [("_sqlx_migrations", "compared with the program's own migrations whenever the store is opened")];

/// A store after four runs, two of them shortened by retention, two findings fixed, and a judgement.
struct Recorded {
    syndic: Syndic,
    store: PathBuf,
    original: Vec<u8>,
    runtime: tokio::runtime::Runtime,
}

impl Recorded {
    fn new() -> Self {
        let (tree, syndic) = (tempfile::tempdir().unwrap(), Syndic::new());
        let app = "import openai\nopenai.OpenAI().responses.create(model='gpt-4o', input=input())\n";
        fs::write(tree.path().join("app.py"), app).unwrap();
        fs::write(tree.path().join("Dockerfile"), "FROM python:latest\nCOPY . .\nCMD [\"python\", \"app.py\"]\n")
            .unwrap();
        for requirements in ["openai\ntorch\n", "openai==2.1.0\n", "openai\n", "openai\n"] {
            fs::write(tree.path().join("requirements.txt"), requirements).unwrap();
            syndic.assess(tree.path(), &["--keep-runs", "2"]);
        }
        let store = syndic.state.path().join("syndic.db");
        let recorded = Self {
            syndic,
            store,
            original: Vec::new(),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        };
        let open = recorded.read("SELECT fingerprint FROM finding WHERE state = 'open' ORDER BY fingerprint LIMIT 1");
        let said = recorded.syndic.run(&[
            "findings",
            "judge",
            &open[0][0],
            "--as",
            "accepted",
            "--reason",
            "a test",
            "--until",
            "2099-01-01",
        ]);
        assert_eq!(said.status.code(), Some(0), "{}", text(&said));
        Self { original: fs::read(&recorded.store).unwrap(), ..recorded }
    }

    fn read(&self, sql: &str) -> Vec<Vec<String>> {
        self.runtime.block_on(read(&self.store, sql)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Puts the store back, alters it, and returns the exit code of the comparison with what it said.
    fn after(&self, sql: &str) -> (Option<i32>, String) {
        self.put_back();
        let triggers =
            "DROP TRIGGER IF EXISTS evidence_is_never_changed; DROP TRIGGER IF EXISTS evidence_is_never_deleted;";
        let changed = self.runtime.block_on(alter(&self.store, &format!("{triggers} {sql}")));
        assert!(changed.unwrap_or_else(|error| panic!("{sql}: {error}")) > 0, "{sql} changed nothing");
        let verified = self.syndic.run(&["ledger", "verify", "--store"]);
        (verified.status.code(), text(&verified))
    }

    fn put_back(&self) {
        for side in ["-wal", "-shm"] {
            let mut path = self.store.clone().into_os_string();
            path.push(side);
            let _ = fs::remove_file(path);
        }
        fs::write(&self.store, &self.original).unwrap();
    }

    fn tables(&self) -> Vec<String> {
        let tables = self.read("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
        let names = tables.into_iter().map(|row| row[0].clone());
        names.filter(|name| NO_TABLE_OF_MEANING.iter().all(|(other, _)| other != name)).collect()
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The row of a table that is altered: the newest, and what of it must be named.
fn target(recorded: &Recorded, table: &str) -> (String, String) {
    let key = match table {
        "run" | "finding_event" => "id",
        // Of the lists of what a run saw only the run is named.
        "decision" | "run_record" | "run_asset" | "run_finding" | "run_evidence" => "run_id",
        "control_status" => "control || ' of ' || asset || ' at ' || position",
        "evidence" => "digest",
        "control_text" => "lower(hex(digest))",
        "judgement_record" => "event_id",
        "finding" | "risk" => "fingerprint",
        "asset" => "urn",
        "relation" => "src || ' ' || kind || ' ' || dst || ' ' || protocol",
        "finding_evidence" => "fingerprint || ' ' || digest",
        other => panic!("a table the test does not know: {other}"),
    };
    let rows = recorded.read(&format!("SELECT MAX(rowid), {key} FROM {table}"));
    (rows[0][0].clone(), rows[0][1].clone())
}

/// What a value is replaced by: something of its own class.
fn other_value(column: &str, class: &str) -> String {
    match class {
        "integer" => format!("{column} + 1"),
        "blob" => format!("CAST({column} || x'00' AS BLOB)"),
        "null" => "'7'".to_owned(),
        _ => format!("{column} || 'x'"),
    }
}

#[test]
fn every_column_of_every_table_that_is_altered_is_named() {
    let recorded = Recorded::new();
    let (code, said) = (recorded.syndic.run(&["ledger", "verify", "--store"]))
        .status
        .code()
        .map_or_else(|| panic!("killed"), |code| (code, text(&recorded.syndic.run(&["ledger", "verify", "--store"]))));
    assert_eq!(code, 0, "{said}");
    let (mut checked, mut missed) = (0, Vec::new());
    for table in recorded.tables() {
        recorded.put_back();
        if table == "evidence_to_drop" {
            continue;
        }
        let (rowid, key) = target(&recorded, &table);
        for column in recorded.read(&format!("SELECT name FROM pragma_table_info('{table}')")) {
            let column = &column[0];
            if NOT_COVERED.iter().any(|(of, name, _)| *of == table && name == column) {
                continue;
            }
            recorded.put_back();
            let class = recorded.read(&format!("SELECT typeof({column}) FROM {table} WHERE rowid = {rowid}"));
            let value = other_value(column, &class[0][0]);
            let (code, said) = recorded.after(&format!("UPDATE {table} SET {column} = {value} WHERE rowid = {rowid}"));
            let is_named = said.lines().any(|line| line.starts_with(&format!("{table} ")) && line.contains(&key));
            // A key that was altered is named by what it was or by what it is now, which begins with it.
            checked += 1;
            if code != Some(1) || !is_named {
                missed.push(format!("{table}.{column}: exit {code:?}, `{key}` not named:\n{said}"));
            }
        }
    }
    assert!(missed.is_empty(), "{} of {checked} missed\n{}", missed.len(), missed.join("\n"));
    assert!(checked > 90, "{checked} columns");
    println!("{checked} columns altered, each found and named");
}

#[test]
fn rows_that_are_added_deleted_or_swapped_are_named() {
    let recorded = Recorded::new();
    let mut missed = Vec::new();
    let mut check = |table: &str, sql: &str| {
        let (code, said) = recorded.after(sql);
        if code != Some(1) || !said.lines().any(|line| line.starts_with(&format!("{table} "))) {
            missed.push(format!("{sql}: exit {code:?}\n{said}"));
        }
    };
    for table in recorded.tables() {
        recorded.put_back();
        if table != "evidence_to_drop" {
            check(&table, &format!("DELETE FROM {table} WHERE rowid = (SELECT MAX(rowid) FROM {table})"));
            check(&table, &format!("DELETE FROM {table} WHERE rowid = (SELECT MIN(rowid) FROM {table})"));
            check(&table, &format!("DELETE FROM {table}"));
        }
    }
    for (table, key, rest) in [
        ("run", "id", "system, started_at, finished_at, tool_version, doc"),
        ("asset", "urn", "system, kind, name, path, present, first_seen, last_seen, doc"),
        ("relation", "protocol", "system, src, dst, kind, first_seen, last_seen, last_run, position, doc"),
        (
            "evidence",
            "digest",
            "predicate_type, asset, subject_digest, collector, tool_version, collected_at, key_id, envelope, ledger_index",
        ),
        (
            "finding",
            "fingerprint",
            "system, rule, asset, path, severity_rank, state, first_seen, last_seen, message, doc",
        ),
        ("finding_evidence", "digest", "system, fingerprint"),
        ("finding_event", "id", "system, fingerprint, at, actor, kind, note, run_id, ledger_index"),
        ("risk", "fingerprint", "system, first_seen, last_seen, last_run, position, doc"),
        ("decision", "run_id", "system, subject, at, path, verdict, policy_digest, input_digest, ledger_index"),
        ("control_status", "control", "run_id, position + 1000, catalogue, asset, result, doc"),
        ("control_text", "digest", "doc"),
        ("run_asset", "urn", "run_id, position + 1000"),
        ("run_finding", "fingerprint", "run_id, position + 1000"),
        ("run_evidence", "digest", "run_id, position + 1000"),
        ("run_record", "run_id", "envelope, form"),
        ("judgement_record", "event_id", "system, after_number, envelope"),
    ] {
        let columns = rest.replace(" + 1000", "");
        check(
            table,
            &format!("INSERT INTO {table} ({key}, {columns}) SELECT {key} || '0', {rest} FROM {table} LIMIT 1"),
        );
    }
    check("evidence_to_drop", "INSERT INTO evidence_to_drop VALUES ('x')");
    for (table, column) in [
        ("evidence", "envelope"),
        ("finding", "doc"),
        ("finding", "state"),
        ("asset", "doc"),
        ("control_status", "doc"),
        ("finding_event", "ledger_index"),
        ("run", "ledger_index"),
        ("decision", "input_digest"),
        ("run_evidence", "digest"),
    ] {
        let ends = format!("SELECT MIN(rowid) FROM {table} UNION SELECT MAX(rowid) FROM {table}");
        check(
            table,
            &format!(
                "CREATE TEMP TABLE kept AS SELECT rowid AS place, {column} AS value FROM {table}; \
                 UPDATE {table} SET {column} = (SELECT value FROM kept WHERE place <> {table}.rowid AND place IN ({ends})) \
                 WHERE rowid IN ({ends})"
            ),
        );
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_pointer_that_is_no_number_is_named() {
    let recorded = Recorded::new();
    for table in ["run", "decision", "evidence", "finding_event"] {
        let (code, said) = recorded.after(&format!("UPDATE {table} SET ledger_index = 'abc'"));
        assert_eq!(code, Some(1), "{table}: {said}");
        assert!(said.contains("points to"), "{table}: {said}");
    }
}
