//! `syndic assets`: what the store knows to exist.

use anyhow::Result;
use syndic_evidence::{AssetKind, Urn};
use syndic_store::AssetFilter;

use super::{UsageError, block_on, open_existing};
use crate::cli::{AssetsArgs, Cli};
use crate::exit::Exit;
use crate::printer;

/// Lists assets.
pub(crate) fn run(cli: &Cli, args: &AssetsArgs) -> Result<Exit> {
    let filter = AssetFilter {
        system: args.system.as_deref().map(system_urn),
        kind: args.kind.as_deref().map(kind).transpose()?,
        ..AssetFilter::default()
    };
    let assets = block_on(async { Ok(open_existing(cli).await?.assets(&filter).await?) })?;
    let text = if args.json {
        let assets: Vec<_> = assets.iter().map(|stored| &stored.asset).collect();
        format!("{}\n", serde_json::to_string_pretty(&assets)?)
    } else {
        assets
            .iter()
            .map(|stored| {
                let asset = &stored.asset;
                let place = asset.sources.first().map(ToString::to_string).unwrap_or_default();
                format!("{:<14} {:<40} {place}\n", asset.kind.as_str(), asset.name)
            })
            .collect()
    };
    printer::result(&text)?;
    Ok(Exit::Clean)
}

/// Names a system the way `assess` does.
pub(crate) fn system_urn(name: &str) -> Urn {
    Urn::local(name, AssetKind::System, name)
}

fn kind(name: &str) -> Result<AssetKind> {
    AssetKind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
        let known: Vec<&str> = AssetKind::ALL.iter().map(|kind| kind.as_str()).collect();
        UsageError(format!("`{name}` is no kind of asset: use one of {}", known.join(", "))).into()
    })
}
