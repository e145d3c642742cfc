//! The laws of the store. Each runs against every address in `SYNDIC_TEST_STORES` (comma-separated; each must be
//! empty), by default against one fresh SQLite file a law.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test stops at the first surprise")]

mod world;

use std::time::Duration;

use syndic_evidence::{
    Asset, AssetKind, ControlResult, Digest, Finding, FindingState, Location, Severity, SkipReason, Timestamp, Urn,
};
use syndic_store::{AssetFilter, FindingFilter, Store, StoreError};
use world::{World, finding, stores};

/// Runs a law against every store.
macro_rules! law {
    ($name:ident, $store:ident, $body:block) => {
        #[tokio::test]
        async fn $name() {
            for (guard, url) in stores() {
                let $store = Store::open(&url).await.unwrap();
                $body
                drop(guard);
            }
        }
    };
}

fn all() -> FindingFilter {
    FindingFilter::default()
}

async fn states(store: &Store) -> Vec<FindingState> {
    store.findings(&all()).await.unwrap().iter().map(|finding| finding.state).collect()
}

law!(loading_gives_back_what_was_recorded, store, {
    let world = World::new("acme");
    let recorded = world.run(1);
    store.record(&recorded).await.unwrap();
    let mut loaded = store.latest(Some(&world.system)).await.unwrap().unwrap();
    for finding in &mut loaded.findings {
        assert_eq!(finding.first_seen.take(), Some(recorded.run.finished_at));
    }
    assert_eq!(loaded, recorded);
});

law!(an_empty_store_has_no_latest_assessment, store, {
    assert_eq!(store.latest(None).await.unwrap(), None);
    assert_eq!(store.latest_diff(None).await.unwrap(), None);
    assert!(store.systems().await.unwrap().is_empty());
});

law!(a_finding_keeps_its_row_when_seen_again, store, {
    let world = World::new("acme");
    let first = store.record(&world.run(1)).await.unwrap();
    let second = store.record(&world.run(2)).await.unwrap();
    assert_eq!((first.opened.len(), first.unchanged_count), (2, 0));
    assert_eq!((second.opened.len(), second.unchanged_count, second.fixed.len()), (0, 2, 0));
    let history = store.finding(&first.opened[0].to_string()).await.unwrap();
    assert_eq!(history.finding.first_seen, Some(world.run(1).run.finished_at));
    assert_eq!(history.last_seen, world.run(2).run.finished_at);
    assert_eq!(history.events.len(), 1);
    assert_eq!(history.evidence.len(), 2, "evidence of both runs is linked");
});

law!(a_run_that_covered_the_place_fixes_what_is_gone, store, {
    let mut world = World::new("acme");
    store.record(&world.run(1)).await.unwrap();
    let gone = world.findings.remove(0);
    let changes = store.record(&world.run(2)).await.unwrap();
    assert_eq!(changes.fixed, [gone.fingerprint]);
    let history = store.finding(&gone.fingerprint.hex()[..12]).await.unwrap();
    assert_eq!(history.finding.state, FindingState::Fixed);
    assert_eq!(history.fixed_at, Some(world.run(2).run.finished_at));
});

law!(a_run_that_did_not_cover_the_place_fixes_nothing, store, {
    let mut world = World::new("acme");
    store.record(&world.run(1)).await.unwrap();
    let gone = world.findings.remove(0);
    let folder = gone.location.path.rsplit_once('/').unwrap().0.to_owned();
    for (number, skipped) in [(2, gone.location.path.clone()), (3, folder)] {
        let mut run = world.run(number);
        world::skip(&mut run, &skipped, SkipReason::Unreadable);
        let changes = store.record(&run).await.unwrap();
        assert_eq!((changes.fixed.len(), &changes.not_covered[..]), (0, &[gone.fingerprint][..]));
    }
    assert_eq!(states(&store).await, [FindingState::Open, FindingState::Open]);
});

law!(a_run_without_the_rule_or_with_a_cut_list_or_of_nothing_fixes_nothing, store, {
    let mut world = World::new("acme");
    store.record(&world.run(1)).await.unwrap();
    world.findings.clear();
    let mut without_rule = world.run(2);
    without_rule.run.rules.clear();
    let mut cut = world.run(3);
    cut.run.coverage.skipped_total = 10_001;
    let mut blind = world.run(4);
    blind.run.coverage.files_inspected = 0;
    for run in [without_rule, cut, blind] {
        let changes = store.record(&run).await.unwrap();
        assert_eq!((changes.fixed.len(), changes.not_covered.len()), (0, 2));
    }
});

law!(a_run_of_another_system_fixes_nothing, store, {
    let world = World::new("acme");
    store.record(&world.run(1)).await.unwrap();
    let mut other = World::new("beta");
    other.findings.clear();
    let changes = store.record(&other.run(2)).await.unwrap();
    assert_eq!(changes, syndic_store::Changes::default());
    assert_eq!(states(&store).await, [FindingState::Open, FindingState::Open]);
});

law!(a_regression_reopens_the_same_row, store, {
    let mut world = World::new("acme");
    store.record(&world.run(1)).await.unwrap();
    let gone = world.findings.remove(0);
    store.record(&world.run(2)).await.unwrap();
    world.findings.push(gone.clone());
    let changes = store.record(&world.run(3)).await.unwrap();
    assert_eq!((&changes.reopened[..], changes.opened.len()), (&[gone.fingerprint][..], 0));
    let history = store.finding(&gone.fingerprint.to_string()).await.unwrap();
    let kinds: Vec<_> = history.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["opened", "fixed", "reopened"]);
    assert_eq!((history.finding.state, history.fixed_at), (FindingState::Open, None));
    assert_eq!(history.finding.first_seen, Some(world.run(1).run.finished_at));
    assert_eq!(store.findings(&all()).await.unwrap().len(), 2);
});

law!(what_a_person_said_survives_every_run, store, {
    let mut world = World::new("acme");
    store.record(&world.run(1)).await.unwrap();
    for (index, state) in [FindingState::Accepted, FindingState::FalsePositive].into_iter().enumerate() {
        let history = store.finding(&world.findings[index].fingerprint.to_string()).await.unwrap();
        let at = world.run(1).run.finished_at;
        store.judge(&history, state, "ada", "until the next release", at).await.unwrap();
    }
    let changes = store.record(&world.run(2)).await.unwrap();
    assert_eq!(changes.unchanged_count, 2);
    world.findings.clear();
    let changes = store.record(&world.run(3)).await.unwrap();
    assert_eq!(changes, syndic_store::Changes::default());
    let mut left = states(&store).await;
    left.sort_unstable();
    assert_eq!(left, [FindingState::Accepted, FindingState::FalsePositive]);
});

law!(evidence_is_append_only, store, {
    let world = World::new("acme");
    let mut run = world.run(1);
    store.record(&run).await.unwrap();
    let kept = run.evidence[0].clone();
    // The same digest with other bytes is a lie about content: the first stays.
    run.run.id = "again".to_owned();
    run.evidence[0].envelope = b"forged".to_vec();
    store.record(&run).await.unwrap();
    assert_eq!(store.evidence(&kept.digest).await.unwrap(), Some(kept));
    assert_eq!(store.evidence(&Digest::of(b"nobody")).await.unwrap(), None);
});

law!(a_run_is_recorded_once_and_a_refused_one_leaves_nothing, store, {
    let world = World::new("acme");
    store.record(&world.run(1)).await.unwrap();
    let error = store.record(&world.run(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::Recorded { .. }), "{error}");
    assert_eq!(store.runs(None).await.unwrap().len(), 1);
});

law!(an_asset_that_is_gone_is_kept_and_marked, store, {
    let mut world = World::new("acme");
    store.record(&world.run(1)).await.unwrap();
    let gone = world.assets.pop().unwrap();
    let mut blind = world.run(2);
    world::skip(&mut blind, &gone.sources[0].path, SkipReason::Changed);
    store.record(&blind).await.unwrap();
    assert_eq!(store.assets(&AssetFilter::default()).await.unwrap().len(), 3, "the place was not looked at");
    store.record(&world.run(3)).await.unwrap();
    assert_eq!(store.assets(&AssetFilter::default()).await.unwrap().len(), 2);
    let everything = AssetFilter { include_gone: true, ..AssetFilter::default() };
    let assets = store.assets(&everything).await.unwrap();
    let kept = assets.iter().find(|stored| stored.asset.urn == gone.urn).unwrap();
    assert_eq!((kept.is_present, kept.last_seen), (false, world.run(1).run.finished_at));
});

law!(one_provider_in_two_systems_is_two_rows, store, {
    let provider = Asset::new(
        Urn::external(AssetKind::Provider, "openai"),
        AssetKind::Provider,
        "openai",
        syndic_evidence::Zone::ThirdParty,
        Location::file("app.py"),
    );
    for system in ["acme", "beta"] {
        let mut world = World::new(system);
        world.assets.push(provider.clone());
        world.findings.push(finding(&provider, "code.key-used", "app.py", Severity::Low));
        store.record(&world.run(1)).await.unwrap();
    }
    let filter = AssetFilter { kind: Some(AssetKind::Provider), ..AssetFilter::default() };
    assert_eq!(store.assets(&filter).await.unwrap().len(), 2);
    let systems = store.systems().await.unwrap();
    assert_eq!(systems.iter().map(|summary| summary.open_findings).collect::<Vec<_>>(), [3, 3]);
});

law!(findings_are_listed_worst_first_and_filtered, store, {
    let world = World::new("acme");
    store.record(&world.run(1)).await.unwrap();
    let listed = store.findings(&all()).await.unwrap();
    assert_eq!(listed.iter().map(|one| one.severity).collect::<Vec<_>>(), [Severity::Critical, Severity::Low]);
    let count = async |filter: FindingFilter| store.findings(&filter).await.unwrap().len();
    assert_eq!(count(FindingFilter { severity_at_least: Some(Severity::High), ..all() }).await, 1);
    assert_eq!(count(FindingFilter { rule: Some("supply".to_owned()), ..all() }).await, 1);
    assert_eq!(count(FindingFilter { rule: Some("suppl".to_owned()), ..all() }).await, 0);
    assert_eq!(count(FindingFilter { text: Some("INTENT".to_owned()), ..all() }).await, 1);
    assert_eq!(count(FindingFilter { asset: Some(listed[0].asset.clone()), ..all() }).await, 1);
    assert_eq!(count(FindingFilter { state: Some(FindingState::Fixed), ..all() }).await, 0);
    assert_eq!(count(FindingFilter { limit: Some(1), ..all() }).await, 1);
});

law!(text_is_never_sql_and_never_a_pattern, store, {
    let mut world = World::new("a'; DROP TABLE run; --");
    world.assets[1].name = "x' OR '1'='1".to_owned();
    world.findings[0].message = "100% \"_\" \\ '); DELETE FROM finding; --".to_owned();
    store.record(&world.run(1)).await.unwrap();
    let count = async |text: &str| {
        let filter = FindingFilter { text: Some(text.to_owned()), ..all() };
        store.findings(&filter).await.unwrap().len()
    };
    assert_eq!((count("100%").await, count("1%0").await, count("\\").await, count("' OR 1=1").await), (1, 0, 1, 0));
    for prefix in ["%", "_", "sha256:", "' OR '1'='1", ""] {
        let error = store.finding(prefix).await.unwrap_err();
        assert!(matches!(error, StoreError::NoSuchFinding { .. }), "{prefix}: {error}");
    }
    assert_eq!(store.runs(None).await.unwrap().len(), 1);
});

law!(the_difference_of_two_runs_says_what_changed, store, {
    let mut world = World::new("acme");
    store.record(&world.run(1)).await.unwrap();
    let gone = world.findings.remove(0);
    let removed = world.assets.pop().unwrap();
    let added = world::asset(&world.name, AssetKind::Notebook, "nb/new.ipynb");
    world.assets.push(added.clone());
    let opened = finding(&added, "code.output-executed", "nb/new.ipynb", Severity::High);
    world.findings.push(opened.clone());
    let mut second = world.run(2);
    second.decision.controls[0].result = ControlResult::Pass;
    store.record(&second).await.unwrap();
    let prints = |findings: &[Finding]| findings.iter().map(|one| one.fingerprint).collect::<Vec<_>>();
    for diff in [
        store.latest_diff(Some(&world.system)).await.unwrap().unwrap(),
        store.diff(&world.run(1).run.id, &world.run(2).run.id).await.unwrap(),
    ] {
        assert_eq!(prints(&diff.opened), [opened.fingerprint]);
        assert_eq!(prints(&diff.fixed), [gone.fingerprint]);
        assert_eq!((prints(&diff.reopened), prints(&diff.not_covered)), (vec![], vec![]));
        assert_eq!((&diff.assets_added[..], &diff.assets_removed[..]), (&[added.clone()][..], &[removed.clone()][..]));
        let [change] = &diff.controls_changed[..] else { panic!("{:?}", diff.controls_changed) };
        assert_eq!((change.before, change.after), (Some(ControlResult::Fail), Some(ControlResult::Pass)));
    }
    let error = store.diff("nobody", "nothing").await.unwrap_err();
    assert!(matches!(error, StoreError::NoSuchRun { .. }), "{error}");
});

law!(decisions_are_listed_newest_first, store, {
    let world = World::new("acme");
    for number in 1..=3 {
        store.record(&world.run(number)).await.unwrap();
    }
    let decisions = store.decisions(Some(&world.system), 2).await.unwrap();
    let runs: Vec<_> = decisions.iter().map(|stored| stored.run.clone()).collect();
    assert_eq!(runs, [world.run(3).run.id, world.run(2).run.id]);
    assert_eq!(decisions[0].decision, world.run(3).decision);
});

law!(a_repeated_fingerprint_or_urn_in_one_run_is_one_row, store, {
    let mut world = World::new("acme");
    world.findings.push(world.findings[0].clone());
    world.assets.push(world.assets[0].clone());
    let changes = store.record(&world.run(1)).await.unwrap();
    assert_eq!(changes.opened.len(), 2);
    assert_eq!(store.latest(None).await.unwrap().unwrap().assets.len(), 3);
});

law!(runs_that_record_at_the_same_time_take_turns, store, {
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.record(&World::new("acme").run(number)).await })
        })
        .collect();
    let mut opened = 0;
    for task in tasks {
        opened += task.await.unwrap().unwrap().opened.len();
    }
    assert_eq!(opened, 2);
    assert_eq!(store.runs(None).await.unwrap().len(), 8);
});

law!(a_large_run_is_recorded_whole_and_quickly, store, {
    let mut world = World::new("acme");
    world.assets = (0..5_000).map(|n| world::asset("acme", AssetKind::Package, &format!("p/{n}"))).collect();
    world.findings = (0..20_000)
        .map(|n| finding(&world.assets[n % 5_000], "supply.dependency-unpinned", &format!("f/{n}"), Severity::Low))
        .collect();
    let (one, two) = (world.run(1), world.run(2));
    let began = std::time::Instant::now();
    assert_eq!(store.record(&one).await.unwrap().opened.len(), 20_000);
    let first = began.elapsed();
    assert_eq!(store.record(&two).await.unwrap().unchanged_count, 20_000);
    println!("5,000 assets and 20,000 findings: first {first:?}, both {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_mins(1), "a debug build on a busy machine stays under this");
    assert_eq!(store.latest(None).await.unwrap().unwrap().findings.len(), 20_000);
});

law!(times_with_and_without_fractions_are_in_order, store, {
    let world = World::new("acme");
    let whole: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    for (id, at) in [("b", whole), ("a", whole + Duration::from_millis(500))] {
        let mut run = world.run(1);
        run.run.id = id.to_owned();
        run.run.finished_at = at;
        store.record(&run).await.unwrap();
    }
    assert_eq!(store.latest(None).await.unwrap().unwrap().run.id, "a");
});

law!(a_run_knows_the_evidence_it_rests_on, store, {
    assert!(store.is_empty().await.unwrap());
    let run = World::new("acme").run(1);
    store.record(&run).await.unwrap();
    assert!(!store.is_empty().await.unwrap());
    let [mut one] = <[_; 1]>::try_from(store.run_evidence().await.unwrap()).unwrap();
    assert_eq!((one.is_whole(), one.listed.clone()), (true, vec![run.evidence[0].digest]));
    assert_eq!(store.evidence_digests().await.unwrap(), one.listed);
    one.listed.pop();
    assert!(!one.is_whole(), "what was taken away is missed");
    one.pledge = None;
    assert!(!one.is_whole(), "a run that said nothing is not vouched for");
    let cited = store.cited_evidence().await.unwrap();
    assert!(cited.iter().any(|(digest, by)| *digest == Digest::of(b"e") && by.contains("MOD-01")), "{cited:?}");
});
