//! Random sequences of file operations by two guests in processes of their own, while somebody else renames and links under
//! their feet.
//!
//! The guest is one module that does what a script says, so it is compiled once. Whatever it could read is what it returns.

use std::{path::Path, time::Duration};

use super::{
    files_ground::{Meddler, NAMES, PLACES, Random, Rights, SECRET, build, guarded, stranger},
    sandbox::{Engine, EngineConfig, Entry, Execution, JailMode, Module, Output, PathGrant},
};

/// Operations of each guest in one sequence.
const OPERATIONS: u64 = 40;

/// Bytes of one line of a script: the operation, and nine numbers.
const LINE: usize = 80;
/// Numbers of handles a script can keep; the first are those of the folders that are open from the start.
const SLOTS: u64 = 24;

/// The operations: the function, and what each number of a line is to it. `h` is a slot with a handle, `p` a text of the
/// script, `i` and `I` numbers, and the rest are places of the guest's own: `o` for a result, `v` and `x` for lists of
/// buffers to read into and to write from, `b` for a buffer.
const OPERATIONS_KNOWN: [(&str, &str); 16] = [
    ("path_open", "hipiIIio"),
    ("fd_read", "hvio"),
    ("fd_pread", "hviIo"),
    ("fd_write", "hxio"),
    ("fd_readdir", "hbiIo"),
    ("path_filestat_get", "hipb"),
    ("path_filestat_set_times", "hipIIi"),
    ("path_rename", "hphp"),
    ("path_link", "hiphp"),
    ("path_symlink", "php"),
    ("path_create_directory", "hp"),
    ("path_remove_directory", "hp"),
    ("path_unlink_file", "hp"),
    ("path_readlink", "hpbio"),
    ("fd_filestat_set_size", "hI"),
    ("fd_close", "h"),
];

/// Where a handle goes, what a read gave, and so on: what follows an operation that succeeded.
fn after(name: &str) -> &'static str {
    match name {
        // Into the slot that stands in the ninth number.
        "path_open" => "(call $keep (call $n (i32.const 8)) (i32.load (i32.const 8)))",
        "fd_read" | "fd_pread" | "fd_readdir" | "path_readlink" => {
            "(call $tell (i32.load (i32.const 8)))"
        }
        // The size stands behind 32 bytes.
        "path_filestat_get" => {
            "(i32.store8 (i32.const 4096) (i32.const 35)) (i64.store (i32.const 4097) (i64.load (i32.const 4128))) (call $tell (i32.const 9))"
        }
        _ => "",
    }
}

/// Makes the guest: a function for each operation, and a loop that reads the script.
fn guest() -> String {
    let (mut imports, mut functions, mut calls) = (String::new(), String::new(), String::new());
    for (index, (name, numbers)) in OPERATIONS_KNOWN.iter().enumerate() {
        let (mut types, mut values, mut at) = (String::new(), String::new(), 0);
        for kind in numbers.chars() {
            let (ty, value) = match kind {
                'h' => ("i32", format!("(call $h (call $n (i32.const {at})))")),
                'p' => (
                    "i32 i32",
                    format!(
                        "(i32.add (global.get $base) (call $n (i32.const {at}))) (call $n (i32.const {}))",
                        at + 1
                    ),
                ),
                'I' => ("i64", format!("(call $w (i32.const {at}))")),
                'o' => ("i32", String::from("(i32.const 8)")),
                'v' => ("i32", String::from("(i32.const 16)")),
                'x' => ("i32", String::from("(i32.const 24)")),
                'b' => ("i32", String::from("(i32.const 4096)")),
                _ => ("i32", format!("(call $n (i32.const {at}))")),
            };
            types.push_str(&format!(" {ty}"));
            values.push_str(&format!(" {value}"));
            at += match kind {
                'p' => 2,
                'o' | 'v' | 'x' | 'b' => 0,
                _ => 1,
            };
        }
        imports.push_str(&format!(
            r#"(import "wasi_snapshot_preview1" "{name}" (func ${name} (param{types}) (result i32)))"#
        ));
        functions.push_str(&format!(
            "(func $do{index} (if (i32.eqz (call ${name}{values})) (then {})))",
            after(name)
        ));
        calls.push_str(&format!(
            "(if (i32.eq (local.get $op) (i32.const {index})) (then (call $do{index})))"
        ));
    }
    format!(
        r#"(module {imports}
            (memory (export "memory") 32) (data (i32.const 2048) "<of a guest>")
            (global $line (mut i32) (i32.const 0)) (global $base (mut i32) (i32.const 0)) (global $told (mut i32) (i32.const 1048576))
            (func (export "alloc") (param i32) (result i32) (i32.const 65536))
            ;; A number of the line, as 64 and as 32 bits; and the handle in a slot.
            (func $w (param i32) (result i64)
                (i64.load offset=8 (i32.add (global.get $line) (i32.mul (local.get 0) (i32.const 8)))))
            (func $n (param i32) (result i32) (i32.wrap_i64 (call $w (local.get 0))))
            (func $h (param i32) (result i32) (i32.load offset=512 (i32.mul (local.get 0) (i32.const 4))))
            (func $keep (param i32 i32) (i32.store offset=512 (i32.mul (local.get 0) (i32.const 4)) (local.get 1)))
            ;; Adds bytes of the buffer to what is told in the end.
            (func $tell (param i32)
                (if (i32.gt_u (i32.add (global.get $told) (local.get 0)) (i32.const 2000000)) (then return))
                (memory.copy (global.get $told) (i32.const 4096) (local.get 0))
                (global.set $told (i32.add (global.get $told) (local.get 0))))
            {functions}
            (func (export "run") (param $at i32) (param $length i32) (result i64) (local $op i32) (local $left i32)
                (i32.store (i32.const 16) (i32.const 4096)) (i32.store (i32.const 20) (i32.const 64))
                (i32.store (i32.const 24) (i32.const 2048)) (i32.store (i32.const 28) (i32.const 12))
                (loop $l (call $keep (local.get $op) (i32.add (local.get $op) (i32.const 3)))
                    (br_if $l (i32.lt_u (local.tee $op (i32.add (local.get $op) (i32.const 1))) (i32.const {SLOTS}))))
                (local.set $left (i32.load (local.get $at)))
                (global.set $line (i32.add (local.get $at) (i32.const 8)))
                (global.set $base (i32.add (global.get $line) (i32.mul (local.get $left) (i32.const {LINE}))))
                (loop $l
                    (local.set $op (i32.load (global.get $line)))
                    {calls}
                    (global.set $line (i32.add (global.get $line) (i32.const {LINE})))
                    (br_if $l (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
                (i64.or (i64.shl (i64.const 1048576) (i64.const 32))
                    (i64.extend_i32_u (i32.sub (global.get $told) (i32.const 1048576))))))"#
    )
}

/// Lines of numbers, and the texts they speak of.
#[derive(Default)]
struct Script {
    lines: Vec<u8>,
    texts: Vec<u8>,
    count: u32,
}

impl Script {
    /// Adds a line; a text takes two numbers, its place and its length.
    fn line(&mut self, operation: &str, numbers: &[u64]) {
        let index = OPERATIONS_KNOWN
            .iter()
            .position(|(name, _)| *name == operation)
            .unwrap();
        let mut line = u64::try_from(index).unwrap().to_le_bytes().to_vec();
        line.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        line.resize(LINE, 0);
        self.lines.extend(line);
        self.count += 1;
    }

    fn text(&mut self, text: &str) -> [u64; 2] {
        let at = self.texts.len() as u64;
        self.texts.extend(text.as_bytes());
        [at, text.len() as u64]
    }

    fn bytes(self) -> Vec<u8> {
        [
            &u64::from(self.count).to_le_bytes(),
            self.lines.as_slice(),
            &self.texts,
        ]
        .concat()
    }
}

/// Names of the system: a jail that fails must not cost the system its files, so nobody tries to change them.
const SYSTEM: [&str; 4] = [
    "/proc/self/environ",
    "/etc/passwd",
    "/proc/self/root/etc/passwd",
    "/machine/etc/passwd",
];

/// A path below a folder, out of it, or by an absolute name.
fn path(random: &mut Random, root: &Path) -> String {
    let names: Vec<_> = (0..1 + random.below(5))
        .map(|_| random.of(&NAMES))
        .collect();
    let place = random.of(&PLACES).0;
    match random.below(4) {
        0 => format!("{}/{}", root.join(place).display(), names.join("/")),
        1 => format!("../{place}/{}", names.join("/")),
        _ => names.join("/"),
    }
}

/// A name in a place, by an absolute path that leads nowhere else.
pub(crate) fn near(random: &mut Random, root: &Path) -> String {
    let (place, name) = (random.of(&PLACES).0, random.of(&["a", "secret", "pub"]));
    format!("{}/{name}", root.join(place).display())
}

pub(crate) fn script(seed: u64, path: impl Fn(&mut Random) -> String) -> Vec<u8> {
    let (mut script, random) = (Script::default(), &mut Random::new(seed));
    for _ in 0..OPERATIONS {
        let (slot, other) = (random.below(SLOTS), random.below(SLOTS));
        let (mut one, two) = (path(random), path(random));
        let kind = random.below(17);
        if kind >= 15 {
            one = random.of(&SYSTEM).to_owned();
        }
        let [at, length] = script.text(&one);
        let [to, to_length] = script.text(&two);
        let follow = random.below(2);
        // Handles of folders are replaced rarely, so that there are some.
        let kept = 6 + random.below(SLOTS - 6);
        match kind {
            0..=4 => {
                let flags = random.of(&[0, 0, 0, 1, 2, 2, 8]);
                let rights = random.of(&[0, 2, 2, 64, 66]);
                script.line(
                    "path_open",
                    &[slot, follow, at, length, flags, rights, rights, 0, kept],
                );
                script.line("fd_read", &[kept, 1]);
                script.line("fd_readdir", &[kept, 4_096, 0]);
            }
            5 => script.line("fd_pread", &[slot, 1, 0]),
            6 => script.line("fd_write", &[slot, 1]),
            7 => script.line("path_filestat_get", &[slot, follow, at, length]),
            8 => {
                let numbers = [slot, follow, at, length, 1_000, 1_000, 5];
                script.line("path_filestat_set_times", &numbers);
            }
            9 => script.line("path_rename", &[slot, at, length, other, to, to_length]),
            10 => script.line("path_link", &[slot, 0, at, length, other, to, to_length]),
            11 => script.line("path_symlink", &[at, length, slot, to, to_length]),
            12 => {
                let operations = [
                    "path_create_directory",
                    "path_remove_directory",
                    "path_unlink_file",
                ];
                script.line(random.of(&operations), &[slot, at, length]);
            }
            13 => script.line("fd_filestat_set_size", &[slot, 5]),
            14 => script.line("fd_close", &[kept]),
            15 => {
                script.line("path_open", &[slot, 1, at, length, 0, 2, 2, 0, kept]);
                script.line("fd_read", &[kept, 1]);
            }
            _ => script.line("path_readlink", &[slot, at, length, 512]),
        }
    }
    script.bytes()
}

/// Runs a guest and looks at what it could read.
fn play(
    module: &Module,
    root: &Path,
    (name, rights): (char, fn(&Rights) -> &'static str),
    script: Vec<u8>,
) {
    let entry = Entry::Bytes {
        export: String::from("run"),
        input: script,
    };
    let mut execution = Execution::new(module, entry);
    execution.limits.wall = Duration::from_secs(60);
    let mut reads = Vec::new();
    for place in &PLACES {
        let grant = PathGrant::mapped(root.join(place.0), format!("/{}", place.0));
        if rights(place).contains('r') {
            reads.push(place.0);
            execution.grant.read.push(grant.clone());
        }
        if rights(place).contains('w') {
            execution.grant.write.push(grant);
        }
    }
    let outcome = execution.run_blocking();
    let Ok(Output::Bytes(told)) = outcome.result else {
        panic!("{outcome:?}");
    };
    assert_eq!(stranger(&told, &reads), None, "{name}");
    let told = String::from_utf8_lossy(&told);
    assert!(!told.contains("root:"), "{name} read {told}");
    assert!(!told.contains(SECRET), "{name} read {told}");
}

pub(crate) fn sequence(module: &Module, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    build(root);
    let before = guarded(root);
    let scripts = [seed, !seed].map(|seed| script(seed, |random| path(random, root)));
    let meddler = Meddler::start(root.to_owned(), Random::new(seed ^ 0x5eed));
    std::thread::scope(|scope| {
        let [a, b] = scripts;
        let other = scope.spawn(|| play(module, root, ('B', |place| place.2), b));
        play(module, root, ('A', |place| place.1), a);
        other.join().unwrap();
    });
    drop(meddler);
    assert_eq!(guarded(root), before, "seed {seed}");
}

/// Compiles the guest for workers with as much of a jail.
pub(crate) fn module(jail: JailMode) -> Module {
    let config = EngineConfig {
        jail,
        ..EngineConfig::isolated()
    };
    let engine = Engine::new(&config).unwrap();
    let guest = wat::parse_str(guest()).unwrap();
    engine.compile_in_process(&guest).unwrap()
}
