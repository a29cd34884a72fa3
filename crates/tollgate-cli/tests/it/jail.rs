//! `--jail`: the system's own walls around the guest, in force in every thread, and what happens where they are missing.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::command::{guest, run, tollgate};

#[test]
fn a_run_does_everything_it_was_granted_with_every_layer_required() {
    for profile in ["--profile=metered", "--profile=timed", "--profile=isolated"] {
        let arguments = [
            profile,
            "--jail=require",
            "--allow-read=data",
            "--report=report.json",
            "--",
            "data",
        ];
        let ran = run(std::iter::once(&*guest("wordstat")).chain(arguments))
            .file("data/a.txt", "one two two")
            .ends_with(0);
        assert!(ran.stdout.contains("words 3"), "{}", ran.stdout);
        assert!(ran.files().contains(&String::from("report.json")));
    }
}

#[test]
fn the_doctor_lists_the_layers() {
    let ran = tollgate(["doctor", "--format=json"]).ends_with(0);
    let checks = ran.json()["checks"].clone();
    let jail = checks
        .as_array()
        .expect("checks")
        .iter()
        .find(|check| check["name"] == "jail")
        .expect("a check of the jail")
        .clone();
    let detail = jail["detail"].as_str().expect("a text");
    assert!(detail.contains("system-calls"), "{detail}");
}

#[test]
fn every_thread_of_a_run_is_in_the_jail() {
    let mut running = Running::start(&[&guest("spin"), "--gas=1000G", "--timeout=60s"]);
    let tasks = running.tasks_in_the_jail();
    for status in tasks {
        for line in ["NoNewPrivs:\t1", "Seccomp:\t2", "CapInh:\t0000000000000000"] {
            assert!(status.contains(line), "{line}: {status}");
        }
    }
}

#[test]
fn without_a_jail_there_is_none() {
    let arguments = [
        &*guest("spin"),
        "--gas=1000G",
        "--timeout=60s",
        "--jail=off",
    ];
    let mut running = Running::start(&arguments);
    let name = running.wait_for_the_guest();
    let status = std::fs::read_to_string(name.join("status")).expect("a running process");
    assert!(status.contains("Seccomp:\t0"), "{status}");
}

/// A run that goes on until it is dropped.
struct Running(Child);

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .arg("run")
            .args(arguments)
            .arg("--no-cache")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("tollgate starts");
        Self(child)
    }

    fn folder(&self) -> PathBuf {
        Path::new("/proc").join(self.0.id().to_string())
    }

    /// What the system says of each thread, once the first has closed its jail.
    fn tasks_in_the_jail(&mut self) -> Vec<String> {
        let status = self.folder().join("status");
        self.until(|| {
            std::fs::read_to_string(&status).is_ok_and(|status| status.contains("Seccomp:\t2"))
        });
        let tasks = std::fs::read_dir(self.folder().join("task")).expect("threads");
        let tasks: Vec<String> = tasks
            .flatten()
            .filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok())
            .collect();
        assert!(!tasks.is_empty());
        tasks
    }

    /// Waits until the guest has worked for a while: then everything that comes before is done.
    fn wait_for_the_guest(&mut self) -> PathBuf {
        let stat = self.folder().join("stat");
        // User time, in hundredths of a second. Loading takes less.
        let worked = || {
            let stat = std::fs::read_to_string(&stat).ok()?;
            stat.rsplit(") ")
                .next()?
                .split(' ')
                .nth(11)?
                .parse::<u64>()
                .ok()
        };
        self.until(|| worked().is_some_and(|time| time > 150));
        self.folder()
    }

    fn until(&mut self, reached: impl Fn() -> bool) {
        while !reached() {
            assert!(
                self.0.try_wait().expect("a child").is_none(),
                "the run ended"
            );
            std::thread::yield_now();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }
}

/// The command where the system gives no more namespaces, as in many containers.
fn without_namespaces(arguments: &[&str]) -> std::process::Output {
    const SCRIPT: &str = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"";
    Command::new("unshare")
        .args(["-rU", "sh", "-c", SCRIPT, "sh"])
        .arg(env!("CARGO_BIN_EXE_tollgate"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("util-linux has `unshare`")
}

#[test]
fn a_layer_that_is_missing_is_named_when_it_is_required_and_done_without_otherwise() {
    if !Command::new("unshare")
        .args(["-rU", "true"])
        .status()
        .is_ok_and(|status| status.success())
    {
        assert!(
            std::env::var_os("CI").is_none(),
            "this system has no namespaces to take away"
        );
        eprintln!("SKIPPED: this system has no namespaces to take away");
        return;
    }
    let add = guest("add");
    let arguments = |jail| {
        [
            "run",
            &add,
            "--no-cache",
            "--profile=isolated",
            jail,
            "--invoke=add",
            "--",
            "2",
            "3",
        ]
    };
    let required = without_namespaces(&arguments("--jail=require"));
    let said = String::from_utf8_lossy(&required.stderr);
    assert_eq!(required.status.code(), Some(78), "{said}");
    assert!(said.contains("`namespaces`, which is required"), "{said}");
    assert!(said.contains("`--jail=best`"), "{said}");
    let best = without_namespaces(&arguments("--jail=best"));
    assert_eq!(best.stdout, b"5\n", "{best:?}");
    let doctor = without_namespaces(&["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(said.contains("this system lacks: namespaces"), "{said}");
}
