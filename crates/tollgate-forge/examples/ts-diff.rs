//! Random programs in Node and in an interpreter of our modules: `ts-diff --n 1000 --seed 1`.
//!
//! Prints one line, and the first program that differs; ends with 1 then. Programs go to Node many at a time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    reason = "a campaign, which ends with a panic at what it finds"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, ExitCode, Stdio};

use tollgate_diagnostics::render::{Style, render};
use tollgate_diagnostics::source::Bundle;
use tollgate_forge::oracle::{HELPERS, javascript, program, typescript};
use tollgate_forge::{Level, Options, compile};
use wasmi::{Caller, Engine, Linker, Module, Store};

/// Programs of one Node process.
const BATCH: u64 = 500;
const LEVELS: [Level; 4] = [Level::None, Level::Size, Level::Speed, Level::Aggressive];

fn main() -> ExitCode {
    let mut number = 1_000;
    let mut first = 1;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().and_then(|v| v.parse().ok());
        match (name.as_str(), value) {
            ("--n", Some(value)) => number = value,
            ("--seed", Some(value)) => first = value,
            _ => {
                say("usage: ts-diff [--n PROGRAMS] [--seed FIRST]");
                return ExitCode::from(64);
            }
        }
    }
    let mut traps = 0;
    let mut told = 0;
    let mut done = 0;
    while done < number {
        let count = BATCH.min(number - done);
        let seeds: Vec<u64> = (first + done..first + done + count).collect();
        let expected = node(&seeds);
        for (seed, expected) in seeds.iter().zip(&expected) {
            let source = typescript(&program(*seed));
            let level = LEVELS[usize::try_from(seed % 4).unwrap_or(0)];
            let found = match run(&source, level) {
                Ok(found) => found.join(" "),
                Err(error) => error,
            };
            if found != *expected {
                say(&format!(
                    "seed {seed}, {level:?}\n{source}\nnode:   {expected}\nmodule: {found}"
                ));
                return ExitCode::FAILURE;
            }
            traps += u64::from(found.ends_with("trap"));
            told += found.split(' ').count();
        }
        done += count;
    }
    say(&format!(
        "{number} programs from seed {first}: all equal; {told} values, {traps} ended by a trap"
    ));
    ExitCode::SUCCESS
}

fn say(text: &str) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// What Node finds, one line for each program.
fn node(seeds: &[u64]) -> Vec<String> {
    let mut script = String::from(HELPERS);
    for seed in seeds {
        let body = javascript(&program(*seed));
        writeln!(
            script,
            "{{ started = false; const out = []; try {{ (function () {{\n{body}}})(); }} catch (e) {{ ends(out, e); }} console.log(out.join(\" \")); }}"
        )
        .expect("a string");
    }
    let mut child = Command::new("node")
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let mut input = child.stdin.take().expect("its input");
    let writer = std::thread::spawn(move || input.write_all(script.as_bytes()));
    let output = child.wait_with_output().expect("its output");
    writer
        .join()
        .expect("the writer")
        .expect("node reads its script");
    assert!(output.status.success(), "node failed");
    String::from_utf8(output.stdout)
        .expect("text")
        .lines()
        .map(str::to_owned)
        .collect()
}

/// What the module finds, or why there is none.
fn run(source: &str, optimise: Level) -> Result<Vec<String>, String> {
    let bundle = Bundle::single("program.ts", source);
    let compiled = compile(&bundle, 0, Options { optimise });
    let Some(built) = compiled.built else {
        return Err(render(&bundle, &compiled.diagnostics, Style::Plain));
    };
    let engine = Engine::default();
    let module = Module::new(&engine, &built.wasm).map_err(|e| e.to_string())?;
    let mut store = Store::new(&engine, Vec::<String>::new());
    let linker = linker(&engine);
    let said = match linker.instantiate_and_start(&mut store, &module) {
        Ok(instance) => {
            let main = instance.get_typed_func::<(), f64>(&store, "main");
            let main = main.map_err(|e| e.to_string())?;
            match main.call(&mut store, ()) {
                Ok(value) => number(value),
                Err(_) => uncaught(&store, instance).unwrap_or_else(|| "trap".to_owned()),
            }
        }
        Err(_) => "trap".to_owned(),
    };
    store.data_mut().push(said);
    Ok(store.into_data())
}

/// What a module says of the exception that ended it, without the place.
fn uncaught(store: &Store<Vec<String>>, instance: wasmi::Instance) -> Option<String> {
    let global = instance.get_global(store, "tollgate_uncaught")?;
    let packed = global.get(store).i64()?.cast_unsigned();
    let at = usize::try_from(packed >> 32).ok()?;
    let length = usize::try_from(packed & 0xffff_ffff).ok()?;
    let memory = instance.get_memory(store, "memory")?;
    let bytes = memory.data(store).get(at..at + length)?;
    let text = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| !text.is_empty())?;
    let (text, _) = text.rsplit_once(", thrown at program.ts:")?;
    Some(hex(format!("uncaught {text}").as_bytes()))
}

fn number(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    format!("{:x}", value.to_bits())
}

fn linker(engine: &Engine) -> Linker<Vec<String>> {
    type Told<'c> = Caller<'c, Vec<String>>;
    let mut linker = Linker::new(engine);
    let add = |result: Result<&mut Linker<Vec<String>>, wasmi::errors::LinkerError>| {
        assert!(result.is_ok(), "each host function has a name of its own");
    };
    add(
        linker.func_wrap("env", "tell_number", |mut c: Told<'_>, x: f64| {
            c.data_mut().push(number(x))
        }),
    );
    add(
        linker.func_wrap("env", "tell_f32", |mut c: Told<'_>, x: f32| {
            c.data_mut().push(number(f64::from(x)));
        }),
    );
    for name in ["boolean", "i8", "i16", "i32", "u8", "u16"] {
        let name = format!("tell_{name}");
        add(linker.func_wrap("env", &name, |mut c: Told<'_>, x: i32| {
            c.data_mut().push(x.to_string())
        }));
    }
    add(
        linker.func_wrap("env", "tell_u32", |mut c: Told<'_>, x: i32| {
            c.data_mut().push(x.cast_unsigned().to_string());
        }),
    );
    add(
        linker.func_wrap("env", "tell_i64", |mut c: Told<'_>, x: i64| {
            c.data_mut().push(x.to_string())
        }),
    );
    add(
        linker.func_wrap("env", "tell_u64", |mut c: Told<'_>, x: i64| {
            c.data_mut().push(x.cast_unsigned().to_string());
        }),
    );
    add(linker.func_wrap(
        "env",
        "tell_string",
        |mut c: Told<'_>, at: i32, length: i32| {
            let text = text(&c, at, length);
            c.data_mut().push(text);
        },
    ));
    linker
}

/// A text of the module, byte by byte.
fn text(caller: &Caller<'_, Vec<String>>, at: i32, length: i32) -> String {
    let memory = caller
        .get_export("memory")
        .and_then(wasmi::Extern::into_memory);
    let memory = memory.expect("the module shows its memory");
    let at = usize::try_from(at.cast_unsigned()).expect("an address");
    let length = usize::try_from(length).expect("a length");
    let bytes = memory.data(caller).get(at..at + length).expect("in memory");
    hex(bytes)
}

fn hex(bytes: &[u8]) -> String {
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t{}", hex.concat())
}
