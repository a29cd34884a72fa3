//! What somebody asks for: a module, where to begin, and what the run wants to reach and use.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use tollgate_sandbox::{
    CallSink, ComponentArgs, Entry, ExecutionId, Gate, Grant, Limits, Module, OutputSink,
    SharedMemory, Value, Virtual,
};

use crate::price::PriceList;

/// One execution that is asked for. Nothing is granted unless a method below asks for it, and what is asked for is only
/// given when the [`Tollgate`](crate::tollgate::Tollgate) may give it.
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use tollgate::{Grant, Limits, PathGrant, Request, Source, Tollgate};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut grant = Grant::none();
/// grant.read.push(PathGrant::mapped(".", "/project"));
/// let tollgate = Tollgate::builder().compile_in_process().may_grant(grant.clone()).build()?;
/// let wat = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
/// let module = tollgate.load_blocking(&Source::Bytes(wat.as_bytes().into()))?;
///
/// let limits = Limits { wall: Duration::from_secs(2), ..Limits::standard() };
/// let report = tollgate.execute_blocking(Request::start(&module).grant(grant).limits(limits))?;
/// assert!(report.is_success());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Request {
    /// The number of the execution, for one who has to know it before. Default: each one gets a number of its own.
    pub execution: Option<ExecutionId>,
    /// The module to run.
    pub module: Module,
    /// Where it begins.
    pub entry: Arc<Entry>,
    /// What the run wants to reach. Default: nothing.
    pub grant: Grant,
    /// How much it wants to use. Default: the standard limits of the [`Tollgate`](crate::tollgate::Tollgate).
    pub limits: Option<Limits>,
    /// What its usage costs. Default: the prices of the [`Tollgate`](crate::tollgate::Tollgate).
    pub prices: Option<PriceList>,
    /// Who asks, in the embedder's words. Default: empty.
    pub caller: String,
    /// The clock and seed a run without the host's clock and randomness sees.
    pub virtual_world: Virtual,
    /// Gets the output as it is written; it is captured as well.
    pub output: Option<OutputSink>,
    /// A value that host functions can get at.
    pub context: Option<Arc<dyn Any + Send + Sync>>,
    /// Decides each call out of the sandbox, after the grant.
    pub gate: Option<Arc<dyn Gate>>,
    /// Gets a record of each decision about a call out of the sandbox.
    pub calls: Option<Arc<dyn CallSink>>,
    /// Memories it shares with other executions, by the module and name it imports them as. Default: none.
    pub shared: Vec<(String, String, SharedMemory)>,
}

impl Request {
    /// Asks to run `module` from `entry`.
    pub fn new(module: &Module, entry: impl Into<Arc<Entry>>) -> Self {
        Self {
            execution: None,
            module: module.clone(),
            entry: entry.into(),
            grant: Grant::none(),
            limits: None,
            prices: None,
            caller: String::new(),
            virtual_world: Virtual::standard(),
            output: None,
            context: None,
            gate: None,
            calls: None,
            shared: Vec::new(),
        }
    }

    /// Asks to run a WASI command: `_start` of a core module or `wasi:cli/run` of a component.
    pub fn start(module: &Module) -> Self {
        Self::new(module, Entry::Start)
    }

    /// Asks to call an exported core function with values.
    pub fn call(module: &Module, export: &str, args: impl Into<Vec<Value>>) -> Self {
        Self::new(
            module,
            Entry::Core {
                export: export.to_owned(),
                args: args.into(),
            },
        )
    }

    /// Asks to call a function of the bytes ABI (`docs/abi.md`).
    pub fn bytes(module: &Module, export: &str, input: impl Into<Vec<u8>>) -> Self {
        Self::new(
            module,
            Entry::Bytes {
                export: export.to_owned(),
                input: input.into(),
            },
        )
    }

    /// Asks to call a function of the bytes ABI with a value as JSON.
    ///
    /// # Errors
    /// When the value has no JSON form, such as a map whose keys are not text.
    pub fn json(
        module: &Module,
        export: &str,
        input: &impl serde::Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self::bytes(module, export, serde_json::to_vec(input)?))
    }

    /// Asks to call a component's function with its arguments as JSON: an array, or an object by parameter name.
    pub fn component(module: &Module, export: &str, json: impl Into<String>) -> Self {
        let args = ComponentArgs::Json(json.into());
        Self::new(
            module,
            Entry::Component {
                export: export.to_owned(),
                args,
            },
        )
    }

    /// Gives the execution a number that its asker knows: [`ExecutionId::next`]. Executed again, the request has it again.
    #[must_use]
    pub fn execution(mut self, id: ExecutionId) -> Self {
        self.execution = Some(id);
        self
    }

    /// Says what the run wants to reach.
    #[must_use]
    pub fn grant(mut self, grant: Grant) -> Self {
        self.grant = grant;
        self
    }

    /// Says how much the run wants to use.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Sets what its usage costs.
    #[must_use]
    pub fn prices(mut self, prices: PriceList) -> Self {
        self.prices = Some(prices);
        self
    }

    /// Says who asks.
    #[must_use]
    pub fn caller(mut self, caller: impl Into<String>) -> Self {
        self.caller = caller.into();
        self
    }

    /// Passes output on as it is written. The sink must not block.
    #[must_use]
    pub fn output(mut self, sink: OutputSink) -> Self {
        self.output = Some(sink);
        self
    }

    /// Gives host functions a value they can get at.
    #[must_use]
    pub fn context(mut self, context: Arc<dyn Any + Send + Sync>) -> Self {
        self.context = Some(context);
        self
    }

    /// Lets `gate` decide each call out of the sandbox.
    #[must_use]
    pub fn gate(mut self, gate: Arc<dyn Gate>) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Records each decision about a call out of the sandbox. The sink must not block;
    /// [`Journal`](tollgate_sandbox::Journal) is one.
    #[must_use]
    pub fn record(mut self, calls: Arc<dyn CallSink>) -> Self {
        self.calls = Some(calls);
        self
    }

    /// Gives the run a memory that other runs have too, as the import `module` `name`. Those who share one can read and
    /// change what the others have in it, and tell time by it. Only for a [`Tollgate`](crate::tollgate::Tollgate) that was built with
    /// [`may_share_memory`](crate::builder::TollgateBuilder::may_share_memory).
    #[must_use]
    pub fn share(mut self, module: &str, name: &str, memory: SharedMemory) -> Self {
        self.shared
            .push((module.to_owned(), name.to_owned(), memory));
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The entry is left out: arguments and input are the caller's business, not the log's.
        f.debug_struct("Request")
            .field("module", &self.module)
            .field("caller", &self.caller)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
