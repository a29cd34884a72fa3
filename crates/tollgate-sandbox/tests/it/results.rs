//! What a call comes to is recorded: that it starts before it changes anything, and its result after.

use std::sync::Arc;

use tollgate_sandbox::{
    CallDecision, CallRecord, CallResult, CallSink, CallTarget, Digest, Effect, Execution, Failure,
    Grant, HostError, HostFunctions, Journal, PathGrant, Returned, Signature, Taken, Tariff, Value,
    ValueType,
};

use crate::guest::{FOREVER, core, execution};
use crate::puppet::{Puppet, errno, flag};

fn granted(execution: &mut Execution, folder: &tempfile::TempDir) {
    let grant = PathGrant::mapped(folder.path(), "/data");
    execution.grant.read.push(grant.clone());
    execution.grant.write.push(grant);
}

/// A record in one line, without the decision of the grant.
fn said(record: &CallRecord) -> Option<String> {
    let CallTarget::Path(path) = &record.target else {
        panic!("{record:?}");
    };
    let step = match &record.decision {
        CallDecision::Allowed { .. } => return None,
        CallDecision::Started => String::from("starts"),
        CallDecision::Returned { effect, result } => format!("{effect:?} {result:?}"),
        other => panic!("{other:?}"),
    };
    Some(format!("{} {path}: {step}", record.name))
}

/// What a guest does, to which a file is open.
type Act = fn(&mut Puppet, i32) -> Result<(), i32>;

/// What changes something, the function that does it, and the name it changes. `f` and `d` are there, and `f` is open.
const EFFECTS: [(&str, &str, Act); 12] = [
    ("path_open", "new", |guest, _| {
        guest.open(3, "new", flag::CREAT, flag::WRITE).map(drop)
    }),
    ("fd_write", "f", |guest, file| {
        guest.write(file, b"other").map(drop)
    }),
    ("fd_pwrite", "f", |guest, file| {
        match guest.try_write(file, b"other", 1).unwrap() {
            0 => Ok(()),
            errno => Err(errno),
        }
    }),
    ("fd_filestat_set_size", "f", |guest, file| {
        guest.set_size(file, 1)
    }),
    ("fd_filestat_set_times", "f", |guest, file| {
        guest.set_times_of(file)
    }),
    ("path_create_directory", "e", |guest, _| guest.mkdir(3, "e")),
    ("path_symlink", "l", |guest, _| guest.symlink("f", 3, "l")),
    ("path_link", "g", |guest, _| guest.link((3, "f"), (3, "g"))),
    ("path_rename", "g", |guest, _| {
        guest.rename((3, "f"), (3, "g"))
    }),
    ("path_unlink_file", "f", |guest, _| guest.unlink(3, "f")),
    ("path_remove_directory", "d", |guest, _| guest.rmdir(3, "d")),
    ("path_open", "f", |guest, _| {
        guest.open(3, "f", flag::TRUNC, flag::WRITE).map(drop)
    }),
];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), "text").unwrap();
    std::fs::create_dir(folder.path().join("d")).unwrap();
    folder
}

/// What is in the folder: names, content of files, and when those were changed.
fn content(folder: &tempfile::TempDir) -> Vec<(String, Option<String>, std::time::SystemTime)> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut all: Vec<_> = entries
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let modified = entry.metadata().unwrap().modified().unwrap();
            (name, std::fs::read_to_string(entry.path()).ok(), modified)
        })
        .collect();
    all.sort();
    all
}

#[test]
fn an_effect_is_recorded_before_and_after() {
    for (name, changed, act) in EFFECTS {
        let folder = folder();
        let journal = Arc::new(Journal::default());
        let mut guest = Puppet::new(|execution| {
            granted(execution, &folder);
            execution.calls = Some(journal.clone());
        });
        let file = guest.open(3, "f", 0, flag::WRITE).unwrap();
        journal.drain();
        act(&mut guest, file).unwrap();
        let records = journal.drain();
        let said: Vec<_> = records.iter().filter_map(said).collect();
        let of = |step: &str| format!("{name} /data/{changed}: {step}");
        let result = match name {
            "fd_write" | "fd_pwrite" => "Some Done(Count(5))",
            _ => "Some Done(Nothing)",
        };
        assert_eq!(said, [of("starts"), of(result)]);
    }
}

#[test]
fn what_cannot_be_kept_does_not_start() {
    struct NoStart;
    impl CallSink for NoStart {
        fn take(&self, record: &CallRecord) -> Taken {
            match record.decision {
                CallDecision::Started => Taken::Refused,
                _ => Taken::Kept,
            }
        }
    }
    for (name, _, act) in EFFECTS {
        let folder = folder();
        let before = content(&folder);
        let mut guest = Puppet::new(|execution| {
            granted(execution, &folder);
            // To open a file to write it starts as well.
            execution.calls = Some(Arc::new(OnceAllowed::default()));
        });
        let file = guest.open(3, "f", 0, flag::WRITE).unwrap();
        assert_eq!(act(&mut guest, file), Err(errno::NOTCAPABLE), "{name}");
        assert_eq!(content(&folder), before, "{name}");
        let violations = guest.violations();
        assert!(
            violations[0].contains("what is not kept does not happen"),
            "{violations:?}"
        );
    }
    let mut guest = execution(PAYS, core("pay", &[]));
    guest.host = host(Ok(vec![]));
    guest.calls = Some(Arc::new(NoStart));
    let outcome = guest.run_blocking();
    assert!(
        matches!(outcome.result, Err(Failure::Denied(_))),
        "{outcome:?}"
    );
}

/// Keeps that one call starts, and no other.
#[derive(Default)]
struct OnceAllowed(std::sync::atomic::AtomicBool);

impl CallSink for OnceAllowed {
    fn take(&self, record: &CallRecord) -> Taken {
        let starts = record.decision == CallDecision::Started;
        if starts && self.0.swap(true, std::sync::atomic::Ordering::Relaxed) {
            Taken::Refused
        } else {
            Taken::Kept
        }
    }
}

#[test]
fn what_only_looks_is_recorded_after_alone() {
    let looks: [(&str, &str, Act); 4] = [
        ("path_open", "f", |guest, _| {
            guest.open(3, "f", 0, flag::READ).map(drop)
        }),
        ("path_filestat_get", "f", |guest, _| {
            guest.stat(3, 0, "f").map(drop)
        }),
        ("path_readlink", "l", |guest, _| {
            guest.readlink(3, "l").map(drop)
        }),
        ("fd_readdir", "", |guest, _| guest.names(3, 512).map(drop)),
    ];
    let folder = folder();
    std::os::unix::fs::symlink("f", folder.path().join("l")).unwrap();
    let journal = Arc::new(Journal::default());
    let mut guest = Puppet::new(|execution| {
        granted(execution, &folder);
        execution.calls = Some(journal.clone());
    });
    for (name, path, look) in looks {
        look(&mut guest, 0).unwrap();
        let records = journal.drain();
        let [allowed, ended] = &records[..] else {
            panic!("{name}: {records:?}");
        };
        assert_eq!((&*ended.name, &ended.target), (name, &allowed.target));
        let path = format!("/data/{path}");
        let expected = CallTarget::Path(path.trim_end_matches('/').to_owned());
        assert_eq!(ended.target, expected);
        let CallDecision::Returned {
            effect: Effect::None,
            result: CallResult::Done(returned),
        } = &ended.decision
        else {
            panic!("{name}: {ended:?}");
        };
        match (name, returned) {
            ("path_open", returned) => assert_eq!(*returned, Returned::Nothing),
            ("path_readlink", Returned::Bytes { bytes, digest }) => {
                assert_eq!((*bytes, *digest), (1, Digest::of(b"f")));
            }
            (_, Returned::Bytes { bytes, .. }) => assert!(*bytes > 0),
            (_, other) => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn what_fails_is_recorded_with_the_number_of_the_error() {
    let folder = folder();
    let journal = Arc::new(Journal::default());
    let mut guest = Puppet::new(|execution| {
        granted(execution, &folder);
        execution.calls = Some(journal.clone());
    });
    assert_eq!(guest.mkdir(3, "d"), Err(errno::EXIST));
    let records = journal.drain();
    let said: Vec<_> = records.iter().filter_map(said).collect();
    let name = "path_create_directory /data/d";
    assert_eq!(
        said,
        [
            format!("{name}: starts"),
            format!("{name}: Some Failed(\"os error 17\")"),
        ]
    );
}

const PAYS: &str = r#"(module
    (import "bank" "pay" (func $pay (result i64)))
    (func (export "pay") (result i64) (call $pay)))"#;

fn host(returns: Result<Vec<Value>, HostError>) -> Arc<HostFunctions> {
    let mut host = HostFunctions::new();
    let signature = Signature::new(vec![], vec![ValueType::I64]);
    host.register("bank", "pay", signature, Tariff::CHEAP, move |_, _| {
        returns.clone()
    })
    .unwrap();
    Arc::new(host)
}

/// The last record of a guest that calls `bank.pay`.
fn paid(host: Arc<HostFunctions>) -> CallDecision {
    let journal = Arc::new(Journal::default());
    let mut guest = execution(PAYS, core("pay", &[]));
    guest.host = host;
    guest.calls = Some(journal.clone());
    drop(guest.run_blocking());
    let mut records = journal.drain();
    assert_eq!(records.len(), 3, "{records:?}");
    assert_eq!(records[1].decision, CallDecision::Started);
    records.remove(2).decision
}

#[test]
fn what_a_function_returned_is_recorded_as_its_digest_and_what_it_said_is_not() {
    let effect = Effect::Some;
    let returned = |value| paid(host(Ok(vec![Value::I64(value)])));
    let CallDecision::Returned {
        result: CallResult::Done(Returned::Bytes { bytes, .. }),
        ..
    } = returned(7)
    else {
        panic!("{:?}", returned(7));
    };
    assert!(bytes > 0);
    assert_eq!(returned(7), returned(7));
    assert_ne!(returned(7), returned(8));
    let mut typed = HostFunctions::new();
    typed
        .register_typed("bank", "pay", Tariff::CHEAP, |_, ()| Ok(7i64))
        .unwrap();
    assert_eq!(paid(Arc::new(typed)), returned(7));
    let failed = paid(host(Err(HostError::failed("the key is hunter2"))));
    let result = CallResult::Failed(String::from("host-error"));
    assert_eq!(failed, CallDecision::Returned { effect, result });
}

#[tokio::test]
async fn a_call_that_was_ended_in_the_middle_has_started_and_has_no_result() {
    let begun = Arc::new(tokio::sync::Notify::new());
    let tells = begun.clone();
    let mut host = HostFunctions::new();
    let signature = Signature::new(vec![], vec![ValueType::I64]);
    host.register_async("bank", "pay", signature, Tariff::CHEAP, move |_, _| {
        tells.notify_one();
        Box::pin(std::future::pending())
    })
    .unwrap();
    let journal = Arc::new(Journal::default());
    let mut guest = execution(PAYS, core("pay", &[]));
    guest.host = Arc::new(host);
    guest.calls = Some(journal.clone());
    guest.grant = Grant::none();
    guest.limits.wall = FOREVER;
    let outcome = guest.run_until(begun.notified()).await;
    assert_eq!(outcome.result, Err(Failure::Cancelled));
    let records = journal.drain();
    let last = records.last().map(|record| &record.decision);
    assert_eq!((records.len(), last), (2, Some(&CallDecision::Started)));
}
