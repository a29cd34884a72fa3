//! Where the program and what belongs to it lie below `/usr` or `/usr/local`, and in a container.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::copy_file;
use crate::{cargo, paths};

/// Shells, and where each looks for completions of installed programs.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "share/bash-completion/completions/tollgate"),
    ("zsh", "share/zsh/site-functions/_tollgate"),
    ("fish", "share/fish/vendor_completions.d/tollgate.fish"),
];

/// Documents that go with the program.
const DOCUMENTS: [&str; 6] = [
    "README.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "docs/guide.md",
];

/// How the container is built.
const CONTAINERFILE: &str = include_str!("Containerfile");
/// Who runs in the container: nobody that a host knows.
const PASSWD: &str = "tollgate:x:65532:65532::/home/tollgate:/bin/false\n";

/// A folder that has what an installation has.
pub(super) struct Layout {
    pub(super) root: PathBuf,
}

impl Layout {
    /// Makes the folder: what the program writes about itself is in it, and its documents.
    pub(super) fn make(program: &Path, root: &Path) -> Result<Self> {
        paths::forget(root)?;
        let layout = Self {
            root: root.to_owned(),
        };
        let installed = layout.program();
        copy_file(program, &installed)?;
        permit(&installed, 0o755)?;
        for (shell, place) in COMPLETIONS {
            let script = cargo::output(Command::new(&installed).args(["completions", shell]))?;
            write(&root.join(place), &script)?;
        }
        let mut pages = Command::new(&installed);
        pages
            .args(["man", "--folder"])
            .arg(root.join("share/man/man1"));
        cargo::output(&mut pages)?;
        for document in DOCUMENTS {
            let name = document.rsplit('/').next().unwrap_or(document);
            let to = root.join("share/doc/tollgate").join(name);
            copy_file(&paths::root().join(document), &to)?;
            permit(&to, 0o644)?;
        }
        Ok(layout)
    }

    fn program(&self) -> PathBuf {
        self.root.join("bin/tollgate")
    }

    /// Makes the folder that a container is built from. Nothing but the program is in the container, with the folders it wants.
    pub(super) fn container(&self, context: &Path) -> Result<()> {
        copy_file(&self.program(), &context.join("root/usr/bin/tollgate"))?;
        write(&context.join("root/etc/passwd"), PASSWD)?;
        for (folder, mode) in [("root/tmp", 0o1777), ("root/work", 0o755), ("home", 0o700)] {
            let folder = context.join(folder);
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make `{}`", folder.display()))?;
            permit(&folder, mode)?;
        }
        write(&context.join("Containerfile"), CONTAINERFILE)
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
    permit(path, 0o644)
}

fn permit(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot set the permissions of `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that says of itself what the real one says.
    const PROGRAM: &str = "#!/bin/sh
case $1 in
completions) echo \"completions of $2\" ;;
man) mkdir -p \"$3\" && echo page >\"$3/tollgate.1\" ;;
esac
";

    fn made() -> (tempfile::TempDir, Layout) {
        let folder = tempfile::tempdir().unwrap();
        let (text, program) = (folder.path().join("text"), folder.path().join("program"));
        fs::write(&text, PROGRAM).unwrap();
        // Another process writes it: where this one has it open, a process that another test starts has it open for a moment too, and
        // what is open to be written is not run.
        let copied = Command::new("install")
            .args(["-m", "755"])
            .args([&text, &program])
            .status();
        assert!(copied.unwrap().success());
        let layout = Layout::make(&program, &folder.path().join("stage")).unwrap();
        (folder, layout)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn what_the_package_takes_is_in_the_layout() {
        let (_folder, layout) = made();
        let manifest = paths::root().join("crates/tollgate-cli/Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap();
        let taken: Vec<&str> = manifest
            .lines()
            .filter_map(|line| {
                line.trim()
                    .strip_prefix("[\"../../stage/")?
                    .split('"')
                    .next()
            })
            .collect();
        assert!(taken.len() > 5, "{taken:?}");
        for name in taken {
            // A pattern names all files of a folder with one ending.
            let (folder, name) = name.rsplit_once('/').unwrap();
            let ending = name.trim_start_matches('*');
            let found = fs::read_dir(layout.root.join(folder)).unwrap();
            let mut names = found.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            assert!(
                names.any(|found| found.ends_with(ending)),
                "{folder}/{name}"
            );
        }
    }

    #[test]
    fn completions_and_pages_are_what_the_program_says() {
        let (_folder, layout) = made();
        let read = |name: &str| fs::read_to_string(layout.root.join(name)).unwrap();
        let zsh = "share/zsh/site-functions/_tollgate";
        assert_eq!(read(zsh), "completions of zsh\n");
        assert_eq!(read("share/man/man1/tollgate.1"), "page\n");
        assert_eq!(mode(&layout.root.join("bin/tollgate")), 0o755);
        assert_eq!(mode(&layout.root.join(zsh)), 0o644);
    }

    #[test]
    fn a_container_has_what_its_file_copies() {
        let (folder, layout) = made();
        let context = folder.path().join("container");
        layout.container(&context).unwrap();
        let file = fs::read_to_string(context.join("Containerfile")).unwrap();
        let copied: Vec<&str> = file
            .lines()
            .filter(|line| line.starts_with("COPY "))
            .filter_map(|line| line.split_whitespace().rev().nth(1))
            .collect();
        assert_eq!(copied, ["root/", "home/"]);
        for name in copied {
            assert!(context.join(name).is_dir(), "{name}");
        }
        let entry = file.split("ENTRYPOINT [\"").nth(1).unwrap();
        let entry = entry.split('"').next().unwrap().trim_start_matches('/');
        assert_eq!(mode(&context.join("root").join(entry)), 0o755);
        assert_eq!(mode(&context.join("root/tmp")), 0o1777);
        assert!(file.contains("USER 65532:65532"), "{file}");
        assert!(PASSWD.contains(":65532:65532:"), "{PASSWD}");
    }
}
