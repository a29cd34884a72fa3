//! Where a module comes from, and how it becomes bytes with a digest.
//!
//! Every source is read with the same bound and never further than one byte past it, so an endless file, stream or
//! download costs what an allowed one costs. Nothing of what was read is taken apart here but its first bytes: text (WAT) is
//! turned into the binary form by [`crate::compile::Compiler::assemble`], where strangers' bytes are read. A module's [`Digest`] is
//! always that of the binary form.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::fetch::{self, FetchError, FetchOptions};
use crate::input;
use crate::limits::{MODULE_BYTES, MODULE_BYTES_CEILING};

/// Where a module comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of this machine.
    File(PathBuf),
    /// An address to download from, and the digest the download must have, if it is pinned.
    Url {
        /// The address; `https`, see [`FetchOptions`].
        url: String,
        /// SHA-256 of the bytes the server must send.
        digest: Option<Digest>,
    },
    /// Bytes that are already here: binary or text form.
    Bytes(Arc<[u8]>),
    /// The same in base64 (standard or URL alphabet, with or without padding, line breaks allowed).
    Base64(String),
    /// Standard input of this process, to its end.
    Stdin,
}

impl FromStr for Source {
    type Err = SourceError;

    /// Reads what a user types: `-` is standard input, `http://` or `https://` an address (with `#sha256:HEX` at the
    /// end to pin it), anything else a path.
    ///
    /// # Errors
    /// [`SourceError::Pin`] when what follows `#` in an address is not a digest.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        let scheme = text
            .split_once("://")
            .map(|(scheme, _)| scheme.to_ascii_lowercase());
        if !matches!(scheme.as_deref(), Some("http" | "https")) {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let Some((url, fragment)) = text.split_once('#') else {
            return Ok(Self::Url {
                url: text.to_owned(),
                digest: None,
            });
        };
        let digest = fragment.parse().map_err(|source| SourceError::Pin {
            url: url.to_owned(),
            source,
        })?;
        Ok(Self::Url {
            url: url.to_owned(),
            digest: Some(digest),
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Url { url, .. } => f.write_str(url),
            Self::Bytes(bytes) => write!(f, "{} bytes in memory", bytes.len()),
            Self::Base64(_) => f.write_str("base64 text"),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({self})")
    }
}

/// How far reading a source may go.
#[derive(Debug, Clone)]
pub struct SourceOptions {
    /// Bytes read at most. Default 128 MiB ([`MODULE_BYTES`]); values above 1 GiB ([`MODULE_BYTES_CEILING`]) count
    /// as 1 GiB.
    pub bytes_max: u64,
    /// Digest the module (its binary form) must have. Default: any.
    pub digest: Option<Digest>,
    /// What downloads may do.
    pub fetch: FetchOptions,
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self {
            bytes_max: MODULE_BYTES,
            digest: None,
            fetch: FetchOptions::default(),
        }
    }
}

/// The form of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceForm {
    /// WebAssembly binary.
    Binary,
    /// WebAssembly text.
    Text,
}

/// A module's bytes and their digest.
#[derive(Debug, Clone)]
pub struct SourceBytes {
    /// The bytes as they were read. Not validated yet.
    pub bytes: Arc<[u8]>,
    /// SHA-256 of `bytes`: that of the module if the form is binary.
    pub digest: Digest,
    /// Their form.
    pub form: SourceForm,
}

/// The source could not be turned into a module's bytes.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file or stream could not be read.
    #[error("cannot read module `{name}`")]
    Read {
        /// Path or stream.
        name: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The source is longer than allowed.
    #[error(
        "module `{name}` is larger than the size limit of {bytes_max} bytes; give a smaller module, or raise the limit (at \
         most {MODULE_BYTES_CEILING} bytes)"
    )]
    TooLarge {
        /// Path, address or stream.
        name: String,
        /// The limit.
        bytes_max: u64,
    },
    /// The source holds no WebAssembly.
    #[error(
        "`{name}` is not a WebAssembly module: it {looks_like}; give a .wasm binary or .wat text"
    )]
    NotWasm {
        /// Path, address or stream.
        name: String,
        /// What it seems to be.
        looks_like: &'static str,
    },
    /// The text form does not assemble.
    #[error("`{name}` line {line}, column {column}: {message}")]
    Text {
        /// Path, address or stream.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the assembler said.
        message: String,
    },
    /// The base64 text is wrong.
    #[error("module is not valid base64")]
    Base64 {
        /// Where.
        #[source]
        source: base64::DecodeError,
    },
    /// The module is not the pinned one.
    #[error(
        "`{name}` has digest {actual} but {expected} is pinned; it was changed or replaced: check where it comes \
         from, and pin the new digest only if you trust it"
    )]
    DigestMismatch {
        /// Path, address or stream.
        name: String,
        /// The pin.
        expected: Digest,
        /// What was read.
        actual: Digest,
    },
    /// The text behind `#` in an address is no digest.
    #[error("the pin of `{url}` is wrong")]
    Pin {
        /// The address without the pin.
        url: String,
        /// Why.
        #[source]
        source: crate::digest::DigestError,
    },
    /// The download failed or was refused.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

impl Source {
    /// Reads the source, blocking, and returns its bytes, their form and digest.
    ///
    /// Nothing is assembled, validated or compiled. A pinned digest is checked here if the form is binary, otherwise by
    /// whoever assembles it: a [`crate::loader::Loader`] does. Standard input can be read once.
    ///
    /// # Errors
    /// [`SourceError`], one variant per reason.
    pub fn read(&self, options: &SourceOptions) -> Result<SourceBytes, SourceError> {
        let bytes_max = options.bytes_max.min(MODULE_BYTES_CEILING);
        let raw = self.read_raw(bytes_max, &options.fetch)?;
        let name = self.to_string();
        if let Self::Url {
            digest: Some(pin), ..
        } = self
        {
            check_digest(&name, *pin, Digest::of(&raw))?;
        }
        let form = form(&raw).map_err(|looks_like| SourceError::NotWasm {
            name: name.clone(),
            looks_like,
        })?;
        let read = SourceBytes {
            digest: Digest::of(&raw),
            bytes: raw,
            form,
        };
        read.check_pin(&name, options)?;
        Ok(read)
    }

    fn read_raw(&self, bytes_max: u64, fetch: &FetchOptions) -> Result<Arc<[u8]>, SourceError> {
        match self {
            Self::File(path) => read_file(path, bytes_max),
            Self::Url { url, .. } => Ok(fetch::fetch(url, bytes_max, fetch)?.into()),
            Self::Bytes(bytes) if bytes.len() as u64 > bytes_max => Err(self.too_large(bytes_max)),
            Self::Bytes(bytes) => Ok(bytes.clone()),
            Self::Base64(text) => self.decode(text, bytes_max),
            Self::Stdin => read_bounded(&mut io::stdin().lock(), "standard input", bytes_max),
        }
    }

    fn decode(&self, text: &str, bytes_max: u64) -> Result<Arc<[u8]>, SourceError> {
        // Checked on the text first: decoding allocates in proportion to it. White space is not counted.
        let symbols = text
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=');
        if symbols.clone().count() as u64 > bytes_max.saturating_mul(4).div_ceil(3) {
            return Err(self.too_large(bytes_max));
        }
        let mut symbols: Vec<u8> = symbols.collect();
        let engine = if symbols.iter().any(|byte| matches!(byte, b'-' | b'_')) {
            &URL_SAFE
        } else {
            &STANDARD
        };
        symbols.resize(symbols.len().next_multiple_of(4), b'=');
        let bytes = engine
            .decode(symbols)
            .map_err(|source| SourceError::Base64 { source })?;
        if bytes.len() as u64 > bytes_max {
            return Err(self.too_large(bytes_max));
        }
        Ok(bytes.into())
    }

    fn too_large(&self, bytes_max: u64) -> SourceError {
        SourceError::TooLarge {
            name: self.to_string(),
            bytes_max,
        }
    }
}

impl SourceBytes {
    /// Checks the digest that `options` pin, if these are the bytes it is about.
    pub(crate) fn check_pin(&self, name: &str, options: &SourceOptions) -> Result<(), SourceError> {
        match (options.digest, self.form) {
            (Some(pin), SourceForm::Binary) => check_digest(name, pin, self.digest),
            (Some(_), SourceForm::Text) | (None, _) => Ok(()),
        }
    }
}

fn check_digest(name: &str, expected: Digest, actual: Digest) -> Result<(), SourceError> {
    if expected == actual {
        return Ok(());
    }
    Err(SourceError::DigestMismatch {
        name: name.to_owned(),
        expected,
        actual,
    })
}

fn read_file(path: &Path, bytes_max: u64) -> Result<Arc<[u8]>, SourceError> {
    let name = path.display().to_string();
    let unread = |source| SourceError::Read {
        name: name.clone(),
        source,
    };
    let mut file = input::open(path).map_err(unread)?;
    let expected = file.metadata().map_or(0, |metadata| metadata.len());
    if expected > bytes_max {
        return Err(SourceError::TooLarge { name, bytes_max });
    }
    // A file that is as long as it says is read to where it stays, and not copied there.
    let expected_here = usize::try_from(expected).unwrap_or_default();
    let mut whole: Arc<[u8]> = std::iter::repeat_n(0, expected_here).collect();
    let room = Arc::get_mut(&mut whole).unwrap_or_default();
    let read = fill(&mut file, room).map_err(unread)?;
    let mut behind = Vec::new();
    let more = bytes_max.saturating_sub(read as u64).saturating_add(1);
    file.take(more).read_to_end(&mut behind).map_err(unread)?;
    if behind.is_empty() && read == whole.len() {
        return Ok(whole);
    }
    let begin = whole.get(..read).unwrap_or_default();
    if (begin.len() + behind.len()) as u64 > bytes_max {
        return Err(SourceError::TooLarge { name, bytes_max });
    }
    Ok([begin, &behind].concat().into())
}

/// Reads until `room` is full or the file ends; returns how much was read.
fn fill(file: &mut std::fs::File, room: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = room.get_mut(filled..)
        && !rest.is_empty()
    {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads to the end or to one byte past the limit, whichever comes first.
fn read_bounded(
    input: &mut dyn Read,
    name: &str,
    bytes_max: u64,
) -> Result<Arc<[u8]>, SourceError> {
    let mut bytes = Vec::new();
    input
        .take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| SourceError::Read {
            name: name.to_owned(),
            source,
        })?;
    if bytes.len() as u64 > bytes_max {
        return Err(SourceError::TooLarge {
            name: name.to_owned(),
            bytes_max,
        });
    }
    Ok(bytes.into())
}

/// The form of what was read, or what it looks like instead.
fn form(raw: &[u8]) -> Result<SourceForm, &'static str> {
    if raw.starts_with(b"\0asm") {
        return Ok(SourceForm::Binary);
    }
    let is_text = std::str::from_utf8(raw).is_ok_and(is_wat);
    if is_text {
        Ok(SourceForm::Text)
    } else {
        Err(looks_like(raw))
    }
}

/// Text form starts with a parenthesis or a comment.
fn is_wat(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    start.starts_with('(') || start.starts_with(";;")
}

/// What bytes that are not WebAssembly most often are.
fn looks_like(bytes: &[u8]) -> &'static str {
    const KNOWN: [(&[u8], &str); 7] = [
        (
            b"\x7fELF",
            "is an ELF file: a native program, or a module that was compiled ahead of time",
        ),
        (b"\x1f\x8b", "is gzip-compressed: unpack it first"),
        (b"PK\x03\x04", "is a zip archive: unpack it first"),
        (b"\x28\xb5\x2f\xfd", "is zstd-compressed: unpack it first"),
        (b"#!", "is a script"),
        (b"<", "looks like an HTML or XML page, not the file itself"),
        (b"BC\xc0\xde", "is LLVM bitcode: it was not linked"),
    ];
    if bytes.is_empty() {
        return "is empty";
    }
    if bytes.len() < 8 && b"\0asm\x01\0\0\0".starts_with(bytes) {
        return "ends in the middle of its first 8 bytes: it was cut off";
    }
    let start = bytes.trim_ascii_start();
    KNOWN
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic) || start.starts_with(magic))
        .map_or(
            "starts with neither the bytes `\\0asm` nor a parenthesis",
            |(_, what)| what,
        )
}
