//! Hostile policies, bundles and compiled programs: each is used or refused within bounds of time and memory.
//!
//! The campaign of `examples/ecl-attack.rs` goes on from here. Time is the CPU time of this thread, so that other work on the
//! machine does not count, and a slower machine is given more of it; memory is what is allocated at once.

use rustix::time::{ClockId, clock_gettime};
use tollgate_ecl::limits::SOURCE_BYTES_MAX;
use tollgate_ecl::testing::attack::{
    Attacker, CPU_MILLISECONDS_MAX, Fate, Hostile, MEMORY_BYTES_MAX, allowed_milliseconds, bombs,
    liar,
};
use tollgate_ecl::{Bundle, Compiled, compile};

use super::{cases, suite};

/// Inputs of the campaign.
const RUNS: u64 = 200;
/// Bytes of each bomb. Most bounds are reached long before; the campaign throws 1 MiB.
const BOMB_BYTES: usize = 128 * 1024;

fn cpu_milliseconds() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec * 1_000 + time.tv_nsec / 1_000_000).unwrap()
}

/// Strikes, and holds each part of the strike to its bounds.
fn strike(name: &str, hostile: &Hostile) -> Fate {
    hostile.strike(&mut |part, work| {
        let before = cpu_milliseconds();
        let allocated = allocation_counter::measure(work);
        let milliseconds = cpu_milliseconds() - before;
        assert!(
            milliseconds <= CPU_MILLISECONDS_MAX
                || milliseconds <= allowed_milliseconds(cpu_milliseconds),
            "{name}: {part} takes {milliseconds} ms"
        );
        let bytes = allocated.bytes_max;
        assert!(
            bytes <= MEMORY_BYTES_MAX,
            "{name}: {part} takes {bytes} bytes"
        );
    })
}

fn checked(source: &str) -> Compiled {
    compile(&Bundle::single("a.ecl", source))
}

/// Code, message and help of the first error.
fn refusal(source: &str) -> String {
    let compiled = checked(source);
    let error = compiled.diagnostics.iter().find(|d| d.is_error());
    let error = error.unwrap_or_else(|| panic!("taken: {source:.200}"));
    let help = error.help.as_deref().unwrap_or_default();
    format!("{}: {}; {help}", error.code, error.message)
}

/// The refusal of a bomb, which has to say each of these.
fn says(name: &str, parts: &[&str]) {
    says_of(name, BOMB_BYTES, parts);
}

fn says_of(name: &str, bytes: usize, parts: &[&str]) {
    let bomb = bombs::all().find(|bomb| bomb.name == name);
    let refusal = refusal(&bomb.unwrap().of_bytes(bytes));
    for part in parts {
        assert!(refusal.contains(part), "{name}: {refusal}");
    }
}

#[test]
fn every_construct_said_often_is_used_or_refused_within_bounds() {
    for bomb in bombs::all() {
        let text = bomb.of_bytes(BOMB_BYTES);
        let _fate = strike(bomb.name, &Hostile::Bundle(Bundle::single("a.ecl", text)));
    }
}

#[test]
fn a_campaign_of_changed_policies_bundles_and_files_stays_within_bounds() {
    let mut files = cases::all();
    cases::collect(&suite::examples(), &mut files);
    let sources = files.iter().map(|file| std::fs::read(file).unwrap());
    let attacker = Attacker::new(sources.collect());
    let mut taken = 0;
    for seed in 0..RUNS {
        let fate = strike(&format!("seed {seed}"), &attacker.input(seed));
        taken += u64::from(fate == Fate::Taken);
    }
    assert!((1..RUNS).contains(&taken), "{taken} of {RUNS} are taken");
}

#[test]
fn a_file_that_lies_about_its_sizes_is_refused() {
    let mut refused = 0;
    for seed in 0..300 {
        let fate = strike(&format!("liar {seed}"), &Hostile::Bytecode(liar(seed)));
        refused += usize::from(fate == Fate::Refused);
    }
    // Some programs have nothing of the kind that is changed, or are given the number they have.
    assert!(refused > 200, "{refused} of 300 are refused");
}

#[test]
fn types_that_nest_without_end_are_refused() {
    for name in [
        "records, each in the next",
        "records, each in the one before",
    ] {
        says(
            name,
            &[
                "E0319",
                "more than 32 records, lists, maps and options",
                "flatten it",
            ],
        );
    }
    says(
        "lists of lists that share",
        &["E0319", "more than 32 records, lists"],
    );
}

#[test]
fn functions_that_call_each_other_in_long_chains_are_refused() {
    for name in [
        "functions, each called by the next",
        "functions, each called by the one before",
    ] {
        says(name, &["E0328", "more than 64 functions call each other"]);
    }
    says(
        "functions that call each other in a circle",
        &["E0308", "calls itself", "→ … →"],
    );
}

#[test]
fn functions_may_be_declared_in_any_order() {
    let chain: String = (0..60)
        .map(|i| format!("fn f{i}(x: int) -> int {{ f{}(x) }}\n", i + 1))
        .collect();
    let policy = "policy \"p\" { input { x: int } accept { a: f0(x) > 1 } }";
    let source = format!("{chain}fn f60(x: int) -> int {{ x }}\n{policy}");
    assert_eq!(checked(&source).diagnostics, []);
}

#[test]
fn environments_that_inherit_from_many_others_are_refused() {
    for name in [
        "environments, each in the next",
        "environments, each in the one before",
    ] {
        says(name, &["E0328", "more than 64 others"]);
    }
}

#[test]
fn declarations_have_a_largest_size() {
    says("cases of an enum", &["E0319", "at most 4096 fit"]);
    says("fields of a record", &["E0319", "larger than 1024 fields"]);
    says("attributes of a blueprint", &["E0319", "at most 128 fit"]);
    let cases: String = (0..40).map(|i| format!("C{i}, ")).collect();
    let policy = "policy \"p\" { input { e: E } accept { a: e == Something } }";
    let refusal = refusal(&format!("enum E {{ {cases} }} {policy}"));
    assert!(refusal.contains("`C15` and 24 more"), "{refusal}");
    says(
        "lets of a policy",
        &["E0335", "more than 900 values are kept at once"],
    );
}

#[test]
fn what_stands_inside_each_other_has_a_depth() {
    says("lets of a function", &["E0328", "more than 128 `let`s"]);
    says("lets of a guard", &["E0328", "more than 128 statements"]);
    says(
        "assertions of a guard",
        &["E0328", "more than 128 statements"],
    );
    says("arms of a guard's match", &["E0328", "at most 128 fit"]);
    says(
        "arms of a match",
        &["E0206", "more than 200 operators high"],
    );
    says(
        "alternatives of an arm",
        &["E0206", "more than 200 operators high"],
    );
}

#[test]
fn the_sum_of_patterns_is_bounded_and_not_only_each() {
    let help = "use fewer and simpler patterns";
    says(
        "patterns with many states",
        &["E0335", "most of them for patterns", help],
    );
    says("patterns with large counts", &["E0324", "too large"]);
    // Five thousand globs of an ordinary policy are no attack.
    let rules: String = (0..5_000)
        .map(|i| format!("r{i}: s matches \"/api/*/items/{i}/*\"\n"))
        .collect();
    let source = format!(
        "policy \"p\" {{ gas_limit: 100000 input {{ s: string<64> }} accept any {{ {rules} }} }}"
    );
    assert_eq!(checked(&source).diagnostics, []);
}

#[test]
fn what_is_checked_again_for_each_use_counts_each_time() {
    for (name, task) in [
        ("policies that use one large function", "expressions"),
        ("policies that use one long text", "data"),
    ] {
        let most = format!("most of them for {task}");
        says_of(name, SOURCE_BYTES_MAX, &["E0335", &most]);
    }
    says(
        "objects that double",
        &["E0328", "more than 16 objects name each other"],
    );
}

#[test]
fn what_arms_know_of_options_is_kept_once() {
    for name in [
        "options that the arms of a match know of",
        "options that the arms of a guard's match know of",
    ] {
        let bomb = bombs::all().find(|bomb| bomb.name == name).unwrap();
        let text = bomb.of_bytes(SOURCE_BYTES_MAX);
        let _fate = strike(name, &Hostile::Bundle(Bundle::single("a.ecl", text)));
    }
}

#[test]
fn mistakes_beyond_the_hundredth_are_not_looked_for() {
    let bomb = bombs::all().find(|b| b.name == "names that do not exist");
    let compiled = checked(&bomb.unwrap().of_bytes(BOMB_BYTES));
    assert_eq!(
        compiled.diagnostics.len(),
        tollgate_ecl::limits::DIAGNOSTICS_MAX + 1
    );
    let last = compiled.diagnostics.last().unwrap();
    assert_eq!(last.message, "too many errors");
}

#[test]
fn a_value_that_stands_for_more_than_its_bytes_is_not_read() {
    // A billion numbers in three lists of a thousand.
    let thousand = |of: &str| format!("[{}]", [of; 1000].join(", "));
    let source = format!(
        "logic_guard \"g\" {{ gas_limit: 100000 input {{ a: int }}
         output {{ c: list<list<list<int, 1000>, 1000>, 1000> }} body {{
         let a = {}\n let b = {}\n let c = {}\n return {{ c: c }} }} }}",
        thousand("1"),
        thousand("a"),
        thousand("b")
    );
    let mut compiled = checked(&source);
    assert_eq!(compiled.diagnostics, []);
    let program = compiled.programs.pop().unwrap();
    let input = tollgate_ecl::encode(&program, &serde_json::json!({ "a": 1 })).unwrap();
    let limits = program.gas_limits;
    let program = tollgate_ecl::CompiledProgram::new(program).unwrap();
    let mut vm = tollgate_ecl::Vm::new(std::sync::Arc::new(program));
    let _verdict = vm.evaluate(&input, &mut tollgate_ecl::NoFacts, &limits);
    let allocated = allocation_counter::measure(|| assert!(vm.output().is_none()));
    assert!(allocated.bytes_max < MEMORY_BYTES_MAX);
}
