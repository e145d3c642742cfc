//! One verification from beginning to end.

use std::sync::Arc;

use syndic_tlog::TreeHead;

use super::join::{Join, Tail};
use super::keys;
use super::parallel::in_order;
use super::partials;
use super::piece::{self, Finding, Job};
use super::tail::{Newest, judge, judge_end};
use super::trust::{SignedHead, Trust};
use super::{Problem, ProblemKind, Report, strays};
use crate::disk::{Disk, read_file};
use crate::log::{DESCRIPTION_PATH, Description, TEXT_BYTES_LIMIT};
use crate::publish::CHECKPOINT_PATH;
use crate::segment;

/// More problems than this are counted, not listed.
const PROBLEMS_LIMIT: usize = 10_000;

/// Verifies the ledger in a folder, or a copy of it, with as many threads as there are processors.
///
/// It only reads, and works on a log in use: what is appended meanwhile counts as unsigned.
pub fn verify(disk: &Arc<dyn Disk>, trust: &Trust) -> Report {
    verify_with(disk, trust, std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
}

/// As [`verify`], with so many threads.
pub fn verify_with(disk: &Arc<dyn Disk>, trust: &Trust, workers: usize) -> Report {
    verify_in(disk, trust, workers, Scope::Log)
}

/// What is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// The log alone, as on a copy without keys.
    #[default]
    Log,
    /// The key slots too, which must be there; needs no key.
    LogAndKeys,
}

/// As [`verify`], as far as `scope` says.
pub fn verify_scope(disk: &Arc<dyn Disk>, trust: &Trust, scope: Scope) -> Report {
    verify_in(disk, trust, std::thread::available_parallelism().map_or(1, std::num::NonZero::get), scope)
}

fn verify_in(disk: &Arc<dyn Disk>, trust: &Trust, workers: usize, scope: Scope) -> Report {
    let mut problems = describe(disk.as_ref(), trust);
    let signed = checkpoint(disk.as_ref(), trust, &mut problems);
    let file = signed.as_ref().map(|signed| signed.head);
    let firsts = segment::list(disk.as_ref()).unwrap_or_else(|problem| {
        problems.push(whole_file(ProblemKind::Unreadable, segment::FOLDER, problem.to_string()));
        Vec::new()
    });
    let tile_size = file.map_or(0, |head| head.size);
    let tiles = strays::list(disk, tile_size);
    let heads: Vec<TreeHead> = file.into_iter().chain(trust.known_heads().iter().copied()).collect();
    let jobs = jobs(&firsts, tile_size);
    let mut join = Join::new(Arc::clone(disk), trust, tile_size, &heads);
    let mut tail = Tail::default();
    in_order(&jobs, workers, |job| piece::run(disk, job, tile_size, scope), |piece| tail = join.take(piece));
    let newest = Newest {
        file,
        frame: join.newest_frame(),
        known: trust.known_heads().iter().copied().max_by_key(|head| head.size),
    };
    problems.extend(judge_end(&tail, &newest));
    problems.extend(beginning(&firsts, &newest, &join));
    if file.is_none() && is_unexplained(&problems) {
        let what = "there is none: nothing that is not signed can be vouched for".to_owned();
        problems.push(whole_file(ProblemKind::Missing, CHECKPOINT_PATH, what));
    }
    problems.extend(partials::check(disk, &tiles.older, tile_size));
    problems.extend(join.right_tiles().judge(disk, &tiles.strays));
    problems.extend(tiles.problems);
    let (of_keys, keys) = match scope {
        Scope::Log => (Vec::new(), None),
        Scope::LogAndKeys => keys::audit(disk.as_ref(), &std::mem::take(&mut join.keys)),
    };
    problems.extend(of_keys);
    Report { keys, ..finish(problems, signed, tail.size, &newest, join) }
}

fn finish(
    mut problems: Vec<Problem>,
    signed: Option<SignedHead>,
    size: u64,
    newest: &Newest,
    join: Join<'_>,
) -> Report {
    let covered = newest.covered();
    let Join { vouched, heads_checked, findings, witnesses, bytes, .. } = join;
    problems.extend(findings.into_iter().map(|finding: Finding| judge(finding, covered)));
    problems.sort_by(|one, other| {
        let key = |problem: &Problem| (problem.offset, problem.kind, problem.records.start, problem.records.end);
        one.path.cmp(&other.path).then_with(|| key(one).cmp(&key(other))).then_with(|| one.what.cmp(&other.what))
    });
    // Neighbouring segments share a tile, and both name it.
    problems.dedup();
    let more_problems = problems.len().saturating_sub(PROBLEMS_LIMIT) as u64;
    problems.truncate(PROBLEMS_LIMIT);
    Report {
        size,
        signed: newest.own(),
        vouched,
        unsigned_records: size.saturating_sub(covered),
        cosigners: signed.as_ref().map(|signed| signed.cosigners.clone()).unwrap_or_default(),
        witnesses: signed.and_then(|signed| signed.witnesses.ok()).unwrap_or_default(),
        named_witnesses: witnesses,
        heads_checked,
        problems,
        more_problems,
        bytes,
        keys: None,
    }
}

/// One job a segment, and one for the records before the first.
fn jobs(firsts: &[u64], tile_size: u64) -> Vec<Job> {
    let nexts = firsts.iter().skip(1).map(|next| Some(*next)).chain([None]);
    let segments = firsts.iter().zip(nexts).map(|(first, next)| Job::Segment { first: *first, next });
    let before = firsts.first().copied().unwrap_or(tile_size);
    (before > 0).then_some(Job::Absent(0..before)).into_iter().chain(segments).collect()
}

/// Segments before the first may be retired; a signed record must say so.
fn beginning(firsts: &[u64], newest: &Newest, join: &Join<'_>) -> Option<Problem> {
    let covered = newest.covered();
    let kept = match firsts.first() {
        Some(first) => *first,
        None if covered == 0 => return None,
        None => covered,
    };
    let is_stated = |(index, before): &(u64, u64)| *index < covered && *before >= kept;
    if kept == 0 || join.retired.iter().any(is_stated) {
        return None;
    }
    let what = "their segments are not there, and no signed record says that they were retired".to_owned();
    let records = 0..kept;
    Some(Problem { kind: ProblemKind::Missing, path: segment::FOLDER.to_owned(), offset: 0, records, what })
}

/// Checks that the folder says it is of the log whose key is trusted.
fn describe(disk: &dyn Disk, trust: &Trust) -> Vec<Problem> {
    let key = trust.log_key();
    match Description::read(disk) {
        Ok(read) if read.origin == key.name() && read.key == key.to_string() => Vec::new(),
        Ok(read) => {
            let what = format!("it says that the log is {} with key {}, not {key}", read.origin, read.key);
            vec![whole_file(ProblemKind::Tampered, DESCRIPTION_PATH, what)]
        }
        Err(problem) => vec![whole_file(ProblemKind::Tampered, DESCRIPTION_PATH, problem.to_string())],
    }
}

/// Reads the newest checkpoint, and asks for the cosignatures that are needed.
fn checkpoint(disk: &dyn Disk, trust: &Trust, problems: &mut Vec<Problem>) -> Option<SignedHead> {
    let wrong = |kind, what| whole_file(kind, CHECKPOINT_PATH, what);
    let bytes = match read_file(disk, CHECKPOINT_PATH, TEXT_BYTES_LIMIT) {
        Ok(bytes) => bytes?,
        Err(problem) => {
            problems.push(wrong(ProblemKind::Unreadable, problem.to_string()));
            return None;
        }
    };
    let signed = match trust.read(&bytes) {
        Ok(signed) => signed,
        Err(why) => {
            problems.push(wrong(ProblemKind::BadSignature, why));
            return None;
        }
    };
    match &signed.witnesses {
        Err(why) => problems.push(wrong(ProblemKind::BadSignature, why.clone())),
        Ok(witnesses) if witnesses.len() < trust.witnesses_needed() => {
            let what =
                format!("{} trusted witnesses cosigned it, {} are needed", witnesses.len(), trust.witnesses_needed());
            problems.push(wrong(ProblemKind::Missing, what));
        }
        Ok(_) => {}
    }
    Some(signed)
}

/// Says whether nothing explains yet that there is no usable checkpoint.
fn is_unexplained(problems: &[Problem]) -> bool {
    !problems.iter().any(|problem| problem.path == CHECKPOINT_PATH && problem.kind != ProblemKind::Rollback)
}

fn whole_file(kind: ProblemKind, path: &str, what: String) -> Problem {
    Problem { kind, path: path.to_owned(), offset: 0, records: 0..0, what }
}
