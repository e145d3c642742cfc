//! `syndic ledger witness serve`: answers `add-checkpoint` until Ctrl-C.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use syndic_ledger::witness::{Answer, Witness};
use syndic_witness::{Desk, Limits, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::own::{OwnWitness, add_log};
use crate::cli::{Cli, WitnessServeArgs};
use crate::exit::Exit;
use crate::printer;

/// How long the program may take to end after the server did: a disk that hangs must not hold it for ever.
const FAREWELL: Duration = Duration::from_secs(2);

/// Opens the witness, lets it know its logs, and serves.
pub(super) fn run(cli: &Cli, args: &WitnessServeArgs) -> Result<Exit> {
    let witness = OwnWitness::open(&cli.state, args.name.name.as_deref())?.witness()?;
    for log in &args.log {
        add_log(&witness, log)?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the async runtime")?;
    let outcome = runtime.block_on(listen(args, Arc::new(witness)));
    runtime.shutdown_timeout(FAREWELL);
    outcome.map(|()| Exit::Clean)
}

async fn listen(args: &WitnessServeArgs, witness: Arc<Witness>) -> Result<()> {
    let of = |kind: SignalKind| signal(kind).context("cannot listen for signals");
    let (mut interrupt, mut terminate) = (of(SignalKind::interrupt())?, of(SignalKind::terminate())?);
    let what = || format!("cannot listen on {}: is it taken? Try --listen 127.0.0.1:0", args.listen);
    let listener = TcpListener::bind(args.listen).await.with_context(what)?;
    let address = listener.local_addr().context("cannot tell the port")?;
    printer::result(&format!("witness  http://{address}\nkey      {}\n", witness.key()))?;
    if witness.logs().is_empty() {
        printer::say("it knows no log yet, and so cosigns nothing: stop it, and give it one with --log KEY");
    }
    let stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        printer::say("stopping");
    };
    let told_of = Arc::clone(&witness);
    let told = Box::new(move |body: &[u8], answer: &Answer| tell(&told_of, body, answer));
    serve(listener, Desk { witness, told }, Limits::default(), stop).await.context("the witness stopped")
}

/// Says what was cosigned, and what speaks against a log. Only a log's own signature brings a line about.
fn tell(witness: &Witness, body: &[u8], answer: &Answer) {
    let Some((origin, size)) = named(body) else { return };
    let seen = || witness.head(origin).map_or(0, |head| head.size);
    let what = match answer {
        Answer::Cosigned(_) => format!("cosigned {origin} at {size} records"),
        Answer::OtherSize(seen) if size < *seen => {
            format!("REFUSED {origin} at {size} records: {seen} were cosigned, the log was put back")
        }
        Answer::Forked(_) => format!("REFUSED {origin} at {size} records: another root was cosigned, the log forked"),
        Answer::BadProof(why) => {
            format!("REFUSED {origin} at {size} records: not shown to extend the {} cosigned: {why}", seen())
        }
        Answer::Failed(why) => format!("could not cosign {origin} at {size} records: {why}"),
        _ => return,
    };
    printer::say(&format!("{}  {what}", Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ")));
}

/// Origin and size of the checkpoint in a request, whose signature the witness has checked.
fn named(body: &[u8]) -> Option<(&str, u64)> {
    let (_, note) = std::str::from_utf8(body).ok()?.split_once("\n\n")?;
    let mut lines = note.lines();
    Some((lines.next()?, lines.next()?.parse().ok()?))
}
