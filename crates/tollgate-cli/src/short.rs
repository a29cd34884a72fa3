//! Short names of a component's functions: `greet` for `pkg:ns/face@1.0.0#greet`, where no other one is called so.

use tollgate::sandbox::limits::FUNCTIONS_LISTED;
use tollgate::sandbox::{DescribeOptions, EntryName, Intent, Lack};
use tollgate::{LoadError, LoadedModule, Source, Tollgate};

use crate::arguments::ModuleArguments;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::load::{self, Load};

/// Names that an error lists.
const LISTED: usize = 16;

/// A module that is loaded to call one of its exports.
pub(crate) struct Wanted<'a> {
    pub(crate) load: Load<'a>,
    pub(crate) flags: &'a ModuleArguments,
    /// The export as it was typed; none for the start of a program.
    pub(crate) export: Option<&'a str>,
}

/// A module, and the whole name of what is called.
pub(crate) struct Loaded {
    pub(crate) module: LoadedModule,
    pub(crate) export: Option<String>,
}

/// Loads the module. What a name that it does not have is short for is looked up only then, so that a whole name costs nothing.
pub(crate) fn load(
    tollgate: &Tollgate,
    wanted: Wanted<'_>,
    warnings: &mut Vec<String>,
) -> CliResult<Loaded> {
    let Wanted {
        load,
        flags,
        export,
    } = wanted;
    let Load { source, voice, .. } = load;
    let (module, export) = match load::attempt(tollgate, load, warnings) {
        Ok(module) => (module, export.map(str::to_owned)),
        Err(error) => {
            let whole = match (&error, export) {
                (LoadError::Lack(Lack::Entry { .. }), Some(short)) => {
                    exported(source, flags, short)?
                }
                _ => None,
            };
            let Some(whole) = whole else {
                return Err(load::failed(source, error));
            };
            let again = Load {
                source,
                intent: Some(intent(Some(&whole))),
                voice,
            };
            (load::load(tollgate, again, warnings)?, Some(whole))
        }
    };
    let export = match export {
        Some(name) => Some(versioned(&module, name)?),
        None => None,
    };
    Ok(Loaded { module, export })
}

/// What the module is loaded for; the command provides no imports of its own.
pub(crate) fn intent(export: Option<&str>) -> Intent {
    Intent {
        entry: match export {
            Some(export) => EntryName::Function(export.to_owned()),
            None => EntryName::Start,
        },
        provided: Vec::new(),
    }
}

/// What `short` stands for among the exports of a component. Standard input was read, and is not there again.
fn exported(source: &Source, flags: &ModuleArguments, short: &str) -> CliResult<Option<String>> {
    if *source == Source::Stdin {
        return Ok(None);
    }
    let described = load::describe(source, flags, DescribeOptions::default())?.inspection;
    // Among names that are left out there may be another one that ends so.
    if !described.component || described.exports_left_out > 0 {
        return Ok(None);
    }
    let functions = described.exports.into_iter();
    let functions = functions.filter(|export| export.kind.starts_with("function"));
    let names: Vec<String> = functions.map(|function| function.name).collect();
    one_of(short, &names)
}

/// Loading takes an interface of any version for the one that was named, and calling does not.
fn versioned(module: &LoadedModule, name: String) -> CliResult<String> {
    let module = module.module();
    if !module.is_component() || module.has_function(&name) {
        return Ok(name);
    }
    let functions = module.functions();
    if functions.len() >= FUNCTIONS_LISTED {
        return Ok(name);
    }
    Ok(one_of(&name, &functions)?.unwrap_or(name))
}

fn one_of(short: &str, names: &[String]) -> CliResult<Option<String>> {
    let mut meant = names.iter().filter(|whole| is_short_for(short, whole));
    match (meant.next(), meant.next()) {
        (Some(first), Some(second)) => {
            let all: Vec<_> = [first, second].into_iter().chain(meant).collect();
            let shown = all.iter().take(LISTED).map(|name| format!("`{name}`"));
            let shown: Vec<_> = shown.collect();
            let more = match all.len().saturating_sub(LISTED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let message = format!(
                "`{short}` is the name of {} functions: {}{more}; give one of these names whole with `--invoke`",
                all.len(),
                shown.join(", ")
            );
            Err(CliError::message(Exit::Usage, message))
        }
        (first, _) => Ok(first.cloned()),
    }
}

/// Whether a name is the end of a whole one: the function, with as much of its interface before it as was typed; the version may be
/// left out.
fn is_short_for(short: &str, whole: &str) -> bool {
    let Some((interface, function)) = whole.split_once('#') else {
        return short == whole;
    };
    let Some((typed, name)) = short.split_once('#') else {
        return short == function;
    };
    let unversioned = interface.split('@').next().unwrap_or(interface);
    let is_end = |of: &str| {
        let before = of.strip_suffix(typed);
        before.is_some_and(|before| before.is_empty() || before.ends_with(['/', ':']))
    };
    name == function && !typed.is_empty() && (is_end(interface) || is_end(unversioned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_for_those_that_end_with_it() {
        let whole = "a:b/c@1.0.0#greet";
        for short in [
            "greet",
            "c#greet",
            "c@1.0.0#greet",
            "b/c#greet",
            "a:b/c#greet",
            whole,
        ] {
            assert!(is_short_for(short, whole), "{short}");
        }
        for other in [
            "reet",
            "#greet",
            "/c#greet",
            "c@2.0.0#greet",
            "xc#greet",
            "b#greet",
            "c#gree",
            "c@1.0.0",
            "",
        ] {
            assert!(!is_short_for(other, whole), "{other}");
        }
        assert!(is_short_for("greet", "greet"));
        assert!(!is_short_for("c#greet", "greet"));
    }

    #[test]
    fn a_name_of_several_is_refused_and_they_are_named() {
        let names = ["a:b/c@1.0.0#f", "a:b/d@1.0.0#f", "a:b/d@1.0.0#g"].map(str::to_owned);
        let told = one_of("f", &names).expect_err("two").to_string();
        assert!(told.contains("`a:b/c@1.0.0#f`, `a:b/d@1.0.0#f`"), "{told}");
        assert_eq!(one_of("d#f", &names).expect("one"), Some(names[1].clone()));
        assert_eq!(one_of("g", &names).expect("one"), Some(names[2].clone()));
        assert_eq!(one_of("h", &names).expect("none"), None);
    }
}
