//! When compiling a policy pays: what it costs once against what it saves each time, measured on this machine.

#[cfg(feature = "wasm")]
use std::sync::Arc;
#[cfg(feature = "wasm")]
use std::time::{Duration, Instant};

#[cfg(feature = "wasm")]
use tollgate_ecl::{Bundle, NoFacts, Vm, compile};

#[cfg(feature = "wasm")]
use super::error::PolicyError;
#[cfg(feature = "wasm")]
use super::runner::interpreted;
#[cfg(feature = "wasm")]
use super::{WasmEngineConfig, WasmPolicyEngine};

/// From how many evaluations on compiling a policy pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BreakEven {
    /// What compiling a policy cost, in nanoseconds.
    pub compile_ns: u64,
    /// What it saves each time, in nanoseconds. 0: nothing, compiling never pays.
    pub saved_ns: u64,
}

impl BreakEven {
    /// What a machine of today does: a policy compiles in 3 ms and an evaluation takes 300 ns less.
    pub const TYPICAL: Self = Self {
        compile_ns: 3_000_000,
        saved_ns: 300,
    };

    /// A machine without compiled code: it never pays.
    pub const NEVER: Self = Self {
        compile_ns: 0,
        saved_ns: 0,
    };

    /// Measures a policy of ordinary size on this machine: one compilation, and evaluations on both engines.
    ///
    /// # Errors
    /// When the machine cannot run compiled code.
    #[cfg(feature = "wasm")]
    #[expect(
        clippy::unreachable,
        reason = "policy and input stand in this file, and a test measures with them"
    )]
    pub fn measure() -> Result<Self, PolicyError> {
        let compiled = compile(&Bundle::single("measured.ecl", MEASURED));
        let Some(program) = compiled.program(None) else {
            unreachable!("the policy to measure with does not compile")
        };
        let program = Arc::new(program.clone());
        let limits = program.gas_limits;
        let mut machine = Vm::new(interpreted(&program)?);
        // An engine of its own: its cache is empty, so that compiling is measured.
        let engine = WasmPolicyEngine::new(WasmEngineConfig::default())?;
        let start = Instant::now();
        let policy = engine.compile(program)?;
        let compile = start.elapsed();
        let mut instance = policy.instance()?;
        let Ok(input) = policy.encoder().encode_str(MEASURED_INPUT) else {
            unreachable!("the input to measure with does not fit its policy")
        };
        let slow = each(|| machine.evaluate(&input, &mut NoFacts, &limits));
        let fast = each(|| instance.evaluate(&input, &mut NoFacts, &limits));
        Ok(Self {
            compile_ns: nanoseconds(compile),
            saved_ns: slow.saturating_sub(fast),
        })
    }

    /// Number of evaluations after which compiling has paid.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        match self.saved_ns {
            0 => u64::MAX,
            saved => self.compile_ns.div_ceil(saved),
        }
    }
}

/// The policy to measure with: what a gate of a service asks.
#[cfg(feature = "wasm")]
const MEASURED: &str = r#"policy "measured" {
    input { roles: list<string, 8>, action: string, path: string, price: money<EUR>, level: int }
    auto_reject { deletion: action == "delete" AND "admin" not in roles }
    auto_accept all {
        path: starts_with(path, "/api/")
        price: price <= 0.50 EUR
        level: level * 2 + 1 < 100
        role: "editor" in roles
    }
}"#;
#[cfg(feature = "wasm")]
const MEASURED_INPUT: &str = r#"{"roles": ["viewer", "editor"], "action": "write", "path": "/api/items", "price": "0.42 EUR", "level": 7}"#;

/// For how long each engine is measured.
#[cfg(feature = "wasm")]
const MEASURED_FOR: Duration = Duration::from_millis(20);

/// Nanoseconds that one call takes.
#[cfg(feature = "wasm")]
fn each<R>(mut call: impl FnMut() -> R) -> u64 {
    let start = Instant::now();
    let mut calls = 0_u64;
    loop {
        for _ in 0..64 {
            std::hint::black_box(call());
        }
        calls += 64;
        let elapsed = start.elapsed();
        if elapsed >= MEASURED_FOR {
            return nanoseconds(elapsed) / calls;
        }
    }
}

#[cfg(feature = "wasm")]
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
