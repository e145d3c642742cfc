//! Whom to believe about who a server is: the certificates the operating system trusts, or `SSL_CERT_FILE`.

use std::sync::Arc;

use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use crate::error::{ArchiveError, Result};

/// Returns the TLS set-up of a client.
///
/// # Errors
/// The system trusts nobody, so that no server could be believed.
pub(crate) fn tls() -> Result<TlsConfig> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found.errors.first().map_or_else(|| "none is installed".to_owned(), ToString::to_string);
        return Err(ArchiveError::Settings(format!(
            "the system has no trusted certificates ({why}): install ca-certificates, or name a file in SSL_CERT_FILE"
        )));
    }
    let roots: RootCerts = found.certs.iter().map(|root| Certificate::from_der(root).to_owned()).into();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = TlsConfig::builder().provider(TlsProvider::Rustls).root_certs(roots);
    Ok(config.unversioned_rustls_crypto_provider(provider).build())
}
