//! `json-transform`: a core module that speaks the bytes ABI of `docs/abi.md`, JSON in and JSON out.
//!
//! The request names records and the steps to apply to them in order:
//!
//! ```json
//! { "records": [{"city": "Oslo", "kwh": 12.5}],
//!   "steps": [ {"filter": {"field": "kwh", "at_least": 10}}, {"rename": {"from": "kwh", "to": "energy"}},
//!              {"sort": {"field": "energy", "descending": true}}, {"keep": ["city"]}, {"limit": 10} ] }
//! ```
//!
//! The answer is `{"records": […], "count": n}` or `{"error": "…"}`. The module imports nothing: it needs no grant.

use std::cmp::Ordering;

use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    records: Vec<Map<String, Value>>,
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Step {
    Filter {
        field: String,
        at_least: Option<f64>,
        at_most: Option<f64>,
        equals: Option<Value>,
    },
    Rename {
        from: String,
        to: String,
    },
    Sort {
        field: String,
        #[serde(default)]
        descending: bool,
    },
    Keep(Vec<String>),
    Limit(usize),
}

/// Reserves `len` bytes and returns their address. Address 0 means that the memory limit is reached.
#[unsafe(no_mangle)]
pub extern "C" fn alloc(len: u32) -> u32 {
    let mut bytes: Vec<u8> = Vec::new();
    if bytes.try_reserve_exact(len.max(1) as usize).is_err() {
        return 0;
    }
    let address = bytes.as_mut_ptr() as u32;
    std::mem::forget(bytes);
    address
}

/// Gives back what `alloc` or `transform` returned.
///
/// # Safety
/// `ptr` and `len` are a pair that `alloc` or `transform` returned, given back once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(ptr: u32, len: u32) {
    // SAFETY: by the contract above the block was made with this address and this capacity (at least one byte).
    drop(unsafe { Vec::from_raw_parts(ptr as *mut u8, 0, len.max(1) as usize) });
}

/// Applies the request in memory at `ptr..ptr + len`, returns the address and length of the answer as `address << 32 | length`.
///
/// # Safety
/// `ptr..ptr + len` is initialised memory of this module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn transform(ptr: u32, len: u32) -> u64 {
    // SAFETY: by the contract above. Without input the pointer may be dangling, so an empty slice is made instead.
    let input = if len == 0 {
        &[]
    } else {
        unsafe { std::slice::from_raw_parts(ptr as *const u8, len as usize) }
    };
    give(answer(input).to_string().into_bytes())
}

fn give(bytes: Vec<u8>) -> u64 {
    // A boxed slice has no spare capacity, so `free` can rebuild it from its length alone.
    let bytes = bytes.into_boxed_slice();
    let len = bytes.len() as u64;
    let address = Box::into_raw(bytes) as *mut u8 as u32;
    u64::from(address) << 32 | len
}

fn answer(input: &[u8]) -> Value {
    match serde_json::from_slice::<Request>(input) {
        Ok(request) => {
            let records = request.steps.iter().fold(request.records, apply);
            json!({ "count": records.len(), "records": records })
        }
        Err(error) => json!({ "error": error.to_string() }),
    }
}

fn apply(mut records: Vec<Map<String, Value>>, step: &Step) -> Vec<Map<String, Value>> {
    match step {
        Step::Filter {
            field,
            at_least,
            at_most,
            equals,
        } => records.retain(|record| {
            let value = record.get(field);
            let number = value.and_then(Value::as_f64);
            at_least.is_none_or(|bound| number.is_some_and(|n| n >= bound))
                && at_most.is_none_or(|bound| number.is_some_and(|n| n <= bound))
                && equals.as_ref().is_none_or(|wanted| value == Some(wanted))
        }),
        Step::Rename { from, to } => {
            for record in &mut records {
                if let Some(value) = record.remove(from) {
                    record.insert(to.clone(), value);
                }
            }
        }
        Step::Sort { field, descending } => {
            records.sort_by(|a, b| order(a.get(field), b.get(field)));
            if *descending {
                records.reverse();
            }
        }
        Step::Keep(fields) => {
            for record in &mut records {
                record.retain(|name, _| fields.contains(name));
            }
        }
        Step::Limit(n) => records.truncate(*n),
    }
    records
}

/// Numbers by size, texts alphabetically, everything else (missing fields first) as equal.
fn order(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(Value::String(a)), Some(Value::String(b))) => a.cmp(b),
        (Some(a), Some(b)) => a
            .as_f64()
            .partial_cmp(&b.as_f64())
            .unwrap_or(Ordering::Equal),
    }
}
