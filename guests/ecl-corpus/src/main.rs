//! `ecl-corpus`: the bytecode engine of the policy language, compiled to WebAssembly itself, over random programs.
//!
//! Prints one digest of every outcome: a test compares it with the one of the same seeds on the machine.

fn main() {
    let mut given = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Some(Ok(first)), Some(Ok(last)), None) = (given.next(), given.next(), given.next()) else {
        eprintln!("usage: ecl-corpus FIRST_SEED END_SEED");
        std::process::exit(64);
    };
    println!(
        "{}",
        tollgate_ecl::testing::differential::bytecode::digest(first..last)
    );
}
