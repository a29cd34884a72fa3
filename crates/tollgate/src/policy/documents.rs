//! Documents of `did:web`, downloaded the way modules are: https to public addresses only, bounded in size and time.

use std::error::Error;

use tollgate_sandbox::{FetchOptions, fetch};
use tollgate_state::did::DocumentSource;
use tollgate_state::limits::DOCUMENT_BYTES_MAX;

/// Fetches did documents. Give it the addresses it may reach besides public ones in the options.
#[derive(Debug, Clone, Default)]
pub struct WebDocuments {
    /// What a download may do.
    pub options: FetchOptions,
}

impl DocumentSource for WebDocuments {
    fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        fetch(url, DOCUMENT_BYTES_MAX as u64, &self.options).map_err(|error| {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(next) = cause {
                text = format!("{text}: {next}");
                cause = next.source();
            }
            text
        })
    }
}
