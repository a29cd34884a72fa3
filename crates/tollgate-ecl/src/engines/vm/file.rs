//! Compiled policies as files.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | `ECLB` |
//! | 4..6 | version of the format, little-endian: [`FORMAT_VERSION`] |
//! | 6..8 | version of the gas table, little-endian |
//! | 8..40 | SHA-256 of everything behind it |
//! | 40.. | the checked program, then the bytecode, in postcard's encoding |
//!
//! The hash finds damage; it is no signature. What is read is verified like any other bytecode, and nothing that the file says
//! of itself is believed: sizes, worst case and hash of the program are computed again, and the bytecode has to be the one
//! that its program compiles to. So a file that somebody made by hand is the policy whose hash it has, or is refused.

use sha2::{Digest as _, Sha256};

use super::CompiledProgram;
use super::bytecode::Code;
use super::lower::{LowerError, Optimise, lower};
use super::verify::{VerifyError, constants, program, verify};
use crate::data::gas;
use crate::data::reading;
use crate::ir::Program;
use crate::limits::{BYTECODE_FILE_BYTES_MAX, PROGRAM_BYTES_MAX};

/// First bytes of a file.
pub(crate) const MAGIC: [u8; 4] = *b"ECLB";
/// Version of the format and the instruction set. A file of another version is compiled again from its source.
pub(crate) const FORMAT_VERSION: u16 = 5;

const HEADER: usize = 40;

/// Why a file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Not a compiled policy.
    #[error(
        "this is not a compiled policy: it does not begin with `ECLB`; make one with `tollgate ecl build`"
    )]
    NotBytecode,
    /// Of another version.
    #[error(
        "the file has {what} version {found}, this program reads {wanted}; compile the policy again from its source"
    )]
    Version {
        /// Which version.
        what: &'static str,
        /// The file's.
        found: u16,
        /// Ours.
        wanted: u16,
    },
    /// Longer than the limit.
    #[error(
        "the file has {found} bytes, at most {BYTECODE_FILE_BYTES_MAX} are read; split the policy"
    )]
    TooLarge {
        /// Its length.
        found: usize,
    },
    /// Changed since it was written.
    #[error(
        "the file is damaged: its hash is not that of its content; compile the policy again from its source"
    )]
    Damaged,
    /// The content is not a program.
    #[error("the content is not a program ({0}); compile the policy again from its source")]
    Content(String),
    /// The content is a program that may not run.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The content is a program that has no bytecode.
    #[error(transparent)]
    Lower(#[from] LowerError),
    /// The file says something of itself that is not so.
    #[error("the file was not made by `tollgate`: {0}; compile the policy again from its source")]
    Forged(&'static str),
}

/// The file of a compiled program.
///
/// # Errors
/// [`FileError::Content`] when the program cannot be encoded, [`FileError::TooLarge`].
pub fn write(compiled: &CompiledProgram) -> Result<Vec<u8>, FileError> {
    let file = encoded(compiled.program(), compiled.code())?;
    if file.len() > BYTECODE_FILE_BYTES_MAX {
        return Err(FileError::TooLarge { found: file.len() });
    }
    Ok(file)
}

fn encoded(program: &Program, code: &Code) -> Result<Vec<u8>, FileError> {
    let content = postcard::to_allocvec(&(program, code))
        .map_err(|error| FileError::Content(error.to_string()))?;
    let mut file = Vec::with_capacity(HEADER + content.len());
    file.extend_from_slice(&MAGIC);
    file.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    file.extend_from_slice(&gas_version().to_le_bytes());
    file.extend_from_slice(&Sha256::digest(&content));
    file.extend_from_slice(&content);
    Ok(file)
}

/// A file of a program and of code that need not be its own: what a forger would write.
#[cfg(any(test, feature = "oracle"))]
#[expect(
    clippy::expect_used,
    reason = "a file of nothing would be refused for another reason than the one that is tried"
)]
pub(crate) fn forge(program: &Program, code: &Code) -> Vec<u8> {
    encoded(program, code).expect("a program in memory can be written")
}

/// Gives a changed file the hash of its content.
#[cfg(any(test, feature = "oracle"))]
pub(crate) fn seal(file: &mut [u8]) {
    if let Some((header, content)) = file.split_first_chunk_mut::<HEADER>() {
        let hash: [u8; 32] = Sha256::digest(&*content).into();
        if let Some(place) = header.last_chunk_mut::<32>() {
            *place = hash;
        }
    }
}

/// Reads a file and verifies what is in it.
///
/// # Errors
/// When the file is not one, is damaged, or its bytecode is refused.
pub fn read(file: &[u8]) -> Result<CompiledProgram, FileError> {
    if file.len() > BYTECODE_FILE_BYTES_MAX {
        return Err(FileError::TooLarge { found: file.len() });
    }
    let (header, content) = file
        .split_first_chunk::<HEADER>()
        .ok_or(FileError::NotBytecode)?;
    let (magic, rest) = header
        .split_first_chunk::<4>()
        .ok_or(FileError::NotBytecode)?;
    if *magic != MAGIC {
        return Err(FileError::NotBytecode);
    }
    let (format, rest) = version(rest)?;
    let (gas, hash) = version(rest)?;
    for (what, found, wanted) in [
        ("format", format, FORMAT_VERSION),
        ("gas table", gas, gas_version()),
    ] {
        if found != wanted {
            return Err(FileError::Version {
                what,
                found,
                wanted,
            });
        }
    }
    if *hash != *Sha256::digest(content) {
        return Err(FileError::Damaged);
    }
    decode(content)
}

fn version(bytes: &[u8]) -> Result<(u16, &[u8]), FileError> {
    let (version, rest) = bytes
        .split_first_chunk::<2>()
        .ok_or(FileError::NotBytecode)?;
    Ok((u16::from_le_bytes(*version), rest))
}

fn gas_version() -> u16 {
    u16::try_from(gas::TABLE_VERSION).unwrap_or(u16::MAX)
}

/// The content of a file, its hash checked. Nothing that it says of itself is believed.
fn decode(content: &[u8]) -> Result<CompiledProgram, FileError> {
    let (program, code) = parts(content)?;
    verify(&program, &code)?;
    program::recomputed(&program)?;
    constants::check(&program)?;
    if program.identity() != program.hash {
        return Err(FileError::Forged(
            "the hash of its program is not that of the program",
        ));
    }
    if lower(&program, Optimise::Full)? != code && lower(&program, Optimise::None)? != code {
        return Err(FileError::Forged("its bytecode is not that of its program"));
    }
    Ok(CompiledProgram::assemble(program.into(), code))
}

/// The program and the bytecode, as the file has them.
fn parts(content: &[u8]) -> Result<(Program, Code), FileError> {
    let read = || postcard::take_from_bytes::<(Program, Code)>(content);
    let read = reading::within(PROGRAM_BYTES_MAX, read);
    let (parts, rest) = read.map_err(|error| FileError::Content(error.to_string()))?;
    if !rest.is_empty() {
        return Err(FileError::Content("bytes are left over".into()));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::gas::GasLimits;
    use crate::engines::vm::{Vm, samples};
    use crate::host::facts::NoFacts;
    use crate::testing::generate::{self, Random, RandomFacts};

    fn file() -> Vec<u8> {
        write(&CompiledProgram::new(generate::case(1, 0).program).unwrap()).unwrap()
    }

    #[test]
    fn a_file_reads_back_as_what_was_written() {
        for seed in 0..200 {
            let compiled = CompiledProgram::new(generate::case(seed, 0).program).unwrap();
            let read = read(&write(&compiled).unwrap()).unwrap();
            assert_eq!(read.program(), compiled.program());
            assert_eq!(read.code(), compiled.code());
        }
    }

    #[test]
    fn the_header_says_what_is_wrong() {
        assert_eq!(read(b"").unwrap_err(), FileError::NotBytecode);
        assert_eq!(read(&[0; 100]).unwrap_err(), FileError::NotBytecode);
        let mut newer = file();
        newer[4] = 9;
        let refused = read(&newer).unwrap_err();
        assert_eq!(
            refused,
            FileError::Version {
                what: "format",
                found: 9,
                wanted: FORMAT_VERSION
            }
        );
        let mut damaged = file();
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        assert_eq!(read(&damaged).unwrap_err(), FileError::Damaged);
    }

    #[test]
    fn a_deeply_nested_program_is_refused_and_does_not_exhaust_the_stack() {
        let mut program = samples::rbac();
        let mut ty = crate::data::types::Type::Bool;
        for _ in 0..2000 {
            ty = crate::data::types::Type::Option(Box::new(ty));
        }
        program.locals.push(ty);
        let content = postcard::to_allocvec(&(program, Code::default())).unwrap();
        let FileError::Content(why) = decode(&content).unwrap_err() else {
            panic!("refused for another reason");
        };
        assert!(!why.is_empty());
    }

    /// Content with wrong bytes, its hash made right: what a forger would do.
    #[test]
    fn forged_files_are_refused_or_run_without_harm() {
        let mut random = Random::new(7);
        let mut admitted = 0;
        for seed in 0..150 {
            let case = generate::case(seed, 1);
            let content = write(&CompiledProgram::new(case.program).unwrap())
                .unwrap()
                .split_off(HEADER);
            for _ in 0..40 {
                let mut forged = content.clone();
                for _ in 0..=random.below(3) {
                    // Mostly in the code, which stands at the end.
                    let from = if random.below(4) == 0 {
                        0
                    } else {
                        forged.len() * 3 / 4
                    };
                    let at = from + random.below((forged.len() - from) as u64) as usize;
                    forged[at] = random.below(256) as u8;
                }
                // Without the comparison with its source, which would refuse nearly all: what the verifier admits alone does no
                // harm.
                let Ok((program, code)) = parts(&forged) else {
                    continue;
                };
                if verify(&program, &code).is_err() {
                    continue;
                }
                admitted += 1;
                let compiled = CompiledProgram::assemble(program.into(), code);
                let mut vm = Vm::new(Arc::new(compiled));
                for run in &case.runs {
                    let limits = GasLimits::total(2_000);
                    let _verdict = vm.evaluate(&run.input, &mut RandomFacts::new(1), &limits);
                    let _explanation = vm.explain(&run.input, &mut NoFacts, &limits);
                    let _effects = vm.effects();
                    let _output = vm.output();
                }
            }
        }
        assert!(
            admitted > 100,
            "{admitted} forged files got past the verifier: too few to say anything"
        );
    }
}
