//! The host interface is valid WIT, and has the version and the questions that modules import.

use tollgate_ecl::FactKind;
use tollgate_ecl::engines::wasm::metadata::WIT_VERSION;
use tollgate_ecl::engines::wasm::{HOST_INTERFACE, import_name};
use wit_parser::{Resolve, TypeDefKind};

const WIT: &str = include_str!("../../../../wit/tollgate-ecl.wit");

fn resolve() -> Resolve {
    let mut resolve = Resolve::default();
    resolve.push_str("tollgate-ecl.wit", WIT).unwrap();
    resolve
}

#[test]
fn the_package_is_valid_and_has_the_version_of_the_modules() {
    let resolve = resolve();
    let (_, package) = resolve.packages.iter().next().unwrap();
    assert_eq!(
        package.name.to_string(),
        format!("tollgate:ecl@{WIT_VERSION}")
    );
    assert_eq!(HOST_INTERFACE, format!("tollgate:ecl/host@{WIT_VERSION}"));
}

#[test]
fn the_interface_has_what_a_guest_may_ask() {
    let resolve = resolve();
    let (_, package) = resolve.packages.iter().next().unwrap();
    let host = &resolve.interfaces[package.interfaces["host"]];
    for function in [
        "get-trust",
        "trust-norm",
        "has-credential",
        "resolve-did",
        "store-get",
        "store-put",
        "consume-gas",
        "get-budget",
        "get-caller",
        "get-realm",
        "get-timestamp",
        "log",
        "emit-event",
    ] {
        assert!(host.functions.contains_key(function), "{function}");
    }
    // Policies and guests use the same names for the questions that both can ask.
    for kind in [
        FactKind::Trust,
        FactKind::HasCredential,
        FactKind::ResolveDid,
        FactKind::StoreGet,
    ] {
        assert!(host.functions.contains_key(import_name(kind)), "{kind:?}");
    }
}

#[test]
fn the_gas_layers_are_those_of_the_language() {
    let resolve = resolve();
    let (_, layers) = resolve
        .types
        .iter()
        .find(|(_, ty)| ty.name.as_deref() == Some("gas-layer"))
        .unwrap();
    let TypeDefKind::Enum(cases) = &layers.kind else {
        panic!("gas-layer is no enum");
    };
    let names: Vec<&str> = cases.cases.iter().map(|case| &*case.name).collect();
    assert_eq!(names, ["network", "compute", "storage", "realm"]);
}
