//! `run --receipt`, `verify` and `key`, as two people use them who do not share a machine.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{Ran, Tollgate, guest, run, tollgate};

/// A folder for keys, in a folder that is gone with this.
struct Keys(TempDir);

impl Keys {
    /// With a key of this name.
    fn with(name: &str) -> Self {
        let keys = Self(tempfile::tempdir().expect("a folder"));
        keys.does(&["key", "new", name]).ends_with(0);
        keys
    }

    fn folder(&self) -> std::path::PathBuf {
        self.0.path().join("keys")
    }

    fn used_by(&self, command: Tollgate) -> Tollgate {
        command.env("TOLLGATE_KEYS_DIR", &self.folder().to_string_lossy())
    }

    fn does(&self, arguments: &[&str]) -> Tollgate {
        self.used_by(tollgate(arguments.iter().copied()))
    }

    /// What others trust.
    fn list(&self) -> String {
        self.does(&["key", "list"]).ends_with(0).stdout
    }

    /// A receipt of a run of `hello`, signed by `key`.
    fn receipt(&self, key: &str) -> String {
        let hello = guest("hello");
        let arguments = [&*hello, "--no-stdin", "--receipt=r", "--key", key];
        self.used_by(run(arguments)).ends_with(0).text("r")
    }
}

/// What `verify` says of receipts to somebody who trusts these keys.
fn verified(receipts: &str, trusted: &str) -> Ran {
    tollgate(["verify", "r", "--trust=trusted"])
        .file("r", receipts)
        .file("trusted", trusted)
        .ends()
}

fn mode(path: &Path) -> u32 {
    let metadata = std::fs::symlink_metadata(path).expect("it is there");
    metadata.permissions().mode() & 0o777
}

#[test]
fn a_receipt_is_verified_by_who_trusts_its_key_alone() {
    let (ours, others) = (Keys::with("ours"), Keys::with("others"));
    let receipt = ours.receipt("ours");
    let trusting = verified(&receipt, &ours.list());
    assert_eq!(trusting.code, 0, "{}", trusting.stderr);
    let expected = "r:1: verified: receipt 0 of ours (the first): sha256:";
    assert!(trusting.stdout.starts_with(expected), "{}", trusting.stdout);
    assert!(
        trusting.stdout.contains("exit code 0"),
        "{}",
        trusting.stdout
    );
    // Who does not know the signer has not verified anything.
    let unknowing = verified(&receipt, &others.list());
    assert_eq!(unknowing.code, 67, "{}", unknowing.stdout);
    assert!(unknowing.stdout.starts_with("r:1: unknown signer: "));
    let forged = receipt.replacen("\"payload\":\"e", "\"payload\":\"f", 1);
    let forged = verified(&forged, &ours.list());
    assert_eq!(forged.code, 65, "{}", forged.stdout);
    assert!(
        forged.stdout.starts_with("r:1: invalid: "),
        "{}",
        forged.stdout
    );
    // Without keys there is nothing to verify with.
    tollgate(["verify", "r"]).file("r", &receipt).ends_with(64);
}

#[test]
fn programs_get_the_record_of_what_is_verified_and_of_nothing_else() {
    let keys = Keys::with("ci");
    let receipt = keys.receipt("ci");
    let read = |trusted: &str, code| -> Value {
        tollgate(["verify", "-", "--trust=trusted", "--format=json"])
            .file("trusted", trusted)
            .input(receipt.clone())
            .ends_with(code)
            .json()
    };
    let good = &read(&keys.list(), 0)[0];
    assert_eq!(good["result"], "verified");
    let record = &good["receipt"]["record"];
    assert_eq!(record["output"]["stdout"]["bytes"], "13");
    assert_eq!(record["engine"]["gas"], "fuel wasmtime-48, host prices 2");
    assert_eq!(record["grant"]["stdin"], "empty");
    assert!(record["calls"]["digest"].is_string(), "{record:#}");
    let unknown = &read("", 67)[0];
    assert_eq!(unknown["result"], "unknown_signer");
    assert!(!unknown.to_string().contains("stdout"), "{unknown:#}");
}

#[test]
fn a_revoked_key_verifies_nothing_and_signs_nothing() {
    let keys = Keys::with("ci");
    let receipt = keys.receipt("ci");
    let before = keys.list();
    let revoked = keys.does(&["key", "revoke", "ci"]).ends_with(0).stdout;
    assert_eq!(revoked, format!("revoked {before}"));
    assert_eq!(keys.list(), revoked);
    let ran = verified(&receipt, &(before + &revoked));
    assert_eq!(ran.code, 77, "{}", ran.stdout);
    assert!(!keys.folder().join("ci.secret").exists());
    let hello = guest("hello");
    let refused = keys
        .used_by(run([&*hello, "--no-stdin", "--receipt=r", "--key=ci"]))
        .ends_with(78);
    assert!(refused.stderr.contains("is revoked"), "{}", refused.stderr);
    // Its name stays its name.
    keys.does(&["key", "new", "ci"]).ends_with(78);
    keys.does(&["key", "revoke", "ci"]).ends_with(0);
}

#[test]
fn several_receipts_are_a_chain_that_says_where_it_breaks() {
    let keys = Keys::with("ci");
    let all: Vec<String> = (0..3).map(|_| keys.receipt("ci")).collect();
    let trusted = keys.list();
    let whole = verified(&all.concat(), &trusted);
    assert_eq!(whole.code, 0, "{}", whole.stdout);
    let cut = verified(&(all[0].clone() + &all[2]), &trusted);
    assert_eq!(cut.code, 65, "{}", cut.stdout);
    assert!(
        cut.stdout.contains("r:2: broken chain: ") && cut.stdout.contains("receipt 1 is to follow"),
        "{}",
        cut.stdout
    );
    // One alone says that it is one of several.
    let later = verified(&all[1], &trusted);
    assert_eq!(later.code, 0, "{}", later.stdout);
    assert!(later.stdout.contains("those before it are not here"));
    // The worst decides.
    let mixed = verified(
        &format!("{}{}x\n", all[0], Keys::with("x").receipt("x")),
        &trusted,
    );
    assert_eq!(mixed.code, 65, "{}", mixed.stdout);
    let nothing = verified("", &trusted);
    assert_eq!(nothing.code, 65, "{}", nothing.stdout);
}

#[test]
fn runs_at_the_same_time_have_a_chain_without_a_break() {
    let keys = Keys::with("ci");
    let receipts: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6).map(|_| scope.spawn(|| keys.receipt("ci"))).collect();
        let ended = runs.into_iter().map(|run| run.join().expect("it ends"));
        ended.collect()
    });
    // Each receipt says its place, so they can be put in order.
    let mut placed: Vec<(u64, String)> = receipts
        .into_iter()
        .map(|receipt| {
            let ran = tollgate(["verify", "r", "--trust=trusted", "--format=json"])
                .file("r", &receipt)
                .file("trusted", keys.list())
                .ends_with(0);
            let sequence = ran.json()[0]["receipt"]["place"]["sequence"].clone();
            let sequence = sequence.as_str().expect("a number").parse();
            (sequence.expect("a number"), receipt)
        })
        .collect();
    placed.sort();
    let chain: String = placed.into_iter().map(|(_, receipt)| receipt).collect();
    let whole = verified(&chain, &keys.list());
    assert_eq!(whole.code, 0, "{}", whole.stdout);
}

#[test]
fn every_way_a_run_ends_leaves_a_receipt() {
    let keys = Keys::with("default");
    for profile in ["metered", "isolated", "timed"] {
        let spin = guest("spin");
        let profile = format!("--profile={profile}");
        let limits = ["--gas=1M", "--timeout=1s", "--no-stdin"];
        let arguments = [&*spin, &*profile, "--receipt=r"].into_iter().chain(limits);
        let ran = keys.used_by(run(arguments)).ends();
        let receipt = verified(&ran.text("r"), &keys.list());
        assert_eq!(receipt.code, 0, "{}", receipt.stdout);
        assert!(
            receipt.stdout.contains("limit-exceeded of "),
            "{}",
            receipt.stdout
        );
    }
}

#[test]
fn keys_are_files_of_their_owner_alone() {
    let keys = Keys::with("ci");
    let folder = keys.folder();
    assert_eq!(mode(&folder), 0o700);
    for file in ["ci.secret", "ci.chain"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
    let secret = folder.join("ci.secret");
    let text = std::fs::read_to_string(&secret).expect("a file");
    let digits = text.trim().rsplit(':').next().expect("digits");
    assert!(!keys.list().contains(digits));
    // A name that is there is not made again.
    keys.does(&["key", "new", "ci"]).ends_with(78);
    assert_eq!(std::fs::read_to_string(&secret).expect("a file"), text);
    let hello = guest("hello");
    let refused = |says: &str| {
        let arguments = [&*hello, "--no-stdin", "--receipt=r", "--key=ci"];
        let ran = keys.used_by(run(arguments)).ends_with(78);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(!ran.stderr.contains(digits) && ran.files().is_empty());
    };
    let permit = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("ours");
    };
    permit(&secret, 0o640);
    refused("open to others");
    permit(&secret, 0o600);
    permit(&folder, 0o770);
    refused("can be written by others");
    permit(&folder, 0o700);
    let above = keys.0.path();
    permit(above, 0o777);
    refused("put another folder in the place of one in");
    let new = above.join("a/b/keys").display().to_string();
    let made = tollgate(["key", "new", "--keys", &new]).ends_with(78);
    assert!(made.stderr.contains("chmod go-w"), "{}", made.stderr);
    assert!(!above.join("a").exists(), "nothing is left");
    permit(above, 0o1777);
    assert!(
        keys.list().contains("ci"),
        "none can move what is another's"
    );
    permit(above, 0o700);
    let second = folder.join("second");
    std::fs::hard_link(&secret, &second).expect("a link");
    refused("second name");
    std::fs::rename(&second, folder.join("ci.txt")).expect("ours");
    std::fs::remove_file(&secret).expect("ours");
    symlink("ci.txt", &secret).expect("a link");
    refused("symbolic link");
    std::fs::remove_file(&secret).expect("ours");
    std::fs::write(&secret, "ed25519-secret:00").expect("a file");
    permit(&secret, 0o600);
    refused("not a secret key");
}

#[test]
fn a_key_that_is_not_there_is_made_by_what_is_said() {
    let keys = Keys(tempfile::tempdir().expect("a folder"));
    let hello = guest("hello");
    let arguments = [&*hello, "--no-stdin", "--receipt=r"];
    let refused = keys.used_by(run(arguments)).ends_with(66);
    assert!(
        refused.stderr.contains("`tollgate key new`"),
        "{}",
        refused.stderr
    );
    assert_eq!(keys.list(), "");
    keys.does(&["key", "new"]).ends_with(0);
    keys.used_by(run(arguments)).ends_with(0);
    for wrong in ["", "..", "a/b", "A"] {
        keys.does(&["key", "new", wrong]).ends_with(64);
    }
}

#[test]
fn a_guest_that_could_reach_the_keys_or_the_receipt_is_refused() {
    let keys = Keys::with("default");
    let hello = guest("hello");
    let folder = keys.folder();
    let outside = folder
        .parent()
        .expect("a folder")
        .to_string_lossy()
        .into_owned();
    let secret = folder.join("default.secret").to_string_lossy().into_owned();
    for grant in [
        format!("--allow-read={outside}"),
        format!("--allow-write={outside}"),
        format!("--allow-read={secret}"),
        String::from("--allow-read"),
        String::from("--allow-all"),
        String::from("--allow-write=."),
    ] {
        let arguments = [&*hello, "--no-stdin", "--receipt=r", &*grant];
        let refused = keys.used_by(run(arguments)).ends_with(64);
        assert!(
            refused.stderr.contains("the guest may"),
            "{}",
            refused.stderr
        );
        assert_eq!(refused.files(), Vec::<String>::new(), "{grant}");
    }
}

#[test]
fn a_receipt_is_not_written_over() {
    let keys = Keys::with("default");
    let hello = guest("hello");
    let ran = keys
        .used_by(run([&*hello, "--no-stdin", "--receipt=r"]))
        .file("r", "precious")
        .ends_with(74);
    assert_eq!(ran.text("r"), "precious");
    assert!(ran.stderr.contains("name another file"), "{}", ran.stderr);
}

#[test]
fn a_receipt_that_cannot_be_placed_is_said_and_there_is_none() {
    let keys = Keys::with("default");
    std::fs::write(keys.folder().join("default.chain"), "torn").expect("a file");
    let hello = guest("hello");
    let ran = keys
        .used_by(run([&*hello, "--no-stdin", "--receipt=r"]))
        .ends_with(74);
    assert_eq!(ran.stdout, "hello, world\n");
    assert!(
        ran.stderr.contains("the chain of the key"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.text("r"), "");
}

#[test]
fn a_file_of_trusted_keys_has_a_bound() {
    let large = "#\n".repeat(tollgate::limits::TRUST_BYTES_MAX / 2 + 1);
    let ran = verified("", &large);
    assert_eq!(ran.code, 65, "{}", ran.stderr);
    let wrong = verified("", "nonsense\n");
    assert_eq!(wrong.code, 78, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("line 1"), "{}", wrong.stderr);
}

#[test]
fn lines_that_are_no_receipts_are_told_together() {
    let keys = Keys::with("ci");
    let receipt = keys.receipt("ci");
    let ran = verified(&format!("# A title\n\ntext\n{receipt}more\n"), &keys.list());
    assert_eq!(ran.code, 65);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", ran.stdout);
    assert!(lines[0].starts_with("r:1: invalid: it is no receipt, which is a line of JSON"));
    assert_eq!(lines[1], "  2 lines after it are none either");
    assert!(lines[2].starts_with("r:4: verified"), "{}", ran.stdout);
    assert!(lines[3].starts_with("r:5: invalid"), "{}", ran.stdout);
}

/// Anybody may have written a file of receipts: it is told line by line, and what is no receipt is not quoted whole.
#[test]
fn what_is_no_receipt_is_told_in_few_words() {
    let long = format!(
        "{{\"payload\":\"\",\"payloadType\":\"{}\",\"signatures\":[]}}\n",
        "x".repeat(100_000)
    );
    for format in ["human", "json"] {
        let flag = format!("--format={format}");
        let ran = tollgate([
            "verify",
            "long",
            "empty",
            "nonsense",
            "--trust=trusted",
            &flag,
        ])
        .file("trusted", "")
        .file("long", &long)
        .file("empty", "")
        .file("nonsense", "x\n".repeat(1_000))
        .ends_with(65);
        assert!(
            ran.stdout.contains("there is no receipt in it"),
            "{}",
            ran.stdout
        );
        assert!(ran.stdout.len() < 400_000, "{}", ran.stdout.len());
        if format == "json" {
            let told: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
            assert_eq!(told.as_array().map(Vec::len), Some(1_002));
        }
    }
}
