//! The log's side of the wire: posts a request, reads a bounded answer.

use std::io;
use std::time::Duration;

use syndic_ledger::witness::{WitnessPort, WitnessReply};
use ureq::{Agent, Body};

use crate::address::Address;
use crate::roots;

/// Most bytes of an answer that are read: a hundred cosignatures.
const ANSWER_BYTES_LIMIT: u64 = 1 << 18;

/// How long finding and reaching the host may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A witness reached over HTTP. Redirects are not followed: a witness is where its operator said it is.
#[derive(Debug, Clone)]
pub struct HttpWitness {
    address: Address,
    agent: Agent,
}

impl HttpWitness {
    /// Stands for the witness at `address`; a request takes at most `timeout` from its beginning to the answer's end.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(address: Address, timeout: Duration) -> io::Result<Self> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(timeout))
            .timeout_resolve(Some(CONNECT_TIMEOUT.min(timeout)))
            .timeout_connect(Some(CONNECT_TIMEOUT.min(timeout)))
            .user_agent(concat!("syndic/", env!("CARGO_PKG_VERSION")));
        if address.is_secure() {
            config = config.tls_config(roots::tls()?);
        }
        if address.is_loopback() {
            config = config.proxy(None);
        }
        Ok(Self { agent: config.build().new_agent(), address })
    }

    /// Returns where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

impl WitnessPort for HttpWitness {
    fn add_checkpoint(&self, body: &[u8]) -> io::Result<WitnessReply> {
        let request =
            self.agent.post(self.address.add_checkpoint()).header("content-type", "text/plain; charset=utf-8");
        let mut response = request.send(body).map_err(unreached)?;
        let status = response.status().as_u16();
        Ok(WitnessReply { status, body: read(response.body_mut()).map_err(unreached)? })
    }
}

fn read(body: &mut Body) -> Result<Vec<u8>, ureq::Error> {
    body.with_config().limit(ANSWER_BYTES_LIMIT).read_to_vec()
}

fn unreached(problem: ureq::Error) -> io::Error {
    match problem {
        ureq::Error::Io(problem) => problem,
        ureq::Error::Timeout(_) => io::Error::new(io::ErrorKind::TimedOut, problem.to_string()),
        other => io::Error::other(other.to_string()),
    }
}
