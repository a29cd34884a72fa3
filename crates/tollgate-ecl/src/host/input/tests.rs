//! Inputs of every type: what is read, and what every wrong input is told.

use serde_json::json;

use super::*;
use crate::data::types::{Currency, Dimension};
use crate::ir::value::{self, Value};
use crate::testing::programs;

fn euro() -> Type {
    Type::Money(Currency("EUR".into()))
}

fn option(ty: Type) -> Type {
    Type::Option(Box::new(ty))
}

/// A program whose input is the one field `x` of a type; record 0 is `Item {name, size}`, enum 0 `Plug {CCS, Type2}`.
fn with(ty: Type) -> Program {
    let item = vec![
        ("name".into(), Type::String(8)),
        ("size".into(), option(Type::Int)),
    ];
    let plug = EnumDef {
        name: "Plug".into(),
        cases: vec!["CCS".into(), "Type2".into()],
    };
    programs::with_types(
        vec![RecordDef::new("Item", item, &[])],
        vec![plug],
        vec![("x", ty)],
    )
}

fn read(ty: &Type, json: &str) -> Result<Value, InputError> {
    let program = with(ty.clone());
    let input = Encoder::new(&program).encode_str(json)?;
    let mut memory = program.pool.bytes.clone();
    memory.resize(program.input_base as usize, 0);
    memory.extend_from_slice(&input.bytes);
    let record = Type::Record(program.input);
    let value = value::load(&program, &memory, &record, program.input_base).unwrap();
    Ok(value.field("x").unwrap().clone())
}

#[track_caller]
fn accepts(ty: Type, json: &str, shown: &str) {
    let value = read(&ty, &format!(r#"{{"x": {json}}}"#)).unwrap();
    assert_eq!(value.to_string(), shown);
    // What is printed as JSON is read back as the same value.
    let again = json!({ "x": value.to_json() }).to_string();
    assert_eq!(read(&ty, &again).unwrap(), value);
}

#[track_caller]
fn refuses(ty: Type, json: &str, expect: &str) {
    let error = read(&ty, &format!(r#"{{"x": {json}}}"#)).unwrap_err();
    let help = error.help.clone().unwrap_or_default();
    assert_eq!(format!("{error}; {help}"), expect);
}

#[test]
fn scalars_are_read_exactly() {
    accepts(Type::Bool, "true", "true");
    accepts(Type::Int, "-9223372036854775808", "-9223372036854775808");
    accepts(Type::Decimal, "0.1", "0.1");
    accepts(
        Type::Decimal,
        "\"0.123456789012345678\"",
        "0.123456789012345678",
    );
    accepts(
        Type::Decimal,
        "0.123456789012345678",
        "0.123456789012345678",
    );
    accepts(
        Type::Decimal,
        "170141183460469231731.687303715884105727",
        "170141183460469231731.687303715884105727",
    );
    accepts(Type::Number, "0.1", "0.1");
    accepts(Type::Number, "-0.0", "-0");
    accepts(Type::Number, "5e-324", "5e-324");
    accepts(Type::String(5), r#""a\u00fc\n""#, r#""aü\n""#);
    accepts(Type::Did, r#""did:example:alice""#, "did:example:alice");
    accepts(Type::Pattern, r#""did:e:*""#, "did:e:*");
    accepts(
        Type::Instant,
        r#""2025-01-28T11:15:00.5+01:00""#,
        "2025-01-28T10:15:00.5Z",
    );
    accepts(Type::Ip, r#""::FFFF:10.0.0.1""#, "10.0.0.1");
    accepts(Type::Cidr, r#""2001:DB8::/32""#, "2001:db8::/32");
    accepts(Type::Duration, r#""1h30min""#, "90min");
    accepts(Type::Duration, "0.25", "250ms");
    accepts(
        Type::Enum(crate::data::types::EnumId(0)),
        r#""Type2""#,
        "Type2",
    );
    accepts(
        Type::Trust,
        "[0, 1, 0.5, 0.25, 0.125, 1]",
        "R 0, I 1, C 0.5, P 0.25, V 0.125, Ω 1",
    );
    accepts(
        Type::Trust,
        r#"{"v": 0, "R": 1, "I": 1, "C": 1, "P": 1, "Ω": 1}"#,
        "R 1, I 1, C 1, P 1, V 0, Ω 1",
    );
    accepts(
        Type::Attributes,
        r#"{ "b": 1, "a": [] }"#,
        r#"{"a":[],"b":1}"#,
    );
}

#[test]
fn money_and_quantities_have_several_forms() {
    for json in [
        r#""0.50 EUR""#,
        "0.5",
        r#""0.5""#,
        r#"{"amount": "0.5", "currency": "EUR"}"#,
        r#"{"currency": "EUR", "amount": 0.50}"#,
    ] {
        accepts(euro(), json, "0.50");
    }
    for json in [r#""5km""#, r#""5 km""#, "5000", "5e3", r#""5000m""#] {
        accepts(Type::Quantity(Dimension::Length), json, "5km");
    }
}

#[test]
fn structures_are_read() {
    let item = Type::Record(RecordId(0));
    accepts(
        item.clone(),
        r#"{"size": 3, "name": "a"}"#,
        r#"{ name: "a", size: 3 }"#,
    );
    accepts(
        item.clone(),
        r#"{"name": "a"}"#,
        r#"{ name: "a", size: none }"#,
    );
    accepts(option(Type::Int), "null", "none");
    accepts(
        option(item.clone()),
        r#"{"name": "a"}"#,
        r#"{ name: "a", size: none }"#,
    );
    accepts(Type::List(Box::new(Type::Int), 3), "[1, 2, 3]", "[1, 2, 3]");
    accepts(Type::List(Box::new(Type::Int), 3), "[]", "[]");
    let items = Type::List(Box::new(item), 2);
    accepts(
        items.clone(),
        r#"[{"name": "a"}, {"name": "b"}]"#,
        r#"[{ name: "a", size: none }, { name: "b", size: none }]"#,
    );
    let nested = Type::List(Box::new(Type::List(Box::new(Type::String(3)), 2)), 2);
    accepts(nested, r#"[["a", "b"], ["b"]]"#, r#"[["a", "b"], ["b"]]"#);
}

#[test]
fn every_wrong_scalar_is_told_what_belongs_there() {
    refuses(
        Type::Bool,
        "1",
        "`x`: expected bool, found the number `1`; write true or false",
    );
    refuses(
        Type::Int,
        "1.5",
        "`x`: expected int, found the number `1.5`; an int has no fraction",
    );
    refuses(
        Type::Int,
        "\"1\"",
        "`x`: expected int, found the string `1`; write a JSON number: 42",
    );
    refuses(
        Type::Int,
        "9223372036854775808",
        "`x`: expected int, found the number `9223372036854775808`; write the int in plain digits, within ±9223372036854775807",
    );
    refuses(
        Type::Number,
        "1e999",
        "`x`: expected number, found the number `1e999`; a number is a finite binary64, up to 1.79e308",
    );
    refuses(
        Type::Number,
        "\"NaN\"",
        "`x`: expected number, found the string `NaN`; write a JSON number: 0.7",
    );
    refuses(
        Type::Decimal,
        "0.1234567890123456789",
        "`x`: expected decimal, found the number `0.1234567890123456789`; 19 fractional digits, at most 18 fit: round it first",
    );
    refuses(
        Type::Decimal,
        "1e30",
        "`x`: expected decimal, found the number `1e30`; the value is outside of ±170141183460469231731.687303715884105727",
    );
    refuses(
        euro(),
        "\"1 USD\"",
        "`x`: expected money<EUR>, found an amount in `USD`; currencies do not convert into each other",
    );
    refuses(
        Type::Quantity(Dimension::Length),
        "\"5kg\"",
        "`x`: expected length, found the string `5kg`; units of length: mm, cm, m, km",
    );
    refuses(
        Type::Duration,
        "\"5 weeks\"",
        "`x`: expected duration, found the string `5 weeks`; no such unit; write \"30s\", \"15min\", \"2h\", \"7d\"",
    );
    refuses(
        Type::Instant,
        "\"2025-01-28 10:15\"",
        "`x`: expected instant, found the string `2025-01-28 10:15`; write RFC 3339 with seconds and an offset: \"2025-01-28T10:15:00Z\"",
    );
    refuses(
        Type::Ip,
        "\"10.0.0.0/8\"",
        "`x`: expected ip, found the string `10.0.0.0/8`; this is a network: write one address, such as `10.0.0.0`, or use the type `cidr` and ask with `in`",
    );
    refuses(
        Type::Cidr,
        "\"10.0.0.1/8\"",
        "`x`: expected cidr, found the string `10.0.0.1/8`; bits behind the prefix are not zero: write `10.0.0.0/8` for the network, or `10.0.0.1/32` for the address alone",
    );
    refuses(
        Type::Cidr,
        "\"office\"",
        "`x`: expected cidr, found the string `office`; write a network of IPv4 as in `192.0.2.0/24`, or one of IPv6 as in `2001:db8::/32`",
    );
    refuses(
        Type::Cidr,
        "\"10.0.0.1:443\"",
        "`x`: expected cidr, found the string `10.0.0.1:443`; leave out the port and the brackets: write `10.0.0.1/32`",
    );
    refuses(
        Type::Cidr,
        "\"[2001:db8::]/32\"",
        "`x`: expected cidr, found the string `[2001:db8::]/32`; write a network of IPv4 as in `192.0.2.0/24`, or one of IPv6 as in `2001:db8::/32`",
    );
    refuses(
        Type::Ip,
        "167772161",
        "`x`: expected ip, found the number `167772161`; write \"192.0.2.1\" or \"2001:db8::1\"",
    );
    refuses(
        Type::Instant,
        "\"3025-01-28T10:15:00Z\"",
        "`x`: expected instant, found the string `3025-01-28T10:15:00Z`; an instant lies between the years 1677 and 2262",
    );
    refuses(
        Type::Did,
        "\"alice\"",
        "`x`: expected did, found the string `alice`; write did:METHOD:ID: \"did:example:alice\"",
    );
    refuses(
        Type::String(4),
        "\"aüüü\"",
        "`x`: expected string<4>, found a string of 7 bytes; at most 4 bytes of UTF-8 fit",
    );
    refuses(
        Type::Enum(crate::data::types::EnumId(0)),
        "\"typ2\"",
        "`x`: expected Plug, found the string `typ2`; did you mean `Type2`?",
    );
    refuses(
        Type::Enum(crate::data::types::EnumId(0)),
        "\"Schuko\"",
        "`x`: expected Plug, found the string `Schuko`; its cases: `CCS`, `Type2`",
    );
    refuses(
        Type::Trust,
        "[0, 1]",
        "`x`: expected trust, found no value for `C`; write six numbers in 0..1: {\"R\": 0.9, …} or [0.9, …]",
    );
    refuses(
        Type::Trust,
        "[2, 0, 0, 0, 0, 0]",
        "`x`: expected trust, found `R` of 2; write six numbers in 0..1: {\"R\": 0.9, …} or [0.9, …]",
    );
}

#[test]
fn errors_name_the_path() {
    let items = Type::List(Box::new(Type::Record(RecordId(0))), 4);
    refuses(
        items.clone(),
        r#"[{"name": "a"}, {"name": 5}]"#,
        "`x[1].name`: expected string<8>, found the number `5`; write a string in quotes",
    );
    refuses(
        items.clone(),
        r#"[{"name": "a"}, {}]"#,
        "`x[1].name`: expected string<8>, found nothing; add the field `name`",
    );
    refuses(
        items.clone(),
        r#"[{"nam": "a"}]"#,
        "`x[0]`: expected a field of Item, found the unknown field `nam`; did you mean `name`?",
    );
    refuses(
        items.clone(),
        r#"[{"name": "a", "name": "b"}]"#,
        "`x[0]`: expected one value, found the field `name` twice; remove one of them",
    );
    refuses(
        Type::List(Box::new(Type::Int), 2),
        "[1, 2, 3]",
        "`x`: expected list<int, 2>, found a longer list; at most 2 elements fit",
    );
    refuses(
        items,
        "null",
        "`x`: expected list<Item, 4>, found null; write a list in brackets",
    );
    let nested = Type::List(Box::new(Type::List(Box::new(Type::Int), 2)), 2);
    refuses(
        nested,
        "[[1], [true]]",
        "`x[1][0]`: expected int, found a bool; write a JSON number: 42",
    );
}

#[test]
fn what_is_not_json_is_an_error() {
    for text in ["", "{", "nul", "{\"x\": NaN}", "{\"x\": 1} 2", "\u{0}"] {
        let error = read(&Type::Int, text).unwrap_err();
        assert_eq!(error.expected, "JSON", "{text:?}");
    }
    assert_eq!(
        read(&Type::Int, "[]").unwrap_err().to_string(),
        "expected input, found a list"
    );
}

#[test]
fn deep_nesting_and_large_inputs_are_refused() {
    let deep = format!("{{\"x\": {}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert!(read(&Type::Attributes, &deep).is_err());
    assert!(read(&Type::Int, &deep).is_err());
    let large = format!("{{\"x\": \"{}\"}}", "a".repeat(INPUT_JSON_BYTES_MAX));
    assert_eq!(
        read(&Type::String(8), &large).unwrap_err().help.unwrap(),
        "send less"
    );
}

#[test]
fn short_json_cannot_ask_for_unbounded_memory() {
    // Each `{}` of two bytes is a record of 4,000 bytes.
    let wide = (0..250)
        .map(|i| (format!("f{i}").into(), option(Type::Int)))
        .collect();
    let wide = RecordDef::new("Wide", wide, &[]);
    let list = Type::List(Box::new(Type::Record(RecordId(0))), 10_000);
    let program = programs::with_types(vec![wide], Vec::new(), vec![("x", list)]);
    let json = format!("{{\"x\": [{}{{}}]}}", "{},".repeat(9_999));
    let error = Encoder::new(&program).encode_str(&json).unwrap_err();
    assert_eq!(error.expected, format!("at most {INPUT_BYTES_MAX} bytes"));
}

#[test]
fn equal_texts_are_one_and_those_of_the_pool_are_the_pools() {
    let texts = Type::List(Box::new(Type::String(64)), 100);
    let mut program = programs::program(vec![("x", texts)]);
    let known = programs::pool_text(&mut program, "known");
    let json = json!({ "x": (0..40).map(|i| match i % 4 {
        0 => "known".to_owned(),
        1 => String::new(),
        _ => format!("text {}", i / 8),
    }).collect::<Vec<_>>() });
    let input = encode(&program, &json).unwrap();
    // known and the empty text are not among them.
    assert_eq!(input.texts.len(), 5);
    let base = program.input_base;
    let list = Handle(value::word(&input.bytes, 0).unwrap());
    let element = |i: u32| value::word(&input.bytes, list.address() - base + 8 * i).unwrap();
    assert_eq!(list.length(), 40);
    assert_eq!(element(0), known.0);
    assert_eq!(element(1), 0);
    assert_eq!(element(2), element(3));
    assert_eq!(element(2), element(6));
    assert_ne!(element(2), element(10));
}

#[test]
fn memory_is_reused_and_nothing_of_an_old_input_stays() {
    let program = with(Type::List(Box::new(Type::String(64)), 100));
    let encoder = Encoder::new(&program);
    let mut reused = encoder
        .encode_str(r#"{"x": ["a long text", "another", "b"]}"#)
        .unwrap();
    encoder.encode_into(r#"{"x": ["b"]}"#, &mut reused).unwrap();
    assert_eq!(reused, encoder.encode_str(r#"{"x": ["b"]}"#).unwrap());
    assert!(encoder.encode_into(r#"{"x": [1]}"#, &mut reused).is_err());
    assert_eq!(reused.program, ProgramId::default());
}

/// Puts something else in one place of a document.
fn disturb(json: &mut serde_json::Value, random: &mut crate::testing::generate::Random) {
    use serde_json::Value as Json;

    let inside = !random.once_in(3);
    match json {
        Json::Object(map) if inside && !map.is_empty() => {
            let at = usize::try_from(random.below(map.len() as u64)).unwrap();
            let key = map.keys().nth(at).unwrap().clone();
            match random.below(6) {
                0 => drop(map.remove(&key)),
                1 => drop(map.insert(format!("{key}_"), json!(1))),
                _ => disturb(&mut map[&key], random),
            }
        }
        Json::Array(items) if inside && !items.is_empty() => {
            let at = usize::try_from(random.below(items.len() as u64)).unwrap();
            match random.below(6) {
                0 => items.extend(vec![items[at].clone(); 20]),
                _ => disturb(&mut items[at], random),
            }
        }
        other => {
            let strange = [
                json!(null),
                json!(true),
                json!(-1),
                json!(1e300),
                json!(0.123_456_789_012_345_68),
                json!("0.1234567890123456789"),
                json!("x".repeat(3000)),
                json!("170141183460469231731687303715884105728 EUR"),
                json!("-9223372036854775809ns"),
                json!("9999-12-30T22:00:00.999999999Z"),
                json!("did:e:\u{0}"),
                json!([[[[]]]]),
                json!({"amount": {"amount": 1}, "currency": "EUR"}),
                json!({"R": 1, "R ": 2}),
                json!([0, 0, 0, 0, 0, 0, 0]),
            ];
            *other = random.pick(&strange).clone();
        }
    }
}

fn decoded(program: &Program, input: &Input) -> value::Value {
    let mut memory = program.pool.bytes.clone();
    memory.resize(program.input_base as usize, 0);
    memory.extend_from_slice(&input.bytes);
    let record = Type::Record(program.input);
    value::load(program, &memory, &record, program.input_base).unwrap()
}

#[test]
fn decoding_undoes_encoding() {
    for seed in 0..500 {
        let case = crate::testing::generate::case(seed, 2);
        let program = &case.program;
        for run in &case.runs {
            let value = decoded(program, &run.input);
            // The keys of maps may have come in another order, and with them texts.
            let encoder = Encoder::new(program);
            let sorted = encoder.encode_str(&value.to_json().to_string()).unwrap();
            assert_eq!(
                decoded(program, &sorted),
                value,
                "seed {seed}: {}",
                run.json
            );
            let again = encoder.encode_str(&decoded(program, &sorted).to_json().to_string());
            assert_eq!(again, Ok(sorted), "seed {seed}: {}", run.json);
        }
    }
}

#[test]
fn any_json_is_an_input_or_an_error_with_its_place() {
    let mut refused = 0;
    for seed in 0..2_000 {
        let mut random = crate::testing::generate::Random::new(seed);
        let case = crate::testing::generate::case(seed / 4, 1);
        let encoder = Encoder::new(&case.program);
        let mut json: serde_json::Value = serde_json::from_str(&case.runs[0].json).unwrap();
        disturb(&mut json, &mut random);
        if let Err(error) = encoder.encode(&json) {
            refused += 1;
            assert!(
                !error.expected.is_empty() && !error.found.is_empty(),
                "{error:?}"
            );
            let field = error.path.split(['.', '[']).next().unwrap();
            let known = json.get(field).is_some() || error.found == "nothing";
            assert!(error.path.is_empty() || known, "{error} in {json}");
        }
    }
    assert!(refused > 1_000, "{refused} of 2000");
}

#[test]
fn maps_are_objects_whose_keys_differ() {
    let map = |key, value, bound| Type::Map(Box::new(key), Box::new(value), bound);
    let numbers = map(Type::String(4), Type::Int, 3);
    accepts(
        numbers.clone(),
        r#"{"b": 2, "a": 1}"#,
        "{ \"a\": 1, \"b\": 2 }",
    );
    accepts(numbers.clone(), "{}", "{}");
    accepts(
        map(Type::Did, map(Type::String(4), Type::Bool, 2), 2),
        r#"{"did:e:b": {}, "did:e:a": {"\u0061/b": true}}"#,
        "{ \"did:e:a\": { \"a/b\": true }, \"did:e:b\": {} }",
    );
    for (json, expected) in [
        (
            r#"{"a": 1, "a": 1}"#,
            "`x`: expected one value, found the key `a` twice; remove one of them",
        ),
        (
            r#"{"a": 1, "\u0061": 2}"#,
            "`x`: expected one value, found the key `a` twice; remove one of them",
        ),
        (
            r#"{"a": 1, "b": 2, "c": 3, "d": 4}"#,
            "`x`: expected map<string<4>, int, 3>, found a larger map; at most 3 entries fit",
        ),
        (
            r#"{"a": "x"}"#,
            "`x[\"a\"]`: expected int, found the string `x`; write a JSON number: 42",
        ),
        (
            r#"{"abcde": 1}"#,
            "`x[\"abcde\"]`: expected string<4>, found a string of 5 bytes; at most 4 bytes of UTF-8 fit",
        ),
        (
            "[]",
            "`x`: expected map<string<4>, int, 3>, found a list; write an object: each of its names is a key",
        ),
        (
            "null",
            "`x`: expected map<string<4>, int, 3>, found null; write an object: each of its names is a key",
        ),
    ] {
        refuses(numbers.clone(), json, expected);
    }
}
