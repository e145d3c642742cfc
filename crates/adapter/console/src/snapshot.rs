//! What pages are made from: the last assessment of one system, loaded once and kept until the store's files change.
//!
//! Invariant: a snapshot is used again only while the database and its write-ahead log have the length and the time they
//! had before it was loaded, and only if that time was long enough ago for the next write to have another one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use syndic_evidence::{Assessment, Asset, Run, Urn};
use syndic_store::{Store, StoreError, SystemSummary};
use syndic_threat::Model;

/// Runs kept for the page that lists them.
const MAX_RUNS: usize = 20;

/// Systems kept at a time.
const MAX_KEPT: usize = 8;

/// Two writes closer than this may have the same time in the file system.
const CLOCK_STEP: Duration = Duration::from_millis(100);

/// The last assessment of a system and what stands around it.
pub(crate) struct Snapshot {
    pub(crate) assessment: Assessment,
    pub(crate) systems: Vec<SystemSummary>,
    pub(crate) runs: Vec<Run>,
    by_urn: HashMap<Urn, usize>,
    model: OnceLock<Model>,
    picture: OnceLock<String>,
}

impl Snapshot {
    async fn load(store: &Store, system: Option<&Urn>) -> Result<Option<Self>, StoreError> {
        let Some(assessment) = store.latest(system).await? else { return Ok(None) };
        let mut runs = store.runs(Some(&assessment.run.system)).await?;
        runs.truncate(MAX_RUNS);
        let by_urn = assessment.assets.iter().enumerate().map(|(index, asset)| (asset.urn.clone(), index)).collect();
        Ok(Some(Self {
            systems: store.systems().await?,
            assessment,
            runs,
            by_urn,
            model: OnceLock::new(),
            picture: OnceLock::new(),
        }))
    }

    /// Returns the asset with this URN, if the assessment saw it.
    pub(crate) fn asset(&self, urn: &Urn) -> Option<&Asset> {
        self.assessment.assets.get(*self.by_urn.get(urn)?)
    }

    /// Returns what people call the asset, else its URN.
    pub(crate) fn name<'a>(&'a self, urn: &'a Urn) -> &'a str {
        self.asset(urn).map_or(urn.as_str(), |asset| asset.name.as_str())
    }

    /// Returns the threat model; derived once.
    pub(crate) fn model(&self) -> &Model {
        let assessment = &self.assessment;
        self.model
            .get_or_init(|| syndic_threat::derive(&assessment.run.system, &assessment.assets, &assessment.relations))
    }

    /// Returns the diagram as SVG; drawn once.
    pub(crate) fn picture(&self) -> &str {
        self.picture.get_or_init(|| syndic_threat::svg(self.model(), &self.assessment.risks))
    }
}

/// Length and time of the database and of its write-ahead log.
type Stamp = [Option<(u64, SystemTime)>; 2];

/// The snapshots in use.
#[derive(Default)]
pub(crate) struct Snapshots {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    stamp: Stamp,
    by_system: HashMap<Option<Urn>, Arc<Snapshot>>,
}

impl Snapshots {
    /// Returns the last assessment of `system`, or of any.
    pub(crate) async fn latest(
        &self,
        store: &Store,
        system: Option<&Urn>,
    ) -> Result<Option<Arc<Snapshot>>, StoreError> {
        let before = stamp(store);
        if let Some(snapshot) = self.kept_at(&before, system) {
            return Ok(Some(snapshot));
        }
        let Some(snapshot) = Snapshot::load(store, system).await?.map(Arc::new) else { return Ok(None) };
        if is_settled(&before) {
            self.keep(before, system, &snapshot);
        }
        Ok(Some(snapshot))
    }

    fn kept_at(&self, stamp: &Stamp, system: Option<&Urn>) -> Option<Arc<Snapshot>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if &kept.stamp != stamp {
            return None;
        }
        kept.by_system.get(&system.cloned()).cloned()
    }

    fn keep(&self, stamp: Stamp, system: Option<&Urn>, snapshot: &Arc<Snapshot>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.stamp != stamp || kept.by_system.len() >= MAX_KEPT {
            *kept = Kept { stamp, by_system: HashMap::new() };
        }
        kept.by_system.insert(system.cloned(), Arc::clone(snapshot));
    }
}

fn stamp(store: &Store) -> Stamp {
    let mut log = store.path().as_os_str().to_owned();
    log.push("-wal");
    [store.path().to_path_buf(), PathBuf::from(log)].map(|path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    })
}

fn is_settled(stamp: &Stamp) -> bool {
    let now = SystemTime::now();
    stamp.iter().flatten().all(|(_, time)| now.duration_since(*time).is_ok_and(|age| age > CLOCK_STEP))
}
