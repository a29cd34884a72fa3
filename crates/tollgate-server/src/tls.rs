//! TLS, with rustls and one provider. Certificates and key are read when the server starts.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::limits::TLS_FILE_BYTES_MAX;

/// The files that a server proves itself with, in PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// Its certificate first, and then those up to an authority that clients know.
    pub certificates: PathBuf,
    /// The key of the first certificate, which no other user may read.
    pub key: PathBuf,
}

/// Why a server cannot prove itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("`{}` cannot be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others may read the key.
    #[error("the key `{}` can be read by others; `chmod 600` it", path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// A file is larger than such files are.
    #[error("`{}` has more than {TLS_FILE_BYTES_MAX} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// What was looked for is not in a file.
    #[error("`{}` has no {what} in PEM", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// The key is another one's, or of a kind that is not known.
    #[error("the key `{}` is not that of the first certificate in `{}`", files.key.display(), files.certificates.display())]
    Unfit {
        /// The files.
        files: TlsFiles,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

/// What makes TLS of connections.
pub(crate) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let missing = |path: &Path, what| {
        let path = path.to_owned();
        move |source| TlsError::Missing { path, what, source }
    };
    let TlsFiles { certificates, key } = files;
    let chain = read(certificates, Readers::Anybody)?;
    let chain = CertificateDer::pem_slice_iter(&chain).collect::<Result<Vec<_>, _>>();
    let chain = chain.and_then(|chain| match chain.is_empty() {
        true => Err(pem::Error::NoItemsFound),
        false => Ok(chain),
    });
    let chain = chain.map_err(missing(certificates, "certificate"))?;
    let secret = read(key, Readers::OwnerAlone)?;
    let secret = PrivateKeyDer::from_pem_slice(&secret).map_err(missing(key, "private key"))?;
    let unfit = |source| TlsError::Unfit {
        files: files.clone(),
        source,
    };
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unfit)?
        .with_no_client_auth();
    let mut config = config.with_single_cert(chain, secret).map_err(unfit)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Who may be able to read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    Anybody,
    OwnerAlone,
}

fn read(path: &Path, readers: Readers) -> Result<Vec<u8>, TlsError> {
    let failed = |source| TlsError::File {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.mode();
    if readers == Readers::OwnerAlone && mode & 0o077 != 0 {
        return Err(TlsError::Open {
            path: path.to_owned(),
        });
    }
    let mut bytes = Vec::new();
    let read = file.take(TLS_FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    if read.map_err(failed)? as u64 > TLS_FILE_BYTES_MAX {
        return Err(TlsError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}
