//! Modules that are valid, or nearly, and would keep whoever reads them busy out of all proportion: compiling, types of
//! components, names, debug information.

use std::time::Duration;

use tollgate_sandbox::{
    CompileError, CompileLimits, LoadError, LoadOptions, LoadedModule, Loader, ScanError, Source,
};

use crate::{
    meter::{Cost, Meter},
    shapes,
};

/// Something to read, and how that may end.
pub(crate) struct Bomb {
    pub(crate) name: &'static str,
    /// Bytes or text.
    bytes: Vec<u8>,
    ends: &'static [End],
}

/// How reading a module ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With code.
    Code,
    /// It is not valid.
    Invalid,
    /// Larger than a module may be.
    Module,
    /// At a limit of the compiler.
    Compiler,
    /// The compiler refuses it: it is valid, and nothing that could be run.
    Refused,
}

/// What the host itself may spend on one of them: sending it, taking the answer, loading the code. The worker has the rest.
const HOST_CPU: Duration = Duration::from_secs(1);
/// What the host may hold of one, beside its bytes: the answer, which is code of tens of thousands of functions at most, as it
/// arrives and as it is loaded.
const HOST_BYTES: u64 = 192 << 20;
/// What starting two workers and counting their time in whole seconds adds to its limit.
const WORKERS_CPU: Duration = Duration::from_secs(4);

impl Bomb {
    /// Has it read and says how that ended; what is wrong with that or with what it cost, if anything is.
    pub(crate) fn detonate(
        &self,
        loader: &Loader,
        limits: &CompileLimits,
        meter: &Meter,
    ) -> (Result<End, String>, Result<(), String>) {
        let source = Source::Bytes(self.bytes.as_slice().into());
        let (read, cost) = meter.cost(|| loader.load(&source, &LoadOptions::default()));
        let end = Self::end(read);
        let verdict = match &end {
            Ok(end) if !self.ends.contains(end) => Err(format!(
                "it may end with {:?}, and ended with {end:?}",
                self.ends
            )),
            Ok(_) => self.judge(&cost, limits),
            Err(error) => Err(format!(
                "it may end with {:?}, and ended with: {error}",
                self.ends
            )),
        };
        (end, verdict)
    }

    fn end(read: Result<LoadedModule, LoadError>) -> Result<End, String> {
        let by_scan = |error: &ScanError| match error {
            ScanError::Limit(_) => Ok(End::Module),
            ScanError::Invalid { .. } => Ok(End::Invalid),
            other => Err(other.to_string()),
        };
        match read {
            Ok(_) => Ok(End::Code),
            Err(LoadError::Scan(error)) => by_scan(&error),
            Err(LoadError::Compile(error)) => match &*error {
                CompileError::Limit { .. } => Ok(End::Compiler),
                CompileError::Refused { .. } => Ok(End::Refused),
                CompileError::Scan(error) => by_scan(error),
                other => Err(other.to_string()),
            },
            Err(other) => Err(other.to_string()),
        }
    }

    fn judge(&self, cost: &Cost, limits: &CompileLimits) -> Result<(), String> {
        let Cost {
            cpu,
            workers_cpu,
            resident_bytes,
        } = *cost;
        let host_bytes = HOST_BYTES + 4 * self.bytes.len() as u64;
        if cpu > HOST_CPU {
            return Err(format!("the host spent {cpu:?} of the processor"));
        }
        if workers_cpu > limits.cpu + WORKERS_CPU {
            return Err(format!(
                "its workers spent {workers_cpu:?} of the processor"
            ));
        }
        if resident_bytes > host_bytes {
            return Err(format!(
                "the host had {} KiB more in memory, {} KiB are its share",
                resident_bytes >> 10,
                host_bytes >> 10
            ));
        }
        Ok(())
    }
}

/// Makes them; the seed varies their sizes.
pub(crate) fn bombs(seed: u64) -> Vec<Bomb> {
    let more = u32::try_from(seed % 1_000).unwrap_or_default();
    let sized = |size: u32| usize::try_from(size).unwrap_or_default();
    let bomb = |name, bytes, ends| Bomb { name, bytes, ends };
    // How far a compiler comes within its time depends on the machine.
    let work: &[End] = &[End::Code, End::Compiler];
    vec![
        bomb(
            "nested loops",
            shapes::nested_loops(sized(2_000 + more)),
            work,
        ),
        bomb("more nested loops", shapes::nested_loops(8_000), work),
        bomb(
            "nests of loops",
            shapes::many_nested_loops(250, 100, 1),
            work,
        ),
        bomb(
            "a huge function",
            shapes::huge_body(sized((1 << 20) + more)),
            work,
        ),
        bomb(
            "huge signatures",
            shapes::signatures(900, 800 + more / 10),
            work,
        ),
        bomb(
            "100,000 functions",
            shapes::functions(100_000 + more, &shapes::body([])),
            work,
        ),
        bomb(
            "types that double",
            doubling(sized(20 + more % 8)),
            &[End::Invalid],
        ),
        bomb(
            "types that are copied with each instance",
            copied(sized(3_000 + more), 400),
            &[End::Refused, End::Compiler],
        ),
        bomb(
            "names that stand for something long",
            names(sized(25 + more % 5)),
            &[End::Code],
        ),
        bomb(
            "debug information",
            debug_information(sized(1_000_000 + more)),
            &[End::Code],
        ),
    ]
}

/// Each type has the one before twice.
fn doubling(depth: usize) -> Vec<u8> {
    let types: String = (1..=depth)
        .map(|n| format!("(type $t{n} (tuple $t{} $t{}))", n - 1, n - 1))
        .collect();
    format!(
        r#"(component (type $t0 (tuple u8 u8)) {types} (import "f" (func (param "p" $t{depth}))))"#
    )
    .into_bytes()
}

fn copied(functions: usize, instances: usize) -> Vec<u8> {
    let functions: String = (0..functions)
        .map(|n| format!(r#"(export "f{n}" (func (param "x" (own $r))))"#))
        .collect();
    let instances = "(instance (instantiate $c))".repeat(instances);
    format!(
        r#"(component (import "c" (component $c (export "r" (type $r (sub resource))) {functions})) {instances})"#
    )
    .into_bytes()
}

/// Names of C++ functions, each of which has all those before in it.
fn names(depth: usize) -> Vec<u8> {
    let mut mangled = String::from("_Z1fP1aIS_S_E");
    for index in 0..depth {
        mangled.push_str(&format!("1aIS{index}_S{index}_E"));
    }
    format!(r#"(module (func (@name "{mangled}") unreachable) (func (export "_start") (call 0)))"#)
        .into_bytes()
}

/// Sections for debuggers that say nothing, and much of it.
fn debug_information(bytes: usize) -> Vec<u8> {
    let text = "A".repeat(bytes);
    format!(
        r#"(module (func (export "_start") unreachable)
            (@custom ".debug_info" "{text}") (@custom ".debug_line" "{text}") (@custom ".debug_abbrev" "{text}"))"#
    )
    .into_bytes()
}
