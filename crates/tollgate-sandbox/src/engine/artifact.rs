//! Compiled code: where it is, and how it becomes code that can run. Nothing is loaded that is not a [`VerifiedArtifact`].

use std::os::unix::fs::FileExt;

use wasmtime::Precompiled;

use crate::{digest::Digest, error::EngineError};

/// The two kinds of compiled code.
pub(crate) enum Code {
    Core(wasmtime::Module),
    Component(wasmtime::component::Component),
}

/// Compiled code that is known to come from this program: read from the cache with a valid authentication code, or made
/// by our own compiler process.
///
/// Loading machine code runs it, so there is no public way to make one of these from arbitrary bytes.
#[derive(Debug)]
pub struct VerifiedArtifact {
    code: ArtifactCode,
    module: Digest,
}

/// Where the bytes of an artifact are.
#[derive(Debug)]
pub(crate) enum ArtifactCode {
    /// In memory of this process.
    Bytes(Vec<u8>),
    /// In a file that is all of it and that the system lets nobody change any more.
    Sealed(std::fs::File),
}

impl VerifiedArtifact {
    /// Declares `code` to be the untouched output of [`Engine::precompile`](super::Engine::precompile) for the module with digest `module`.
    ///
    /// INVARIANT: callers have checked a message authentication code over all of `code`, after the last moment at which
    /// anybody could change it, or got it from a compiler process they started themselves.
    pub(crate) fn assume_verified(code: ArtifactCode, module: Digest) -> Self {
        Self { code, module }
    }

    /// Returns the digest of the module that was compiled.
    pub fn module(&self) -> Digest {
        self.module
    }
}

/// Loads compiled code. The only place that does.
pub(super) fn load(
    engine: &wasmtime::Engine,
    artifact: &VerifiedArtifact,
) -> Result<Code, EngineError> {
    let unread = |error: std::io::Error| EngineError::Artifact {
        message: error.to_string(),
    };
    match &artifact.code {
        ArtifactCode::Bytes(bytes) => load_bytes(engine, bytes),
        ArtifactCode::Sealed(file) => {
            match load_sealed(engine, file.try_clone().map_err(unread)?) {
                Ok(code) => Ok(code),
                // Some systems do not let such files be mapped as code; and what is wrong is said better below.
                Err(_) => {
                    let size = file.metadata().map_err(unread)?.len();
                    let size = usize::try_from(size).map_err(|_| EngineError::Artifact {
                        message: format!("{size} bytes are more than can be addressed"),
                    })?;
                    let mut bytes = vec![0; size];
                    file.read_exact_at(&mut bytes, 0).map_err(unread)?;
                    load_bytes(engine, &bytes)
                }
            }
        }
    }
}

#[expect(
    unsafe_code,
    reason = "compiled code can only be loaded through an unsafe function"
)]
fn load_sealed(engine: &wasmtime::Engine, file: std::fs::File) -> wasmtime::Result<Code> {
    // SAFETY: the file is the unchanged output of our own compiler: `VerifiedArtifact` is only made of it after an
    // authentication code over all of it was checked. It cannot change afterwards: it has no name, and was sealed against
    // writing before the check and against any other size after it. What is mapped is what was checked.
    unsafe { wasmtime::Module::deserialize_open_file(engine, file) }.map(Code::Core)
}

#[expect(
    unsafe_code,
    reason = "compiled code can only be loaded through an unsafe function"
)]
fn load_bytes(engine: &wasmtime::Engine, bytes: &[u8]) -> Result<Code, EngineError> {
    let foreign = |error: wasmtime::Error| EngineError::Artifact {
        message: format!("{error:#}"),
    };
    match wasmtime::Engine::detect_precompiled(bytes) {
        Some(Precompiled::Module) => {
            // SAFETY: the bytes are the unchanged output of our own compiler: `VerifiedArtifact` is only made after an
            // authentication code over all of them was checked, or straight from a compiler we started.
            let module = unsafe { wasmtime::Module::deserialize(engine, bytes) };
            module.map(Code::Core).map_err(foreign)
        }
        Some(Precompiled::Component) => {
            // SAFETY: as above.
            let component = unsafe { wasmtime::component::Component::deserialize(engine, bytes) };
            component.map(Code::Component).map_err(foreign)
        }
        None => Err(EngineError::Artifact {
            message: String::from("these bytes are not compiled code"),
        }),
    }
}
