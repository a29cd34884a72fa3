//! Compiles text and runs the module in an interpreter.

use tollgate_diagnostics::render::{Style, render};
use tollgate_diagnostics::source::Bundle;
use tollgate_forge::{Level, Options, compile};
use wasmi::{Engine, Linker, Module, Store, Val};

/// Every level of optimisation.
pub(crate) const LEVELS: [Level; 4] = [Level::None, Level::Size, Level::Speed, Level::Aggressive];

/// Compiles one file, or returns what is wrong with it.
pub(crate) fn build(source: &str, optimise: Level) -> Result<Vec<u8>, String> {
    build_files(&[("example.ts", source)], optimise)
}

/// Compiles a program whose first file is its entry.
pub(crate) fn build_files(files: &[(&str, &str)], optimise: Level) -> Result<Vec<u8>, String> {
    let mut bundle = Bundle::default();
    for (name, text) in files {
        bundle.add(*name, *text);
    }
    let compiled = compile(&bundle, 0, Options { optimise });
    let shown = render(&bundle, &compiled.diagnostics, Style::Plain);
    match compiled.built {
        Some(built) if shown.is_empty() => Ok(built.wasm),
        _ => {
            assert!(!shown.is_empty(), "neither a module nor a reason");
            Err(shown)
        }
    }
}

/// Calls an export, and returns its value or the message of the trap.
pub(crate) fn call(wasm: &[u8], export: &str, arguments: &[Val]) -> Result<Option<Val>, String> {
    let engine = Engine::default();
    let module = Module::new(&engine, wasm).expect("a valid module");
    let mut store = Store::new(&engine, 0x9e37_79b9_7f4a_7c15_u64);
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("wasi_snapshot_preview1", "random_get", random)
        .expect("a host function");
    let instance = linker
        .instantiate_and_start(&mut store, &module)
        .map_err(|e| e.to_string())?;
    let function = instance.get_func(&store, export).expect("the export");
    let mut results = vec![Val::I32(0); function.ty(&store).results().len()];
    function
        .call(&mut store, arguments, &mut results)
        .map_err(|e| e.to_string())?;
    Ok(results.pop())
}

/// Random bytes that are the same each time.
fn random(mut caller: wasmi::Caller<'_, u64>, pointer: i32, length: i32) -> i32 {
    let state = caller
        .data()
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1);
    *caller.data_mut() = state;
    let bytes = (state ^ (state >> 29)).to_le_bytes();
    let memory = caller
        .get_export("memory")
        .and_then(wasmi::Extern::into_memory)
        .expect("a memory");
    let at = usize::try_from(pointer).expect("an address");
    let length = usize::try_from(length).expect("a length");
    memory
        .write(&mut caller, at, &bytes[..length])
        .expect("room");
    0
}

/// Runs `main` at every level; all agree, and the value is returned.
pub(crate) fn value(source: &str) -> Val {
    values(&[("example.ts", source)], "main", &[])
}

/// Runs an export at every level; all agree, and the value is returned.
pub(crate) fn values(files: &[(&str, &str)], export: &str, arguments: &[Val]) -> Val {
    let found = LEVELS.map(|level| {
        let wasm = build_files(files, level).unwrap_or_else(|shown| panic!("{shown}"));
        call(&wasm, export, arguments)
            .unwrap_or_else(|trap| panic!("{trap}"))
            .expect("a value")
    });
    for other in &found[1..] {
        assert_eq!(format!("{:?}", found[0]), format!("{other:?}"));
    }
    found[0].clone()
}

pub(crate) fn f64_of(value: &Val) -> f64 {
    match value {
        Val::F64(value) => f64::from(*value),
        other => panic!("{other:?} is no f64"),
    }
}

pub(crate) fn i32_of(value: &Val) -> i32 {
    match value {
        Val::I32(value) => *value,
        other => panic!("{other:?} is no i32"),
    }
}

/// A module in use by a caller that passes texts.
pub(crate) struct Outside {
    store: Store<()>,
    instance: wasmi::Instance,
}

impl Outside {
    pub(crate) fn new(wasm: &[u8]) -> Self {
        let engine = Engine::default();
        let module = Module::new(&engine, wasm).expect("a valid module");
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine)
            .instantiate_and_start(&mut store, &module)
            .expect("an instance");
        Self { store, instance }
    }

    fn memory(&self) -> wasmi::Memory {
        self.instance
            .get_memory(&self.store, "memory")
            .expect("its memory")
    }

    pub(crate) fn pages(&self) -> u64 {
        self.memory().size(&self.store)
    }

    /// Puts bytes in, and returns where they are.
    fn put(&mut self, bytes: &[u8]) -> (i32, i32) {
        let length = i32::try_from(bytes.len()).expect("a length");
        if length == 0 {
            return (0, 0);
        }
        let alloc = self
            .instance
            .get_typed_func::<i32, i32>(&self.store, "alloc");
        let pointer = alloc.expect("alloc").call(&mut self.store, length);
        let pointer = pointer.expect("room");
        let at = usize::try_from(pointer).expect("an address");
        let memory = self.memory();
        memory.write(&mut self.store, at, bytes).expect("room");
        (pointer, length)
    }

    fn free(&mut self, pointer: i32, length: i32) {
        let free = self
            .instance
            .get_typed_func::<(i32, i32), ()>(&self.store, "free");
        let freed = free.expect("free").call(&mut self.store, (pointer, length));
        freed.expect("it is taken back");
    }

    pub(crate) fn global(&self, name: &str) -> Option<Val> {
        let global = self.instance.get_global(&self.store, name);
        global.map(|global| global.get(&self.store))
    }

    /// Calls a function of a number.
    pub(crate) fn number(&mut self, name: &str, x: f64) -> Result<f64, wasmi::Error> {
        let function = self.instance.get_typed_func::<f64, f64>(&self.store, name);
        function.expect("the export").call(&mut self.store, x)
    }

    /// The bytes that an answer of the bytes ABI is about.
    pub(crate) fn taken(&self, answer: i64) -> Vec<u8> {
        let at = usize::try_from(answer.cast_unsigned() >> 32).expect("an address");
        let length = usize::try_from(answer & 0xffff_ffff).expect("a length");
        self.memory().data(&self.store)[at..at + length].to_vec()
    }

    /// Calls a function by the bytes ABI.
    pub(crate) fn bytes(&mut self, name: &str, input: &[u8]) -> Vec<u8> {
        let (pointer, length) = self.put(input);
        let function = self
            .instance
            .get_typed_func::<(i32, i32), i64>(&self.store, name);
        let answer = function
            .expect("the export")
            .call(&mut self.store, (pointer, length));
        let answer = answer.expect("no trap");
        let out = self.taken(answer);
        self.free(pointer, length);
        out
    }

    /// Calls a function of two texts and two numbers.
    pub(crate) fn four(&mut self, name: &str, s: &str, t: &str, x: f64, n: f64) -> Vec<u8> {
        let (s, t) = (self.put(s.as_bytes()), self.put(t.as_bytes()));
        type Four = (i32, i32, i32, i32, f64, f64);
        let function = self.instance.get_typed_func::<Four, i64>(&self.store, name);
        let answer = function
            .expect("the export")
            .call(&mut self.store, (s.0, s.1, t.0, t.1, x, n));
        let out = self.taken(answer.unwrap_or_else(|trap| panic!("{name}: {trap}")));
        self.free(t.0, t.1);
        self.free(s.0, s.1);
        out
    }
}
