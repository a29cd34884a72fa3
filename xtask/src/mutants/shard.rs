//! A part of the mutants: of N parts of the same size the K-th, so that it lies in one file or two.

use std::{ops::Range, str::FromStr};

use anyhow::{Context, Result};

use crate::cargo;

/// Which mutants of a list are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    part: usize,
    parts: usize,
}

impl Shard {
    /// Returns the numbers of the mutants that are in it, of `count`.
    pub(super) fn of(self, count: usize) -> Range<usize> {
        count * self.part / self.parts..count * (self.part + 1) / self.parts
    }

    fn new(part: usize, parts: usize) -> Result<Self> {
        anyhow::ensure!(
            part < parts,
            "there is no shard {part}/{parts}: K goes from 0 to N - 1"
        );
        Ok(Self { part, parts })
    }
}

impl FromStr for Shard {
    type Err = anyhow::Error;

    /// Reads `K/N`, or `commit/N`, where K is the number of commits modulo N: each commit has its shard, and N of them after
    /// each other try everything.
    fn from_str(text: &str) -> Result<Self> {
        let (part, parts) = text.split_once('/').context("a shard is `K/N`")?;
        let parts = parts.parse().context("a shard is `K/N`")?;
        match part {
            "commit" => Self::new(commits()?.checked_rem(parts).unwrap_or(0), parts),
            part => Self::new(part.parse().context("a shard is `K/N`")?, parts),
        }
    }
}

fn commits() -> Result<usize> {
    let mut git = std::process::Command::new("git");
    git.args(["rev-list", "--count", "HEAD"])
        .current_dir(crate::paths::root());
    cargo::output(&mut git)?
        .trim()
        .parse()
        .context("the number of commits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(text: &str) -> Shard {
        text.parse().unwrap()
    }

    #[test]
    fn all_shards_together_are_all_mutants() {
        for count in [0, 1, 6, 7, 100] {
            let taken: Vec<_> = (0..7)
                .flat_map(|k| shard(&format!("{k}/7")).of(count))
                .collect();
            assert_eq!(taken, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_shard_that_is_none_is_refused() {
        for text in ["", "1", "7/7", "0/0", "commit/0", "-1/2", "a/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_commit_has_one_of_the_shards() {
        assert_eq!(shard("commit/5").of(5).count(), 1);
    }
}
