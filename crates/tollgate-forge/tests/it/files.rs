//! Programs of several files, and what the host gives.

use crate::engine::{LEVELS, build_files, f64_of, values};

fn main_of(files: &[(&str, &str)]) -> f64 {
    f64_of(&values(files, "main", &[]))
}

fn refused(files: &[(&str, &str)]) -> String {
    build_files(files, LEVELS[0]).expect_err("it is wrong")
}

#[test]
fn names_are_imported_renamed_and_exported_again() {
    let found = main_of(&[
        (
            "src/main.ts",
            "import { twice as double, Color } from '../lib'; import half, * as all from './half.js';
             export function main(): number { return double(Color.Green) + half(3) + all.third(9); }",
        ),
        ("lib/index.ts", "export { twice } from './twice'; export * from './color';"),
        ("lib/twice.ts", "export function twice(x: number): number { return x * 2; }"),
        ("lib/color.ts", "export enum Color { Red, Green }"),
        ("src/half.ts", "export default function (x: number): number { return x / 2; } export function third(x: number): number { return x / 3; }"),
    ]);
    assert_eq!(found, 6.5);
}

#[test]
fn files_run_once_each_after_what_they_import() {
    let found = main_of(&[
        (
            "main.ts",
            "import { log } from './log'; import './a'; import './b'; log(3); import { all } from './log'; export function main(): number { return all(); }",
        ),
        ("a.ts", "import { log } from './log'; import './b'; log(2);"),
        ("b.ts", "import { log } from './log'; log(1);"),
        (
            "log.ts",
            "let seen = 0; export function log(x: number): void { seen = seen * 10 + x; } export function all(): number { return seen; }",
        ),
    ]);
    assert_eq!(found, 123.0);
}

#[test]
fn a_variable_of_another_file_is_read_as_it_is_now() {
    let found = main_of(&[
        (
            "main.ts",
            "import { count, next } from './count'; export function main(): number { next(); next(); return count; }",
        ),
        (
            "count.ts",
            "export let count = 0; export function next(): void { count++; }",
        ),
    ]);
    assert_eq!(found, 2.0);
    let shown = refused(&[
        ("main.ts", "import { count } from './count'; count = 1;"),
        ("count.ts", "export let count = 0;"),
    ]);
    assert!(shown.contains("F0309"), "{shown}");
}

#[test]
fn circles_and_wrong_paths_are_errors() {
    let shown = refused(&[
        (
            "a.ts",
            "import { b } from './b'; export function a(): number { return b(); }",
        ),
        (
            "b.ts",
            "import { a } from './a'; export function b(): number { return a(); }",
        ),
    ]);
    assert!(shown.contains("F0403"), "{shown}");
    let shown = refused(&[(
        "a.ts",
        "import '../x'; import './y'; import 'z'; export * from './a';",
    )]);
    for code in ["F0401", "F0402", "F0403", "F0406"] {
        assert!(shown.contains(code), "{shown}");
    }
}

#[test]
fn a_name_that_two_files_export_differently_is_not_imported_by_chance() {
    let shown = refused(&[
        (
            "main.ts",
            "import { x } from './both'; export function main(): number { return x; }",
        ),
        ("both.ts", "export * from './a'; export * from './b';"),
        ("a.ts", "export const x = 1;"),
        ("b.ts", "export const x = 2;"),
    ]);
    assert!(shown.contains("F0404"), "{shown}");
}

#[test]
fn what_the_host_gives_is_imported_by_its_module_and_brought_into_range() {
    let source = "
        declare function flag(): boolean;
        declare module 'clock' { export function small(): u8; }
        import { small } from 'clock';
        export function main(): number { return (flag() ? 1 : 0) + small() * 10; }";
    let wasm = build_files(&[("main.ts", source)], LEVELS[2]).expect("it compiles");
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, &wasm).expect("a module");
    let mut store = wasmi::Store::new(&engine, ());
    let mut linker = wasmi::Linker::new(&engine);
    linker
        .func_wrap("env", "flag", || -> i32 { 2 })
        .expect("a host function");
    linker
        .func_wrap("clock", "small", || -> i32 { 0x1205 })
        .expect("a host function");
    let instance = linker
        .instantiate_and_start(&mut store, &module)
        .expect("an instance");
    let main = instance
        .get_typed_func::<(), f64>(&store, "main")
        .expect("main");
    assert_eq!(main.call(&mut store, ()).expect("no trap"), 51.0);
}

#[test]
fn small_arguments_from_outside_are_brought_into_range() {
    let source = "export function f(b: boolean, x: u8): i32 { return (b ? 1000 : 0) + x; }";
    let arguments = [wasmi::Val::I32(2), wasmi::Val::I32(0x1205)];
    let found = values(&[("f.ts", source)], "f", &arguments);
    assert_eq!(crate::engine::i32_of(&found), 1005);
}
