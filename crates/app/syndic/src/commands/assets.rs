//! `syndic assets`: what the store knows to exist.

use anyhow::Result;
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
    let assets = block_on(async {
        let store = assessed(open_existing(cli).await?).await?;
        let system = known_system(&store, args.system.as_deref()).await?;
        Ok(store.assets(&AssetFilter { system, kind, ..AssetFilter::default() }).await?)
    })?;
    let text = if args.json {
        let assets: Vec<_> = assets.iter().map(|stored| &stored.asset).collect();
        format!("{}\n", serde_json::to_string_pretty(&assets)?)
    } else {
        listing(&assets.iter().map(row).collect::<Vec<_>>(), printer::terminal_width())
    };
    printer::result(&text)?;
    Ok(Exit::Clean)
}

fn row(stored: &StoredAsset) -> Row {
    let asset = &stored.asset;
    let place = asset.sources.first().map(ToString::to_string).unwrap_or_default();
    Row { fixed: vec![asset.kind.to_string(), asset.name.clone()], rest: place }
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
    let name_of = |urn: &Urn| urn.local_parts().map_or_else(|| urn.as_str().to_owned(), |(_, name)| name);
    let known: Vec<String> = systems.iter().map(|known| name_of(&known.system)).collect();
    Err(UsageError(format!("the store knows no system `{name}`: it knows {}", known.join(", "))).into())
}

fn kind(name: &str) -> Result<AssetKind> {
    AssetKind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
        let known: Vec<&str> = AssetKind::ALL.iter().map(|kind| kind.as_str()).collect();
        UsageError(format!("`{name}` is no kind of asset: use one of {}", known.join(", "))).into()
    })
}
