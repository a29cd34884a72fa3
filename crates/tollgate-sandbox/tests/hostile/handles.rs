//! Attacks on files in several steps: what was decided about a name, a link or a folder is changed before it is used.

use std::path::Path;

use tollgate_sandbox::{LimitKind, PathGrant};

use super::{
    End, Suite,
    scene::{Scene, Thing},
};

/// A guest that takes one step after the other, with a buffer of 60,000 bytes. Its texts lie behind one another from [`TEXTS`] on; the folder that was granted
/// is [`FOLDER`], and a handle that was opened is kept for the next steps.
struct Steps {
    fields: String,
    body: String,
    at: usize,
}

const TEXTS: usize = 1_024;
const FOLDER: &str = "(i32.const 3)";
/// The handle that was opened last.
const HANDLE: &str = "(local.get $i)";
const IMPORTS: &str = "path_open,path_create_directory,path_rename,path_link,path_symlink,path_unlink_file,path_remove_directory,fd_read,fd_write,fd_readdir,fd_filestat_set_size,proc_exit";

fn steps() -> Steps {
    let buffer =
        "(i32.store (i32.const 16) (i32.const 65536)) (i32.store (i32.const 20) (i32.const 60000))";
    Steps {
        fields: String::new(),
        body: buffer.to_owned(),
        at: 0,
    }
}

impl Steps {
    fn text(&mut self, text: &str) -> String {
        let at = TEXTS + self.at;
        self.fields
            .push_str(&format!("(data (i32.const {at}) \"{text}\")"));
        self.at += text.len();
        format!("(i32.const {at}) (i32.const {})", text.len())
    }

    /// A step without which the attack is none: a failure ends the guest with a trap.
    fn must(mut self, call: &str, arguments: &str) -> Self {
        self.body.push_str(&format!(
            "(if (call ${call} {arguments}) (then unreachable))"
        ));
        self
    }

    fn mkdir(mut self, path: &str) -> Self {
        let path = self.text(path);
        self.must("path_create_directory", &format!("{FOLDER} {path}"))
    }

    fn rename(mut self, from: &str, to: &str) -> Self {
        let (from, to) = (self.text(from), self.text(to));
        self.must("path_rename", &format!("{FOLDER} {from} {FOLDER} {to}"))
    }

    fn symlink(mut self, target: &str, name: &str) -> Self {
        let (target, name) = (self.text(target), self.text(name));
        self.must("path_symlink", &format!("{target} {FOLDER} {name}"))
    }

    fn link(mut self, from: &str, to: &str) -> Self {
        let (from, to) = (self.text(from), self.text(to));
        self.must(
            "path_link",
            &format!("{FOLDER} (i32.const 0) {from} {FOLDER} {to}"),
        )
    }

    fn unlink(mut self, path: &str) -> Self {
        let path = self.text(path);
        self.must("path_unlink_file", &format!("{FOLDER} {path}"))
    }

    fn opening(&mut self, at: &str, path: &str, (flags, rights): (u32, u64)) -> String {
        let path = self.text(path);
        format!(
            "(call $path_open {at} (i32.const 1) {path} (i32.const {flags}) (i64.const {rights}) (i64.const {rights}) (i32.const 0) (i32.const 0))"
        )
    }

    /// Opens something and keeps the handle.
    fn open(mut self, path: &str, how: (u32, u64)) -> Self {
        let opening = self.opening(FOLDER, path, how);
        self.body.push_str(&format!(
            "(if {opening} (then unreachable)) (local.set $i (i32.load (i32.const 0)))"
        ));
        self
    }

    /// The last step: opens something and leaves with the error number.
    fn leave_by_opening(mut self, at: &str, path: &str, how: (u32, u64)) -> Self {
        let opening = self.opening(at, path, how);
        self.body.push_str(&format!("(call $proc_exit {opening})"));
        self
    }

    /// The last step: leaves with the error number of a call.
    fn leave_by(mut self, call: &str, arguments: &str) -> Self {
        self.body
            .push_str(&format!("(call $proc_exit (call ${call} {arguments}))"));
        self
    }

    fn again_and_again(mut self, call: &str, arguments: &str) -> Self {
        self.body.push_str(&format!(
            "(loop $l (drop (call ${call} {arguments})) (br $l))"
        ));
        self
    }
}

/// Flags and rights of `path_open`.
const READ: (u32, u64) = (0, 2);
const MAKE: (u32, u64) = (1, 64);
const ENTER: (u32, u64) = (2, 0);
const BOTH: (u32, u64) = (0, 66);

/// Which rights the guest has in its folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    Write,
    ReadAndWrite,
}

impl Suite<'_> {
    fn steps(&mut self, name: &str, scene: Scene, may: May, steps: Steps, end: End) {
        let grant = PathGrant::mapped(scene.granted(), "/data");
        let execution = self.wasi(name, IMPORTS, &steps.fields, &steps.body, end);
        execution.grant.write.push(grant.clone());
        if may == May::ReadAndWrite {
            execution.grant.read.push(grant);
        }
        self.attacks.last_mut().unwrap().scene = Some(scene);
    }

    /// A folder to attack from, beside a secret.
    fn scene(&self, folder: &Path, thing: Thing) -> Scene {
        Scene::new(folder.join(format!("scene{}", self.attacks.len())), thing)
    }

    pub(super) fn handles(&mut self, folder: &Path) {
        let deep = self.random.within(2..30) as usize;
        let refused: Vec<(&str, Steps)> = vec![
            (
                "too many links for one path",
                (0..60)
                    .fold(steps(), |steps, n| {
                        steps.symlink(&format!("l{}", n + 1), &format!("l{n}"))
                    })
                    .symlink("../secret", "l60")
                    .leave_by_opening(FOLDER, "l0", READ),
            ),
            (
                "a loop of links",
                steps()
                    .symlink("b", "a")
                    .symlink("a", "b")
                    .leave_by_opening(FOLDER, "a/secret", READ),
            ),
            (
                "links that come back, and one out",
                steps()
                    .symlink("..", "deep/back")
                    .symlink("../secret", "out")
                    .leave_by_opening(FOLDER, &format!("{}out", "deep/back/".repeat(deep)), READ),
            ),
            (
                "climbing from the handle of a folder that was moved up",
                steps()
                    .open("deep/er", ENTER)
                    .rename("deep/er", "up")
                    .leave_by_opening(HANDLE, "../../secret", READ),
            ),
            (
                "climbing from the handle of a folder that was moved down",
                steps()
                    .mkdir("a")
                    .open("a", ENTER)
                    .rename("a", "deep/er/a")
                    .leave_by_opening(HANDLE, "../../../../secret", READ),
            ),
            (
                "a link in the place of a folder that is open",
                steps()
                    .mkdir("a")
                    .open("a", ENTER)
                    .rename("a", "b")
                    .symlink("..", "a")
                    .leave_by_opening(FOLDER, "a/../secret", READ),
            ),
            (
                "a link in the place of a file",
                steps()
                    .unlink("file")
                    .symlink("../secret", "file")
                    .leave_by_opening(FOLDER, "file", READ),
            ),
            (
                "making a file through a link to nothing",
                steps()
                    .symlink("../planted", "new")
                    .leave_by_opening(FOLDER, "new", MAKE),
            ),
            (
                "making a file through a link to nothing that climbs on its way",
                steps()
                    .symlink("deep/../../planted", "new")
                    .leave_by_opening(FOLDER, "new", MAKE),
            ),
            (
                "a second name of a link out",
                steps()
                    .symlink("../secret", "a")
                    .link("a", "deep/b")
                    .leave_by_opening(FOLDER, "deep/b", READ),
            ),
            (
                "a link that leads out once it is moved",
                steps()
                    .symlink("../secret", "deep/a")
                    .rename("deep/a", "a")
                    .leave_by_opening(FOLDER, "a", READ),
            ),
            (
                "climbing and coming back by the name of the folder",
                steps()
                    .mkdir("a")
                    .leave_by_opening(FOLDER, "a/../../granted/../secret", READ),
            ),
        ];
        for (name, steps) in refused {
            let scene = self.scene(folder, Thing::None);
            self.steps(name, scene, May::ReadAndWrite, steps, End::Refused);
        }
        for (name, target) in [
            ("a link of the kernel's to a descriptor", "/proc/self/fd/0"),
            (
                "a link of the kernel's to the root",
                "/proc/self/root/etc/passwd",
            ),
            (
                "a link of the kernel's to the current folder",
                "/proc/self/cwd/Cargo.toml",
            ),
        ] {
            // The guest could not make it: absolute targets are refused.
            let scene = self.scene(folder, Thing::Link(target));
            let steps = steps().leave_by_opening(FOLDER, "magic", READ);
            self.steps(name, scene, May::ReadAndWrite, steps, End::Refused);
        }
        let read = format!("{HANDLE} (i32.const 16) (i32.const 1) (i32.const 8)");
        for (name, steps) in [
            (
                "opening to read what may only be written",
                steps().leave_by_opening(FOLDER, "file", BOTH),
            ),
            (
                "reading what was opened for nothing",
                steps().open("file", (0, 0)).leave_by("fd_read", &read),
            ),
            (
                "reading what was opened for writing",
                steps().open("file", (0, 64)).leave_by("fd_read", &read),
            ),
            (
                "reading what was opened to be made",
                steps().open("file", (1, 0)).leave_by("fd_read", &read),
            ),
        ] {
            let scene = self.scene(folder, Thing::None);
            self.steps(name, scene, May::Write, steps, End::Refused);
        }
        self.pipes(folder);
    }

    fn pipes(&mut self, folder: &Path) {
        let reading = || format!("{HANDLE} (i32.const 16) (i32.const 1) (i32.const 8)");
        let opening = steps().leave_by_opening(FOLDER, "pipe", READ);
        self.steps(
            "opening a pipe that nobody granted",
            self.scene(folder, Thing::Pipe),
            May::ReadAndWrite,
            opening,
            End::Refused,
        );
        // It has no writer, then one that says nothing.
        for (name, how) in [
            ("reading a pipe for ever", READ),
            ("reading one's own pipe for ever", BOTH),
        ] {
            let steps = steps()
                .open("pipe", how)
                .again_and_again("fd_read", &reading());
            let end = End::Limit(LimitKind::Gas);
            let scene = self.scene(folder, Thing::Pipe);
            let pipe = PathGrant::mapped(scene.granted().join("pipe"), "/data/pipe");
            self.steps(name, scene, May::ReadAndWrite, steps, end);
            let execution = &mut self.attacks.last_mut().unwrap().execution;
            execution.grant.read.push(pipe.clone());
            execution.grant.write.push(pipe);
        }
    }

    pub(super) fn disk(&mut self, folder: &Path) {
        let size = self.random.within(1 << 30..1 << 50);
        let write = format!("{HANDLE} (i32.const 16) (i32.const 1) (i32.const 8)");
        let filling = steps()
            .open("new", MAKE)
            .again_and_again("fd_write", &write);
        let sparse = steps().open("new", MAKE).again_and_again(
            "fd_filestat_set_size",
            &format!("{HANDLE} (i64.const {size})"),
        );
        let disk = End::Limit(LimitKind::Disk);
        for (name, steps) in [("filling the disk", filling), ("a file of holes", sparse)] {
            let scene = self.scene(folder, Thing::None);
            self.steps(name, scene, May::ReadAndWrite, steps, disk);
        }
        let mut many = steps();
        let (one, other) = (many.text("n"), many.text("n"));
        many.body.push_str(&format!(
            "(loop $l (drop (call $path_create_directory {FOLDER} {one})) (drop (call $path_remove_directory {FOLDER} {other})) (br $l))"
        ));
        self.steps(
            "making folders for ever",
            self.scene(folder, Thing::None),
            May::ReadAndWrite,
            many,
            End::Limit(LimitKind::Files),
        );
        for attack in self.attacks.iter_mut().rev().take(3) {
            attack.execution.limits.disk_bytes = 4 << 20;
            attack.execution.limits.disk_files = 50;
        }
        let crowded = folder.join("crowded");
        std::fs::create_dir_all(&crowded).unwrap();
        for n in 0..2_000 {
            std::fs::write(crowded.join(format!("{n}{}", "x".repeat(200))), "").unwrap();
        }
        let list =
            format!("{FOLDER} (i32.const 65536) (i32.const 60000) (i64.const 0) (i32.const 8)");
        let listing = steps().again_and_again("fd_readdir", &list);
        let listing = self.wasi(
            "listing for ever",
            IMPORTS,
            &listing.fields,
            &listing.body,
            End::Limit(LimitKind::Gas),
        );
        listing
            .grant
            .read
            .push(PathGrant::mapped(&crowded, "/data"));
    }
}
