//! `syndic assets`: what the store knows to exist.

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;
use syndic_evidence::{AssetKind, Urn};
use syndic_report::{Row, listing};
use syndic_store::{AssetFilter, Store, StoredAsset};

use super::{UsageError, block_on, open_existing};
use crate::assess::Engines;
use crate::cli::{AssetsArgs, Cli};
use crate::exit::Exit;
use crate::printer;
use crate::state::assessed;

/// Lists assets.
pub(crate) fn run(cli: &Cli, args: &AssetsArgs) -> Result<Exit> {
    let kind = args.kind.as_deref().map(kind).transpose()?;
    let (assets, are_several) = block_on(async {
        let store = assessed(open_existing(cli).await?).await?;
        let system = known_system(&store, args.system.as_deref()).await?;
        Ok((
            store.assets(&AssetFilter { system, kind, ..AssetFilter::default() }).await?,
            are_several(&store, args.system.as_deref()).await?,
        ))
    })?;
    let text = if args.json {
        let assets = assets.iter().map(|stored| with_system(&stored.asset, &stored.system));
        format!("{}\n", serde_json::to_string_pretty(&assets.collect::<serde_json::Result<Vec<_>>>()?)?)
    } else {
        let rows: Vec<Row> = assets.iter().map(|stored| row(stored, are_several)).collect();
        listing(&rows, printer::terminal_width())
    };
    printer::result(&text)?;
    Ok(Exit::Clean)
}

fn row(stored: &StoredAsset, are_several: bool) -> Row {
    let asset = &stored.asset;
    let place = asset.sources.first().map(ToString::to_string).unwrap_or_default();
    let system = are_several.then(|| system_name(&stored.system));
    Row { fixed: system.into_iter().chain([asset.kind.to_string(), asset.name.clone()]).collect(), rest: place }
}

/// Says whether a list is of several systems, so that each row must name its own.
pub(super) async fn are_several(store: &Store, asked: Option<&str>) -> Result<bool> {
    Ok(asked.is_none() && store.systems().await?.len() > 1)
}

/// Returns a thing as JSON with the system it belongs to, which it does not name itself.
pub(super) fn with_system<T: Serialize>(thing: &T, system: &Urn) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(thing)?;
    if let Some(object) = value.as_object_mut() {
        object.insert("system".to_owned(), serde_json::to_value(system)?);
    }
    Ok(value)
}

/// Returns what people call a system.
pub(super) fn system_name(urn: &Urn) -> String {
    urn.local_parts().map_or_else(|| urn.as_str().to_owned(), |(_, name)| name)
}

/// Names a system the way `assess` does; one that no run assessed is a mistake, not an empty list.
pub(super) async fn known_system(store: &Store, name: Option<&str>) -> Result<Option<Urn>> {
    let Some(name) = name else { return Ok(None) };
    let systems = store.systems().await?;
    let known = |name: &str| {
        let wanted = Urn::local(name, AssetKind::System, name);
        systems.iter().any(|known| known.system == wanted).then_some(wanted)
    };
    // A folder whose name holds a credential is kept by a name without it.
    let found = match known(name) {
        None => known(&Engines::builtin()?.concealer().text(name)),
        found => found,
    };
    if found.is_some() {
        return Ok(found);
    }
    let known: Vec<String> = systems.iter().map(|known| system_name(&known.system)).collect();
    Err(UsageError(format!("the store knows no system `{name}`: it knows {}", known.join(", "))).into())
}

fn kind(name: &str) -> Result<AssetKind> {
    AssetKind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
        let known: Vec<&str> = AssetKind::ALL.iter().map(|kind| kind.as_str()).collect();
        UsageError(format!("`{name}` is no kind of asset: use one of {}", known.join(", "))).into()
    })
}
