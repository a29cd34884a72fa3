//! The properties of the fuzz targets, for a bounded number of texts each. `cargo xtask fuzz` goes on from there.

use tollgate_ecl::engines::vm::file;
use tollgate_ecl::engines::wasm::build;
use tollgate_ecl::testing::generate::Random;
use tollgate_ecl::testing::properties::{ALL, Corpus, mutated};
use tollgate_ecl::{Bundle, CompiledProgram, compile};

use super::{cases, suite};

/// Texts of each property.
const RUNS: usize = 400;

fn sources() -> Vec<Vec<u8>> {
    let mut files = cases::all();
    cases::collect(&suite::examples(), &mut files);
    files.iter().map(|f| std::fs::read(f).unwrap()).collect()
}

fn corpus(kind: Corpus) -> Vec<Vec<u8>> {
    match kind {
        Corpus::Sources => sources(),
        Corpus::Json => {
            let folder = suite::examples().join("ev-charging");
            let files = ["offer.json", "facts.json", "activate-by-owner.json"];
            let texts = files.iter().map(|f| std::fs::read(folder.join(f)).unwrap());
            texts.collect()
        }
        Corpus::Bytecode => {
            let source = String::from_utf8(sources().pop().unwrap()).unwrap();
            let programs = compile(&Bundle::single("a.ecl", source)).programs;
            let loaded = programs
                .into_iter()
                .map(|p| CompiledProgram::new(p).unwrap());
            loaded
                .map(|program| file::write(&program).unwrap())
                .collect()
        }
        Corpus::Modules => {
            let source = String::from_utf8(sources().pop().unwrap()).unwrap();
            let programs = compile(&Bundle::single("a.ecl", source)).programs;
            let built = programs.iter().map(|program| build(program).unwrap());
            built.map(|built| built.wasm).collect()
        }
        Corpus::Seeds => Vec::new(),
    }
}

#[test]
fn properties_hold_for_changed_files_and_random_bytes() {
    for property in ALL {
        let corpus = corpus(property.corpus);
        let mut random = Random::new(7);
        for text in &corpus {
            (property.holds)(text);
        }
        for _ in 0..RUNS {
            (property.holds)(&mutated(&corpus, &mut random));
        }
    }
}

#[test]
fn every_property_has_a_fuzz_target() {
    let fuzz = suite::examples().join("../../fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for property in ALL {
        let name = property.name;
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let target = fuzz.join(format!("fuzz_targets/{name}.rs"));
        assert!(target.is_file(), "{name}");
    }
}
