//! From the engine's errors to [`Failure`]s.

use rustix::io::Errno;
use wasmtime::WasmBacktrace;

use super::{State, stop};
use crate::{
    limits::{self, LimitExceeded, LimitKind, out_of_time},
    outcome::{Failure, Frame, Trap, TrapCode},
    text::bounded,
};

/// Says why the guest stopped.
pub(crate) fn classify(error: &wasmtime::Error, state: &State, stack_bytes: usize) -> Failure {
    if let Some(failure) = stop(error) {
        return failure;
    }
    if let Some(exceeded) = store_count(error, state).or_else(|| lifted(error, state)) {
        return Failure::LimitExceeded(exceeded);
    }
    if error
        .downcast_ref::<wasmtime::PoolConcurrencyLimitError>()
        .is_some()
    {
        return Failure::Internal {
            message: String::from("all instance slots of the pool are taken"),
        };
    }
    if let Some(pointer) = error.downcast_ref::<wiggle::GuestError>() {
        return Failure::BadGuest {
            message: bounded(pointer.to_string()),
        };
    }
    if let Some(wasmtime_wasi::ResourceTableError::Full) = error.downcast_ref() {
        let exceeded = LimitExceeded::new(LimitKind::Handles, u64::from(state.limits.handles));
        return Failure::LimitExceeded(exceeded);
    }
    let trap = error.downcast_ref::<wasmtime::Trap>().copied();
    let code = match trap {
        Some(wasmtime::Trap::OutOfFuel) => {
            return Failure::LimitExceeded(LimitExceeded::new(LimitKind::Gas, state.limits.gas));
        }
        Some(wasmtime::Trap::StackOverflow) => {
            return Failure::LimitExceeded(LimitExceeded::new(
                LimitKind::Stack,
                stack_bytes as u64,
            ));
        }
        Some(wasmtime::Trap::Interrupt) => {
            return Failure::LimitExceeded(out_of_time(&state.limits));
        }
        Some(trap) => Some(trap_code(trap)),
        None => None,
    };
    // A guest that got no memory usually gives up with a trap of its own; the limit is the reason.
    if let Some(exceeded) = state.limiter.refused() {
        return Failure::LimitExceeded(exceeded.clone());
    }
    match code {
        Some(code) => {
            let message = state.uncaught.clone();
            let message = message.filter(|_| code == TrapCode::Unreachable);
            let code = if message.is_some() {
                TrapCode::UncaughtException
            } else {
                code
            };
            Failure::Trap(Trap {
                code,
                message,
                backtrace: backtrace(error),
            })
        }
        None if error.downcast_ref::<wasmtime::ThrownException>().is_some() => {
            Failure::Trap(Trap {
                code: TrapCode::UncaughtException,
                message: None,
                backtrace: backtrace(error),
            })
        }
        // The cause alone: the layers above it hold the guest's stack, with names that would be written out here.
        None if of_the_system(error) => Failure::System {
            message: bounded(refused(error)),
        },
        // What is left are the rules of WASI and of components, which guests break: no memory for the call to reach, a
        // handle that is not theirs, a text that is none.
        None => Failure::BadGuest {
            message: bounded(error.root_cause().to_string()),
        },
    }
}

/// Whether this machine refused something: memory for a stack, say. No guest is to blame for that.
fn of_the_system(error: &wasmtime::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.is::<std::io::Error>() || cause.is::<rustix::io::Errno>())
}

/// What the system said, and which limit that is where it does not say so.
fn refused(error: &wasmtime::Error) -> String {
    let said = error.root_cause().to_string();
    let too_large = Errno::FBIG.raw_os_error();
    let is_too_large = error.chain().any(|cause| {
        let code = cause.downcast_ref::<std::io::Error>();
        code.and_then(std::io::Error::raw_os_error) == Some(too_large)
            || cause.downcast_ref::<Errno>() == Some(&Errno::FBIG)
    });
    if is_too_large {
        return format!(
            "{said}; the memories of a module begin in a file of memory, for which the limit of files (`ulimit -f`) has to have room"
        );
    }
    said
}

/// wasmtime reports values of a component that are too large to be taken over as text only.
fn lifted(error: &wasmtime::Error, state: &State) -> Option<LimitExceeded> {
    let text = error.root_cause().to_string();
    let limit = state.limits.host_call_bytes;
    text.contains("fuel allocated for hostcalls has been exhausted")
        .then(|| LimitExceeded::new(LimitKind::HostCall, limit))
}

/// wasmtime reports too many instances, tables or memories as text only.
fn store_count(error: &wasmtime::Error, state: &State) -> Option<LimitExceeded> {
    let text = error.root_cause().to_string();
    let limits = &state.limits;
    if !text.contains("resource limit exceeded") {
        return None;
    }
    [
        ("instance", LimitKind::Instances, limits.instances),
        ("memory", LimitKind::Memories, limits.memories),
        ("table", LimitKind::Tables, limits.tables),
    ]
    .into_iter()
    .find(|(word, ..)| text.contains(word))
    .map(|(_, kind, value)| LimitExceeded::new(kind, u64::from(value)))
}

pub(crate) fn trap_code(trap: wasmtime::Trap) -> TrapCode {
    use wasmtime::Trap as T;
    match trap {
        T::UnreachableCodeReached => TrapCode::Unreachable,
        T::MemoryOutOfBounds => TrapCode::MemoryOutOfBounds,
        T::TableOutOfBounds => TrapCode::TableOutOfBounds,
        T::HeapMisaligned => TrapCode::UnalignedAtomic,
        T::IndirectCallToNull | T::NullReference => TrapCode::NullReference,
        T::BadSignature => TrapCode::BadSignature,
        T::IntegerOverflow => TrapCode::IntegerOverflow,
        T::IntegerDivisionByZero => TrapCode::DivisionByZero,
        T::BadConversionToInteger => TrapCode::BadConversion,
        T::CannotEnterComponent => TrapCode::ComponentRules,
        // The engine's list grows with each release.
        _ => TrapCode::Other,
    }
}

fn backtrace(error: &wasmtime::Error) -> Vec<Frame> {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else {
        return Vec::new();
    };
    trace
        .frames()
        .iter()
        .take(limits::BACKTRACE_FRAMES)
        .map(frame)
        .collect()
}

fn frame(frame: &wasmtime::FrameInfo) -> Frame {
    let symbol = frame.symbols().last();
    // Debug information has names as compilers mangle them; the name section was made readable.
    let name = frame
        .func_name()
        .or_else(|| symbol.and_then(|symbol| symbol.name()));
    Frame {
        function_index: frame.func_index(),
        function: name.map(|name| bounded(name.to_owned())),
        module_offset: frame.module_offset().map(|offset| offset as u64),
        file: symbol
            .and_then(|symbol| symbol.file())
            .map(|file| bounded(file.to_owned())),
        line: symbol.and_then(|symbol| symbol.line()),
    }
}
