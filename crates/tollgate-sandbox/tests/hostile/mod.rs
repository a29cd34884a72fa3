//! Modules that attack the sandbox, made from a seed, and how each of them has to end.
//!
//! The seed varies what should not matter: constants, sizes, names, the order of things, which of several equal ways is
//! taken. Used by the integration tests and by `cargo xtask attack`.

mod descriptions;
mod engine_work;
mod handles;
pub(crate) mod judge;
pub(crate) mod marks;
mod paths;
mod scene;
mod values;

use std::{path::Path, sync::Arc, time::Duration};

use tollgate_sandbox::{
    ComponentArgs, Engine, Entry, Execution, Failure, HostFunctions, LimitKind, Limits, Module,
    Outcome, Output, Profile, Proposals, Signature, Tariff, TrapCode, Value, ValueType,
};

use scene::Scene;

/// How an attack has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With the error of this limit.
    Limit(LimitKind),
    /// With this trap.
    Trap(TrapCode),
    /// With the error of the time limit, or of gas when what it asked of the host cost enough: where instructions are not
    /// counted.
    Stopped,
    /// As [`End::Stopped`], or not begun at all where it would need a process of its own and none can be started.
    StoppedOrRefused,
    /// With a failure of this kind.
    Kind(&'static str),
    /// The guest was told no and left with the error number it got.
    Refused,
    /// The guest did its work and harmed nobody.
    Harmless,
}

/// One attack.
pub(crate) struct Attack {
    pub name: String,
    pub execution: Execution,
    pub end: End,
    /// The folder it works in, where it changes one.
    scene: Option<Scene>,
}

impl Attack {
    /// Runs it and says what is wrong with its end or its cost, if anything is. What cost too much is tried again, since
    /// others use this machine as well.
    pub(crate) fn attempt(&self) -> (judge::Ran, Result<(), String>) {
        let mut ran = self.run();
        let mut cost = ran.judge(&self.execution);
        if cost.is_err() {
            ran = self.run();
            cost = ran.judge(&self.execution);
        }
        let verdict = self
            .judge(&ran.outcome)
            .and(cost.map_err(|cost| format!("{}: {cost}", self.name)));
        (ran, verdict)
    }

    /// Runs it once, in a folder that no attempt before has changed.
    pub(crate) fn run(&self) -> judge::Ran {
        if let Some(scene) = &self.scene {
            scene.make();
        }
        judge::run(&self.execution)
    }

    /// Says what is wrong with `outcome`, if anything is.
    fn judge(&self, outcome: &Outcome) -> Result<(), String> {
        let ended = match (&outcome.result, self.end) {
            (Err(Failure::LimitExceeded(exceeded)), End::Limit(limit)) => exceeded.limit == limit,
            (Err(Failure::Unstoppable { .. }), End::StoppedOrRefused) => true,
            (Err(Failure::LimitExceeded(exceeded)), End::Stopped | End::StoppedOrRefused) => {
                matches!(exceeded.limit, LimitKind::Wall | LimitKind::Gas)
            }
            (Err(Failure::Trap(trap)), End::Trap(code)) => trap.code == code,
            (Err(failure), End::Kind(kind)) => failure.kind() == kind,
            (Ok(Output::Exit), End::Refused) => outcome.exit_code.is_some_and(|code| code != 0),
            (Ok(_), End::Harmless) => true,
            _ => false,
        };
        let limits = &self.execution.limits;
        if !ended {
            return Err(format!(
                "{} should end with {:?}, it ended with {:?}, exit code {:?}",
                self.name, self.end, outcome.result, outcome.exit_code
            ));
        }
        if outcome.usage.memory_bytes_peak > limits.memory_bytes {
            return Err(format!(
                "{} had {} bytes of memory",
                self.name, outcome.usage.memory_bytes_peak
            ));
        }
        if outcome.usage.gas > limits.gas {
            return Err(format!("{} spent {} gas", self.name, outcome.usage.gas));
        }
        let captured = (outcome.stdout.bytes.len() + outcome.stderr.bytes.len()) as u64;
        if captured > limits.output_bytes {
            return Err(format!("{} left {captured} bytes of output", self.name));
        }
        Ok(())
    }
}

/// Limits that make every attack end soon.
pub(crate) fn limits() -> Limits {
    Limits {
        gas: 30_000_000,
        memory_bytes: 4 << 20,
        wall: Duration::from_millis(400),
        output_bytes: 64 << 10,
        host_call_bytes: 1 << 20,
        handles: 32,
        ..Limits::standard()
    }
}

/// A generator of numbers (SplitMix64): the same seed makes the same suite on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn within(&mut self, range: std::ops::Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.next() % of.len() as u64).unwrap()]
    }
}

/// Makes the suite. `folder` is an empty folder the attacks may be granted parts of.
pub(crate) fn suite(engine: &Engine, seed: u64, folder: &Path) -> Vec<Attack> {
    let mut suite = Suite {
        engine,
        random: Random::new(seed),
        attacks: Vec::new(),
    };
    suite.processor();
    suite.stack();
    suite.memory();
    suite.output();
    suite.waiting();
    suite.engine_work();
    suite.bytes_abi();
    suite.host_functions();
    suite.wasi_pointers();
    suite.rules_of_calls();
    suite.paths(folder);
    suite.handles(folder);
    suite.disk(folder);
    suite.values();
    suite.descriptions();
    suite.marks();
    suite.traps();
    if engine.config().profile == Profile::Isolated {
        // Functions of the embedder do not reach a guest in another process.
        suite
            .attacks
            .retain(|attack| attack.execution.host.is_empty());
    }
    suite.attacks
}

struct Suite<'a> {
    engine: &'a Engine,
    random: Random,
    attacks: Vec<Attack>,
}

const RUN: &str = "run";

impl Suite<'_> {
    fn module(&self, wat: &str) -> Module {
        let proposals = Proposals {
            multi_memory: wat.contains(";; multi-memory") || wat.starts_with("(component"),
            threads: wat.contains(" shared)"),
            ..Proposals::default()
        };
        let engine = self.engine.with_proposals(proposals).unwrap();
        let wasm = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}\n{wat}"));
        engine.compile_in_process(&wasm).unwrap()
    }

    fn add(&mut self, name: &str, wat: &str, entry: Entry, end: End) -> &mut Execution {
        let mut execution = Execution::new(&self.module(wat), entry);
        execution.limits = limits();
        let end = match (self.engine.config().profile, end) {
            (Profile::Timed, End::Limit(LimitKind::Gas)) => End::Stopped,
            _ => end,
        };
        let by_time = matches!(
            end,
            End::Limit(LimitKind::Wall) | End::Stopped | End::StoppedOrRefused
        );
        if !by_time {
            // On a busy machine no other limit may come second to the clock.
            execution.limits.wall = Duration::from_secs(120);
        }
        self.attacks.push(Attack {
            name: name.to_owned(),
            execution,
            end,
            scene: None,
        });
        &mut self.attacks.last_mut().unwrap().execution
    }

    /// A core module whose function `run` has this body.
    fn core(&mut self, name: &str, fields: &str, body: &str, end: End) -> &mut Execution {
        let wat = format!("(module {fields} (func $run (export \"run\") {body}))");
        let entry = Entry::Core {
            export: RUN.to_owned(),
            args: Vec::new(),
        };
        self.add(name, &wat, entry, end)
    }

    /// A WASI command with these imports, a page of memory, and this `_start`.
    fn wasi(
        &mut self,
        name: &str,
        imports: &str,
        fields: &str,
        body: &str,
        end: End,
    ) -> &mut Execution {
        let imports: String = imports.split(',').map(wasi_import).collect();
        let wat = format!(
            "(module {imports} (memory (export \"memory\") 2) {fields} (func (export \"_start\") (local $i i32) (local $r i32) {body}))"
        );
        self.add(name, &wat, Entry::Start, end)
    }

    fn processor(&mut self) {
        let gas = End::Limit(LimitKind::Gas);
        let (a, b) = (self.random.next() as u32, self.random.within(1..1 << 20));
        self.core("endless loop", "", "(loop $l (br $l))", gas);
        self.core(
            "endless loop in the start function",
            "(func $s (loop $l (br $l))) (start $s)",
            "",
            gas,
        );
        let work = self
            .random
            .pick(&["i32.mul", "i32.add", "i32.xor", "i32.rotl"]);
        self.core("endless loop that computes", "", &format!(
            "(local $x i32) (loop $l (local.set $x ({work} (local.get $x) (i32.const {b}))) (br_if $l (i32.ne (local.get $x) (i32.const {}))) (br $l))",
            a as i32,
        ), gas);
        self.core("endless tail calls", "", "(return_call $run)", gas);
        let fields = "(memory 16)";
        let (value, size) = (
            self.random.within(0..256),
            self.random.within(1 << 19..1 << 20),
        );
        self.core("endless filling", fields, &format!(
            "(loop $l (memory.fill (i32.const 0) (i32.const {value}) (i32.const {size})) (br $l))"
        ), gas);
        self.core(
            "endless copying",
            fields,
            &format!(
                "(loop $l (memory.copy (i32.const 1) (i32.const 0) (i32.const {size})) (br $l))"
            ),
            gas,
        );
        self.core("endless float arithmetic", "", "(local $x f64) (local.set $x (f64.const nan)) (loop $l (local.set $x (f64.sqrt (f64.add (local.get $x) (f64.const 1)))) (br $l))", gas);
        self.core("endless branching by table", "", "(local $x i32) (loop $l (block $a (block $b (br_table $a $b $l (local.tee $x (i32.add (local.get $x) (i32.const 1)))))) (br $l))", gas);
    }

    fn stack(&mut self) {
        let stack = End::Limit(LimitKind::Stack);
        self.core("recursion", "", "(call $run)", stack);
        let count = self.random.within(1..200);
        let locals = format!("(local {})", "i64 ".repeat(count as usize));
        self.core("recursion with large frames", &format!("(func $f (param i64) (result i64) {locals} (local.set 1 (i64.add (local.get 0) (i64.const 1))) (i64.add (local.get 1) (call $f (local.get 1))))"), "(drop (call $f (i64.const 0)))", stack);
        self.core(
            "recursion of two",
            "(func $a (call $b) (call $b)) (func $b (call $a) (call $a))",
            "(call $a)",
            stack,
        );
        self.core(
            "recursion through a table",
            "(type $t (func)) (table 1 funcref) (elem (i32.const 0) $run)",
            "(call_indirect (type $t) (i32.const 0)) (call_indirect (type $t) (i32.const 0))",
            stack,
        );
    }

    fn memory(&mut self) {
        let memory = End::Limit(LimitKind::Memory);
        let step = self.random.within(1..8);
        self.core("growing a memory", "(memory 1)", &format!("(loop $l (if (i32.eq (memory.grow (i32.const {step})) (i32.const -1)) (then unreachable)) (br $l))"), memory);
        let pages = self.random.within(65..60_000);
        self.core(
            "a large memory from the start",
            &format!("(memory {pages})"),
            "",
            memory,
        );
        let count = self.random.within(3..10);
        let memories: String = (0..count).map(|i| format!("(memory $m{i} 1)")).collect();
        let grow: String = (0..count).map(|i| format!("(if (i32.eq (memory.grow $m{i} (i32.const 16)) (i32.const -1)) (then unreachable))")).collect();
        self.core(
            "growing many memories",
            &format!(";; multi-memory\n{memories}"),
            &format!("(loop $l {grow} (br $l))"),
            memory,
        );
        let many: String = (0..self.random.within(20..90))
            .map(|_| "(memory 0)".to_owned())
            .collect();
        self.core(
            "too many memories",
            &format!(";; multi-memory\n{many}"),
            "",
            End::Limit(LimitKind::Memories),
        );
        self.core("growing a table", "(table 1 funcref)", "(loop $l (if (i32.eq (table.grow (ref.null func) (i32.const 65536)) (i32.const -1)) (then unreachable)) (br $l))", memory);
        let elements = self.random.within(600_000..5_000_000);
        self.core(
            "a large table from the start",
            &format!("(table {elements} funcref)"),
            "",
            memory,
        );
        let count = self.random.within(6..12);
        let tables: String = (0..count)
            .map(|i| format!("(table $t{i} 60000 funcref)"))
            .collect();
        let grow: String = (0..count).map(|i| format!("(if (i32.eq (table.grow $t{i} (ref.null func) (i32.const 30000)) (i32.const -1)) (then unreachable))")).collect();
        self.core(
            "growing many tables",
            &tables,
            &format!("(loop $l {grow} (br $l))"),
            memory,
        );
        let many: String = (0..self.random.within(20..90))
            .map(|_| "(table 0 funcref)".to_owned())
            .collect();
        self.core("too many tables", &many, "", End::Limit(LimitKind::Tables));
    }

    fn output(&mut self) {
        let (fd, len) = (self.random.within(1..3), self.random.within(1..4_000));
        let output = End::Limit(LimitKind::Output);
        self.wasi("flooding an output", "fd_write", "", &format!(
            "(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const {len})) (loop $l (drop (call $fd_write (i32.const {fd}) (i32.const 0) (i32.const 1) (i32.const 16))) (br $l))"
        ), output);
        self.wasi("flooding an output with large writes", "fd_write", "", &format!(
            "(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 131000)) (loop $l (drop (call $fd_write (i32.const {fd}) (i32.const 0) (i32.const 1) (i32.const 16))) (br $l))"
        ), output);
        self.wasi("terminal escapes", "fd_write", "(data (i32.const 64) \"\\1b]0;owned\\07\\1b[2J\\1b[31mroot# \\9b31m\")", "(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 32)) (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))", End::Harmless);
    }

    fn waiting(&mut self) {
        let wall = End::Limit(LimitKind::Wall);
        let clock = self.random.within(0..2);
        let nanos = self.random.within(1 << 61..1 << 62);
        let sleep = format!(
            "(i32.store (i32.const 16) (i32.const {clock})) (i64.store (i32.const 24) (i64.const {nanos})) (drop (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))"
        );
        self.wasi("sleeping for a century", "poll_oneoff", "", &sleep, wall);
        self.wasi(
            "sleeping for a century on the host's clock",
            "poll_oneoff",
            "",
            &sleep,
            wall,
        )
        .grant
        .clock = true;
        self.wasi("sleeping again and again", "poll_oneoff", "", "(i64.store (i32.const 24) (i64.const 1000000)) (loop $l (drop (call $poll_oneoff (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))) (br $l))", wall);
        self.wasi("waiting for too many things", "poll_oneoff,proc_exit", "", "(call $proc_exit (call $poll_oneoff (i32.const 0) (i32.const 0) (i32.const 0x7fffffff) (i32.const 128)))", End::Refused);
        let end = End::Limit(LimitKind::Gas);
        self.wasi("asking for the time for ever", "clock_time_get", "", "(loop $l (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0))) (br $l))", end);
        self.wasi(
            "yielding for ever",
            "sched_yield",
            "",
            "(loop $l (drop (call $sched_yield)) (br $l))",
            end,
        );
        self.wasi(
            "asking for randomness for ever",
            "random_get",
            "",
            "(loop $l (drop (call $random_get (i32.const 0) (i32.const 131072))) (br $l))",
            end,
        );
        let mut host = HostFunctions::new();
        host.register_async(
            "env",
            "wait",
            Signature::new([], []),
            Tariff::CHEAP,
            |_, _| Box::pin(std::future::pending()),
        )
        .unwrap();
        self.core(
            "waiting in a host function",
            "(import \"env\" \"wait\" (func $wait))",
            "(call $wait)",
            wall,
        )
        .host = Arc::new(host);
    }

    fn bytes_abi(&mut self) {
        let input = vec![b'x'; self.random.within(1..5_000) as usize];
        let entry = || Entry::Bytes {
            export: RUN.to_owned(),
            input: input.clone(),
        };
        let fields = |alloc: &str, answer: &str| {
            format!(
                "(module (memory (export \"memory\") 1) (func (export \"alloc\") (param i32) (result i32) {alloc}) (func (export \"run\") (param i32 i32) (result i64) {answer}))"
            )
        };
        let bad = End::Kind("bad-guest");
        let far = self.random.within(65_536..1 << 32) as u32 as i32;
        let good = "(i32.const 8)";
        self.add(
            "a buffer outside the memory",
            &fields(&format!("(i32.const {far})"), "(i64.const 0)"),
            entry(),
            bad,
        );
        self.add(
            "a buffer that ends outside the memory",
            &fields("(i32.const 65535)", "(i64.const 0)"),
            Entry::Bytes {
                export: RUN.to_owned(),
                input: vec![0; 2],
            },
            bad,
        );
        self.add(
            "no buffer",
            &fields("(i32.const 0)", "(i64.const 0)"),
            entry(),
            bad,
        );
        let start = self.random.within(60_000..65_536);
        self.add(
            "an answer that ends outside the memory",
            &fields(good, &format!("(i64.const {})", (start << 32) | 6_000)),
            entry(),
            bad,
        );
        self.add(
            "an answer at the end of addresses",
            &fields(
                good,
                &format!("(i64.const {})", 0xffff_ffff_0000_0001u64.cast_signed()),
            ),
            entry(),
            bad,
        );
        self.add(
            "an answer of four gigabytes",
            &fields(good, "(i64.const 0xffffffff)"),
            entry(),
            End::Limit(LimitKind::HostCall),
        );
        self.add(
            "an allocator without end",
            &fields("(loop $l (br $l)) (i32.const 0)", "(i64.const 0)"),
            entry(),
            End::Limit(LimitKind::Gas),
        );
    }

    fn host_functions(&mut self) {
        let mut host = HostFunctions::new();
        let number = [ValueType::I32];
        host.register(
            "env",
            "read",
            Signature::new([ValueType::I32, ValueType::I32], []),
            Tariff::CHEAP,
            |call, args| {
                let [Value::I32(pointer), Value::I32(len)] = args else {
                    return Ok(Vec::new());
                };
                let slice = call.slice(pointer.cast_unsigned(), len.cast_unsigned())?;
                call.read(slice)?;
                Ok(Vec::new())
            },
        )
        .unwrap();
        host.register_async(
            "env",
            "back",
            Signature::new(number, []),
            Tariff::CHEAP,
            |mut call, _| Box::pin(async move { call.call_guest(RUN, &[]).await }),
        )
        .unwrap();
        host.register(
            "env",
            "panic",
            Signature::new([], []),
            Tariff::CHEAP,
            |_, _| panic!("on purpose"),
        )
        .unwrap();
        let nothing = || Signature::new([], []);
        host.register_async("env", "panic-at-once", nothing(), Tariff::CHEAP, |_, _| {
            panic!("on purpose")
        })
        .unwrap();
        host.register_async("env", "panic-later", nothing(), Tariff::CHEAP, |_, _| {
            Box::pin(async {
                tokio::task::yield_now().await;
                panic!("on purpose")
            })
        })
        .unwrap();
        let host = Arc::new(host);
        let import =
            "(import \"env\" \"read\" (func $read (param i32 i32))) (memory (export \"memory\") 1)";
        let (pointer, len) = (
            self.random.within(1..65_536),
            self.random.within(65_536..1 << 20),
        );
        self.core(
            "a host function gets a pointer outside the memory",
            import,
            &format!("(call $read (i32.const {pointer}) (i32.const {len}))"),
            End::Kind("host-error"),
        )
        .host = host.clone();
        self.core(
            "a host function gets a range that wraps around",
            import,
            "(call $read (i32.const -1) (i32.const 1048575))",
            End::Kind("host-error"),
        )
        .host = host.clone();
        self.core(
            "a host function gets four gigabytes",
            import,
            "(call $read (i32.const 0) (i32.const -1))",
            End::Limit(LimitKind::HostCall),
        )
        .host = host.clone();
        self.core(
            "calling a host function for ever",
            import,
            "(loop $l (call $read (i32.const 0) (i32.const 65536)) (br $l))",
            End::Limit(LimitKind::Gas),
        )
        .host = host.clone();
        self.core(
            "host and guest call each other",
            "(import \"env\" \"back\" (func $back (param i32)))",
            "(call $back (i32.const 0))",
            End::Limit(LimitKind::Reentry),
        )
        .host = host.clone();
        for function in ["panic", "panic-at-once", "panic-later"] {
            self.core(
                &format!("a host function panics (`{function}`)"),
                &format!("(import \"env\" \"{function}\" (func $panic))"),
                "(call $panic)",
                End::Kind("host-error"),
            )
            .host = host.clone();
        }
    }

    fn wasi_pointers(&mut self) {
        let pointers = [0x7fff_ffffu32, 0xffff_ffff, 0xffff_fff8, 131_070];
        let pointer = pointers[usize::try_from(self.random.within(0..4)).unwrap()].cast_signed();
        for (call, args) in [
            (
                "fd_write",
                format!("(i32.const 1) (i32.const {pointer}) (i32.const 1) (i32.const 0)"),
            ),
            (
                "random_get",
                format!("(i32.const {pointer}) (i32.const 64)"),
            ),
            (
                "clock_time_get",
                format!("(i32.const 1) (i64.const 0) (i32.const {pointer})"),
            ),
            (
                "path_open",
                format!(
                    "(i32.const 3) (i32.const 0) (i32.const {pointer}) (i32.const 64) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)"
                ),
            ),
        ] {
            let body = format!("(call $proc_exit (call ${call} {args}))");
            self.wasi(
                &format!("`{call}` with a pointer outside the memory"),
                &format!("{call},proc_exit"),
                "",
                &body,
                End::Kind("bad-guest"),
            );
        }
        self.wasi("a write of two billion parts", "fd_write,proc_exit", "", "(call $proc_exit (call $fd_write (i32.const 1) (i32.const 0) (i32.const 0x7fffffff) (i32.const 0)))", End::Refused);
    }

    fn rules_of_calls(&mut self) {
        let bad = End::Kind("bad-guest");
        self.add(
            "a write without a memory",
            &format!(
                "(module {} (func (export \"_start\") (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0)))))",
                wasi_import("fd_write")
            ),
            Entry::Start,
            bad,
        );
        self.wasi(
            "raising a signal",
            "proc_raise,proc_exit",
            "",
            "(call $proc_exit (call $proc_raise (i32.const 9)))",
            End::Refused,
        );
        let bytes = self.random.within((1 << 20) + 1..1 << 31);
        self.wasi(
            "gigabytes of randomness",
            "random_get,proc_exit",
            "",
            &format!("(call $proc_exit (call $random_get (i32.const 0) (i32.const {bytes})))"),
            End::Refused,
        );
        let text = |name: &str, pointer: u64, len: u64| {
            let wat = format!(
                r#"(component
                    (core module $m
                        (memory (export "memory") 1) (data (i32.const 64) "\ff\fe")
                        (func (export "f") (result i32)
                            (i32.store (i32.const 8) (i32.const {pointer})) (i32.store (i32.const 12) (i32.const {len})) (i32.const 8)))
                    (core instance $i (instantiate $m))
                    (func (export "greet") (result string) (canon lift (core func $i "f") (memory $i "memory"))))"#
            );
            (format!("a component's text {name}"), wat)
        };
        let start = self.random.within(65_536..1 << 32);
        for (name, wat) in [
            text("outside its memory", start, 16),
            text("that ends outside its memory", 65_000, 4_000),
            text("that is no text", 64, 2),
        ] {
            let entry = Entry::Component {
                export: String::from("greet"),
                args: ComponentArgs::Json(String::from("[]")),
            };
            self.add(&name, &wat, entry, bad);
        }
    }

    fn traps(&mut self) {
        self.core(
            "an assertion that fails",
            "",
            "unreachable",
            End::Trap(TrapCode::Unreachable),
        );
        let address = self.random.within(65_533..1 << 31);
        self.core(
            "reading outside the memory",
            "(memory 1)",
            &format!("(drop (i32.load (i32.const {address})))"),
            End::Trap(TrapCode::MemoryOutOfBounds),
        );
        self.core(
            "reading far outside the memory",
            "(memory 1)",
            "(drop (i32.load offset=0xffffffff (i32.const -1)))",
            End::Trap(TrapCode::MemoryOutOfBounds),
        );
        self.core(
            "calling an empty entry",
            "(type $t (func)) (table 2 funcref)",
            "(call_indirect (type $t) (i32.const 1))",
            End::Trap(TrapCode::NullReference),
        );
        self.core(
            "calling with another type",
            "(type $t (func (param i64))) (table 1 funcref) (elem (i32.const 0) $run)",
            "(call_indirect (type $t) (i64.const 1) (i32.const 0))",
            End::Trap(TrapCode::BadSignature),
        );
    }
}

/// The parameters and results of the functions of WASI that are attacked.
const IMPORTS: [(&str, &str); 19] = [
    ("environ_sizes_get", "(param i32 i32) (result i32)"),
    ("clock_time_get", "(param i32 i64 i32) (result i32)"),
    ("fd_close", "(param i32) (result i32)"),
    ("fd_filestat_set_size", "(param i32 i64) (result i32)"),
    ("fd_read", "(param i32 i32 i32 i32) (result i32)"),
    ("fd_readdir", "(param i32 i32 i32 i64 i32) (result i32)"),
    ("fd_write", "(param i32 i32 i32 i32) (result i32)"),
    ("path_create_directory", "(param i32 i32 i32) (result i32)"),
    (
        "path_link",
        "(param i32 i32 i32 i32 i32 i32 i32) (result i32)",
    ),
    (
        "path_open",
        "(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)",
    ),
    ("path_remove_directory", "(param i32 i32 i32) (result i32)"),
    (
        "path_rename",
        "(param i32 i32 i32 i32 i32 i32) (result i32)",
    ),
    ("path_symlink", "(param i32 i32 i32 i32 i32) (result i32)"),
    ("path_unlink_file", "(param i32 i32 i32) (result i32)"),
    ("poll_oneoff", "(param i32 i32 i32 i32) (result i32)"),
    ("proc_exit", "(param i32)"),
    ("proc_raise", "(param i32) (result i32)"),
    ("random_get", "(param i32 i32) (result i32)"),
    ("sched_yield", "(result i32)"),
];

fn wasi_import(name: &str) -> String {
    let known = IMPORTS.iter().find(|(known, _)| *known == name);
    let (_, params) = known.unwrap_or_else(|| panic!("unknown import `{name}`"));
    format!("(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} {params}))")
}
