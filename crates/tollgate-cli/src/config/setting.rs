//! The table of settings: what there is, where it stands in the file, and what a file that was found may say.

use std::time::Duration;

use tollgate::limits::ANSWER_TIME_DEFAULT;
use tollgate::sandbox::limits::STACK_BYTES;
use tollgate::{CacheConfig, CompileLimits, Limits, ModuleLimits, SourceOptions};
use tollgate_diagnostics::diagnostic::nearest;
use tollgate_server::limits::CASTS_MAX;

use crate::arguments::module_limit;
use crate::load::{COMMAND_COMPILE_CPU, COMMAND_COMPILE_MEMORY_BYTES};
use crate::{journal, quantity};

/// A table of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Run,
    Grants,
    Limits,
    Cache,
    Serve,
}

impl Section {
    pub(super) const ALL: [Self; 5] = [
        Self::Run,
        Self::Grants,
        Self::Limits,
        Self::Cache,
        Self::Serve,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Grants => "grants",
            Self::Limits => "limits",
            Self::Cache => "cache",
            Self::Serve => "serve",
        }
    }
}

/// A default that can be set: the flag `--name` of the commands that take its section.
pub(crate) struct Setting {
    pub(super) section: Section,
    /// The flag without its dashes, and the key in the file.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) variable: Variable,
    pub(super) found: Found,
}

/// What a setting is made of.
pub(super) enum Kind {
    /// On or off.
    Switch,
    /// One value.
    Word,
    /// One path, from the folder of the file that names it.
    Path,
    /// Values, one for each time that the flag is typed.
    Words,
    /// Values, or all of them.
    Every,
    /// Granted paths, or all of them; from the folder of the file that names them.
    Paths,
    /// Granted folders under other names, likewise.
    Folders,
    /// The most there may be of something.
    Limit(Unit, fn() -> u64),
}

/// What a limit counts.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Bytes,
    Number,
    /// Nanoseconds.
    Time,
}

/// The environment that has a setting.
pub(super) enum Variable {
    /// `TOLLGATE_`, and the name; in `serve` with `SERVE_` between them.
    Usual,
    /// This one.
    Own(&'static str),
    /// None.
    Absent,
}

/// What of a setting a file may say that was found and not named.
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A limit that is not raised.
    Lower,
    /// What takes nothing away from what holds without it; in words, what that is.
    Safe(fn(&str) -> bool, &'static str),
}

impl Setting {
    const fn new(section: Section, name: &'static str, kind: Kind) -> Self {
        Self {
            section,
            name,
            kind,
            variable: Variable::Usual,
            found: Found::Nothing,
        }
    }

    const fn limit(name: &'static str, unit: Unit, standard: fn() -> u64) -> Self {
        Self {
            found: Found::Lower,
            ..Self::new(Section::Limits, name, Kind::Limit(unit, standard))
        }
    }

    const fn in_variable(self, variable: Variable) -> Self {
        Self { variable, ..self }
    }

    const fn safe(self, is_safe: fn(&str) -> bool, words: &'static str) -> Self {
        Self {
            found: Found::Safe(is_safe, words),
            ..self
        }
    }

    /// What the grammar calls its flag.
    pub(super) fn id(&self) -> String {
        self.name.replace('-', "_")
    }

    /// How it is called in messages: as its table and key.
    pub(super) fn path(&self) -> String {
        format!("{}.{}", self.section.name(), self.name)
    }

    /// The environment that has it.
    pub(super) fn variable(&self) -> Option<String> {
        let own = match self.variable {
            Variable::Absent => return None,
            Variable::Own(name) => return Some(name.to_owned()),
            Variable::Usual => self.name.replace('-', "_").to_ascii_uppercase(),
        };
        Some(match self.section {
            Section::Serve => format!("TOLLGATE_SERVE_{own}"),
            _ => format!("TOLLGATE_{own}"),
        })
    }

    pub(super) const fn takes_many(&self) -> bool {
        matches!(
            self.kind,
            Kind::Words | Kind::Every | Kind::Paths | Kind::Folders
        )
    }

    pub(super) const fn takes_all(&self) -> bool {
        matches!(self.kind, Kind::Every | Kind::Paths)
    }

    /// What holds when nobody sets it, as it is typed; nothing where that is nothing, or stands in the grammar.
    pub(super) fn standard(&self) -> Option<String> {
        match self.kind {
            Kind::Limit(unit, standard) => Some(match unit {
                Unit::Bytes => quantity::typed_bytes(standard()),
                Unit::Number => quantity::typed_count(standard()),
                Unit::Time => quantity::typed_time(Duration::from_nanos(standard())),
            }),
            _ => None,
        }
    }
}

/// Every setting, in the order in which they are shown.
pub(super) static SETTINGS: &[Setting] = &[
    Setting::new(Section::Run, "profile", Kind::Word).safe(
        |value| ["metered", "isolated"].contains(&value),
        "`metered` and `isolated`",
    ),
    Setting::new(Section::Run, "determinism", Kind::Word).safe(|_| true, "every level"),
    Setting::new(Section::Run, "jail", Kind::Word).safe(
        |value| ["require", "best"].contains(&value),
        "`require` and `best`",
    ),
    Setting::new(Section::Run, "proposal", Kind::Words).safe(
        |value| value.split(',').all(|name| name.starts_with("no-")),
        "proposals that are turned off, as `no-NAME`",
    ),
    Setting::new(Section::Run, "policy", Kind::Path),
    Setting::new(Section::Run, "shadow", Kind::Path),
    Setting::new(Section::Run, "keys", Kind::Path).in_variable(Variable::Own("TOLLGATE_KEYS_DIR")),
    Setting::new(Section::Run, "optimise", Kind::Switch),
    Setting::new(Section::Run, "format", Kind::Word).safe(|_| true, "every format"),
    Setting::new(Section::Run, "quiet", Kind::Switch),
    Setting::new(Section::Grants, "allow-read", Kind::Paths),
    Setting::new(Section::Grants, "allow-write", Kind::Paths),
    Setting::new(Section::Grants, "allow-net", Kind::Every),
    Setting::new(Section::Grants, "allow-env", Kind::Every),
    Setting::new(Section::Grants, "allow-clock", Kind::Switch),
    Setting::new(Section::Grants, "allow-random", Kind::Switch),
    // What would grant everything until somebody remembers it stands in a file that is named each time, or is typed.
    Setting::new(Section::Grants, "allow-all", Kind::Switch).in_variable(Variable::Absent),
    // Commas separate nothing in the flags of these two, so a variable would have one of them.
    Setting::new(Section::Grants, "dir", Kind::Folders).in_variable(Variable::Absent),
    Setting::new(Section::Grants, "env", Kind::Words).in_variable(Variable::Absent),
    Setting::new(Section::Grants, "no-stdin", Kind::Switch).safe(|_| true, "either"),
    Setting::limit("gas", Unit::Number, || Limits::standard().gas),
    Setting::limit("memory", Unit::Bytes, || Limits::standard().memory_bytes),
    Setting::limit("timeout", Unit::Time, || {
        nanoseconds(Limits::standard().wall)
    }),
    Setting::limit("stack", Unit::Bytes, || STACK_BYTES as u64),
    Setting::limit("output-limit", Unit::Bytes, || {
        Limits::standard().output_bytes
    }),
    Setting::limit("host-call-limit", Unit::Bytes, || {
        Limits::standard().host_call_bytes
    }),
    Setting::limit("disk", Unit::Bytes, || Limits::standard().disk_bytes),
    Setting::limit("max-files", Unit::Number, || Limits::standard().disk_files),
    Setting::limit("max-handles", Unit::Number, || {
        Limits::standard().handles.into()
    }),
    Setting::limit("max-tables", Unit::Number, || {
        Limits::standard().tables.into()
    }),
    Setting::limit("max-memories", Unit::Number, || {
        Limits::standard().memories.into()
    }),
    Setting::limit("max-instances", Unit::Number, || {
        Limits::standard().instances.into()
    }),
    Setting::limit("module-size", Unit::Bytes, || {
        SourceOptions::default().bytes_max
    }),
    Setting::new(Section::Limits, "module-limit", Kind::Words)
        .safe(lowers_module_limits, "limits that are not raised"),
    Setting::limit("compile-time", Unit::Time, || {
        nanoseconds(COMMAND_COMPILE_CPU)
    }),
    Setting::limit("compile-memory", Unit::Bytes, || {
        COMMAND_COMPILE_MEMORY_BYTES
    }),
    Setting::limit("code-size", Unit::Bytes, || {
        CompileLimits::default().artifact_bytes
    }),
    Setting::limit("metadata-size", Unit::Bytes, || {
        CompileLimits::default().metadata_bytes
    }),
    Setting::limit("journal-limit", Unit::Bytes, || journal::BYTES_MAX),
    Setting::limit("answer-within", Unit::Time, || {
        nanoseconds(ANSWER_TIME_DEFAULT)
    }),
    Setting::new(Section::Cache, "cache-dir", Kind::Path),
    Setting::new(Section::Cache, "no-cache", Kind::Switch),
    // To keep less is to throw away what the user's other runs have kept.
    Setting {
        found: Found::Nothing,
        section: Section::Cache,
        ..Setting::limit("cache-size", Unit::Bytes, || CacheConfig::new("").bytes_max)
    },
    Setting {
        found: Found::Nothing,
        section: Section::Cache,
        ..Setting::limit("cache-age", Unit::Time, || {
            nanoseconds(CacheConfig::new("").age_max)
        })
    },
    Setting::new(Section::Serve, "data", Kind::Path).in_variable(Variable::Own("TOLLGATE_DATA")),
    Setting::new(Section::Serve, "database", Kind::Word)
        .in_variable(Variable::Own("TOLLGATE_DATABASE")),
    Setting::new(Section::Serve, "database-ca", Kind::Path),
    Setting::new(Section::Serve, "listen", Kind::Word),
    Setting::new(Section::Serve, "tls-cert", Kind::Path),
    Setting::new(Section::Serve, "tls-key", Kind::Path),
    Setting::new(Section::Serve, "insecure-http", Kind::Switch),
    Setting::new(Section::Serve, "metrics", Kind::Word),
    Setting {
        section: Section::Serve,
        ..Setting::limit("casts", Unit::Number, || CASTS_MAX as u64)
    },
    Setting::new(Section::Serve, "profile", Kind::Word)
        .safe(|value| value == "isolated", "`isolated`"),
    Setting::new(Section::Serve, "determinism", Kind::Word).safe(|_| true, "every level"),
    Setting::new(Section::Serve, "jail", Kind::Word).safe(
        |value| ["require", "best"].contains(&value),
        "`require` and `best`",
    ),
];

/// What other tools call a setting, and how it is called here.
const ALSO_CALLED: &[(&str, &str)] = &[
    ("fuel", "gas"),
    ("mem", "memory"),
    ("ram", "memory"),
    ("max-memory", "memory"),
    ("max-memory-size", "memory"),
    ("memory-limit", "memory"),
    ("time", "timeout"),
    ("time-limit", "timeout"),
    ("wall", "timeout"),
    ("wall-time", "timeout"),
    ("deadline", "timeout"),
    ("max-wasm-stack", "stack"),
    ("net", "allow-net"),
    ("network", "allow-net"),
    ("read", "allow-read"),
    ("write", "allow-write"),
    ("clock", "allow-clock"),
    ("random", "allow-random"),
    ("mapdir", "dir"),
    ("mount", "dir"),
    ("volume", "dir"),
    ("environment", "env"),
    ("address", "listen"),
    ("bind", "listen"),
    ("port", "listen"),
    ("cert", "tls-cert"),
];

/// What may have been meant by a name that no setting has, best in the section where it stands.
pub(super) fn meant(name: &str, here: Option<Section>) -> Option<&'static Setting> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let other = ALSO_CALLED.iter().find(|(word, _)| *word == name);
    let wanted = other.map_or(&*name, |(_, ours)| ours);
    let near = |settings: &mut dyn Iterator<Item = &'static Setting>| {
        let settings: Vec<_> = settings.collect();
        let near = nearest(wanted, settings.iter().map(|setting| setting.name))?;
        settings.into_iter().find(|setting| setting.name == near)
    };
    let is_here = |setting: &&Setting| here == Some(setting.section);
    near(&mut SETTINGS.iter().filter(is_here)).or_else(|| near(&mut SETTINGS.iter()))
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Whether what `--module-limit` would be given raises nothing.
fn lowers_module_limits(value: &str) -> bool {
    let standard = ModuleLimits::default();
    value
        .split(',')
        .all(|one| module_limit(one).is_ok_and(|(limit, number)| number <= limit.value(&standard)))
}
