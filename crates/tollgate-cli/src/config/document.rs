//! From the text of a file of settings to values of flags, each with its place; whatever the file says is a setting or an error.

use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::path::{Path, PathBuf};

use tollgate::PathGrant;
use tollgate::sandbox::holds_secret;
use tollgate_diagnostics::source::line_column;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::found::{SettingsFile, Trust};
use super::probe;
use super::setting::{Found, Kind, SETTINGS, Section, Setting, meant};
use super::settings::{Grammar, Place, Stated, instead_of_secret, shown};
use crate::arguments::ALL;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::{grants, near};

/// Values that a list has at most.
const LIST_MAX: usize = 256;

/// Characters of a value that a message shows.
const SHOWN_MAX: usize = 60;

/// What is wrong, and where.
struct Wrong {
    span: Range<usize>,
    message: String,
}

type Read<T> = Result<T, Wrong>;

/// One key of a table, and what follows it.
type Entry<'a, 'i> = (
    &'a Spanned<std::borrow::Cow<'i, str>>,
    &'a Spanned<DeValue<'i>>,
);

/// Reads what a file states.
pub(super) fn read(file: &SettingsFile, grammar: &Grammar) -> CliResult<Vec<Stated>> {
    let reader = Reader { file, grammar };
    reader.document().map_err(|wrong| {
        let (line, column) = reader.place(&wrong.span);
        let path = file.path.display();
        CliError::message(
            Exit::Config,
            format!("{path}:{line}:{column}: {}", wrong.message),
        )
    })
}

struct Reader<'a> {
    file: &'a SettingsFile,
    grammar: &'a Grammar,
}

impl Reader<'_> {
    fn place(&self, span: &Range<usize>) -> (u32, u32) {
        let offset = u32::try_from(span.start).unwrap_or(u32::MAX);
        line_column(&self.file.text, offset)
    }

    fn document(&self) -> Read<Vec<Stated>> {
        let document = DeTable::parse(&self.file.text).map_err(|error| Wrong {
            span: error.span().unwrap_or_default(),
            message: format!("this is not TOML: {}", shortened(error.message())),
        })?;
        let (mut stated, mut wrong) = (Vec::new(), Vec::new());
        for (key, value) in document.get_ref() {
            match table((key, value)) {
                Ok((section, entries)) => {
                    for entry in entries {
                        match self.setting(section, entry) {
                            Ok(one) => stated.push(one),
                            Err(one) => wrong.push(one),
                        }
                    }
                }
                Err(one) => wrong.push(one),
            }
        }
        // The tables have their keys in the order of the alphabet; what is wrong is told as it stands in the file.
        match wrong.into_iter().min_by_key(|one| one.span.start) {
            Some(first) => Err(first),
            None => Ok(stated),
        }
    }

    fn setting(&self, section: Section, (key, value): Entry<'_, '_>) -> Read<Stated> {
        let setting = named(section, key)?;
        let values = values(setting, value)?;
        let mut texts = Vec::new();
        for (text, span) in values {
            let text = self.rebased(setting, text).map_err(|message| Wrong {
                span: span.clone(),
                message,
            })?;
            self.allowed(setting, &text).map_err(|message| Wrong {
                span: span.clone(),
                message,
            })?;
            texts.push(text);
        }
        if texts.is_empty() {
            // A list without a value says that there is to be none.
            self.allowed(setting, OsStr::new(""))
                .map_err(|message| Wrong {
                    span: value.span(),
                    message,
                })?;
        }
        let (line, column) = self.place(&value.span());
        Ok(Stated {
            setting,
            values: texts,
            place: Place::File { line, column },
        })
    }

    /// A path of a file that was named is looked up from the folder of that file.
    fn rebased(&self, setting: &Setting, text: String) -> Result<OsString, String> {
        let folder = self.file.path.parent().unwrap_or(Path::new(""));
        if folder == Path::new("") || folder == Path::new(".") || text == ALL {
            return Ok(text.into());
        }
        let one = |text: &str| {
            let mut grant: PathGrant = text.parse().map_err(|error| format!("{error}"))?;
            grant.host = folder.join(&grant.host);
            grants::spelled(&grant).map_err(|error| error.to_string())
        };
        Ok(match setting.kind {
            Kind::Path => PathBuf::from(folder).join(text).into_os_string(),
            Kind::Paths => {
                let parts = grants::at_commas(&text);
                let parts = parts.iter().map(|part| one(part));
                parts.collect::<Result<Vec<_>, _>>()?.join(",").into()
            }
            Kind::Folders => one(&text)?.into(),
            _ => text.into(),
        })
    }

    /// Whether the flag takes it, and whether this file may say it.
    fn allowed(&self, setting: &Setting, value: &OsStr) -> Result<(), String> {
        let is_typed = !matches!(setting.kind, Kind::Switch) && value != ALL && !value.is_empty();
        let number = match self.grammar.flag(setting).filter(|_| is_typed) {
            Some(flag) => probe::take(setting, flag, value)
                .map_err(|why| impossible(setting, &value.to_string_lossy(), &why))?,
            None => None,
        };
        if self.file.trust == Trust::Named {
            return Ok(());
        }
        let text = value.to_string_lossy();
        let may = match &setting.found {
            Found::Lower => match setting.kind {
                Kind::Limit(_, standard) => number.is_some_and(|number| number <= standard()),
                _ => false,
            },
            Found::Safe(is_safe, _) => value.is_empty() || is_safe(&text),
            Found::Nothing => false,
        };
        match may {
            true => Ok(()),
            false => Err(self.beyond(setting, &text)),
        }
    }

    fn beyond(&self, setting: &Setting, value: &str) -> String {
        let may = match &setting.found {
            Found::Nothing => String::from("it may not set this at all"),
            Found::Lower => {
                let standard = setting.standard().unwrap_or_default();
                format!("it may lower this limit, which is {standard}, and not raise it")
            }
            Found::Safe(_, words) => format!("it may set only {words}"),
        };
        format!(
            "`{}` is {}, and this file was found here and not named by you, so {may}; if you trust it, type `{}`, or read no such file with \
             `--no-config`",
            setting.path(),
            quoted(setting, value),
            self.file.flag()
        )
    }
}

/// Why a value cannot be, in which the value stands once and is not too long.
fn impossible(setting: &Setting, value: &str, why: &str) -> String {
    let path = setting.path();
    if let Some(said) = instead_of_secret(setting, value, why) {
        return format!("`{path}` cannot be that: {said}");
    }
    let (plain, short) = (format!("`{value}`"), quoted(setting, value));
    match why.contains(&plain) {
        true => format!("`{path}` cannot be that: {}", why.replace(&plain, &short)),
        false => format!("`{path}` cannot be {short}: {}", shortened(why)),
    }
}

fn quoted(setting: &Setting, value: &str) -> String {
    if value.is_empty() {
        return String::from("empty");
    }
    format!("`{}`", shortened(&shown(setting, value)))
}

/// A text as far as a message shows it.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A key as a message shows it.
fn key_shown(key: &str) -> String {
    match holds_secret(key) {
        true => String::from("[redacted]"),
        false => shortened(key),
    }
}

/// A table at the root of the document.
fn table<'a, 'i>((key, value): Entry<'a, 'i>) -> Read<(Section, &'a DeTable<'i>)> {
    let wrong = |message: String| Wrong {
        span: key.span(),
        message,
    };
    let name = &*key_shown(key.get_ref());
    let section = Section::ALL.into_iter().find(|one| one.name() == name);
    let Some(section) = section else {
        let names = Section::ALL.map(|one| format!("`[{}]`", one.name()));
        return Err(wrong(match elsewhere(name) {
            Some(setting) => format!(
                "`{name}` stands in the table `[{}]`",
                setting.section.name()
            ),
            None => {
                let near = near::name(name, Section::ALL.map(Section::name));
                let rest = match meant(name, None) {
                    Some(setting) if near.is_empty() => in_its_table(setting),
                    _ => near,
                };
                format!(
                    "there is no table `{name}`; there are {}{rest}",
                    names.join(", ")
                )
            }
        }));
    };
    match value.get_ref() {
        DeValue::Table(entries) => Ok((section, entries)),
        other => Err(wrong(format!(
            "`{name}` is a table, `[{name}]`, and here it is {}",
            a(other)
        ))),
    }
}

/// The rest of a sentence about a name that no setting has, where this one may have been meant.
fn in_its_table(setting: &Setting) -> String {
    let (name, section) = (setting.name, setting.section.name());
    format!("; did you mean `{name}` in the table `[{section}]`?")
}

fn elsewhere(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

fn named(section: Section, key: &Spanned<std::borrow::Cow<'_, str>>) -> Read<&'static Setting> {
    let name = &*key_shown(key.get_ref());
    let mut here = SETTINGS.iter().filter(|setting| setting.section == section);
    if let Some(setting) = here.find(|setting| setting.name == name) {
        return Ok(setting);
    }
    let section_name = section.name();
    let message = match elsewhere(name) {
        Some(other) => format!(
            "`{name}` stands in the table `[{}]`, not in `[{section_name}]`",
            other.section.name()
        ),
        None => {
            let rest = match meant(name, Some(section)) {
                Some(setting) if setting.section == section => near::did_you_mean(setting.name),
                Some(setting) => in_its_table(setting),
                None => "; `tollgate config show --no-config` lists the settings".to_owned(),
            };
            format!("`[{section_name}]` has no `{name}`{rest}")
        }
    };
    Err(Wrong {
        span: key.span(),
        message,
    })
}

/// The texts of a value, as its flag takes them.
fn values(setting: &Setting, value: &Spanned<DeValue<'_>>) -> Read<Vec<(String, Range<usize>)>> {
    let span = value.span();
    match (value.get_ref(), &setting.kind) {
        (DeValue::Boolean(on), Kind::Switch) => Ok(vec![(on.to_string(), span)]),
        (DeValue::Boolean(true), _) if setting.takes_all() => Ok(vec![(ALL.to_owned(), span)]),
        (DeValue::Boolean(false), _) if setting.takes_all() => Ok(Vec::new()),
        (DeValue::Array(list), _) if setting.takes_many() => {
            if list.len() > LIST_MAX {
                return Err(Wrong {
                    span,
                    message: format!(
                        "`{}` has {} values; the most is {LIST_MAX}",
                        setting.path(),
                        list.len()
                    ),
                });
            }
            let texts = list.iter().map(|one| match one.get_ref() {
                DeValue::String(text) => filled(setting, (text, one.span())),
                other => Err(wrong_type(setting, (other, one.span()))),
            });
            texts.collect()
        }
        (DeValue::String(text), kind) if !matches!(kind, Kind::Switch) => {
            Ok(vec![filled(setting, (text, span))?])
        }
        (DeValue::Integer(number), Kind::Limit(..)) => {
            let read = i128::from_str_radix(number.as_str(), number.radix());
            let text = read.map_or_else(|_| number.as_str().to_owned(), |read| read.to_string());
            Ok(vec![(text, span)])
        }
        (DeValue::Float(number), Kind::Limit(..)) => Ok(vec![(number.as_str().to_owned(), span)]),
        (other, _) => Err(wrong_type(setting, (other, span))),
    }
}

/// An empty text is what is left of something that was to be filled in.
fn filled(setting: &Setting, (text, span): (&str, Range<usize>)) -> Read<(String, Range<usize>)> {
    if text.is_empty() || text.contains('\0') {
        let message = format!(
            "`{}` has an empty value; name what is meant, or leave it out",
            setting.path()
        );
        return Err(Wrong { span, message });
    }
    Ok((text.to_owned(), span))
}

fn wrong_type(setting: &Setting, (value, span): (&DeValue<'_>, Range<usize>)) -> Wrong {
    let wanted = match &setting.kind {
        Kind::Switch => "`true` or `false`",
        Kind::Word | Kind::Path => "a text, as `\"…\"`",
        Kind::Words | Kind::Folders => "a list of texts, as `[\"…\"]`",
        Kind::Every | Kind::Paths => "a list of texts, as `[\"…\"]`, or `true` for all",
        Kind::Limit(..) => "a number, or a text with a unit, as `\"…\"`",
    };
    Wrong {
        span,
        message: format!(
            "`{}` takes {wanted}, and this is {}",
            setting.path(),
            a(value)
        ),
    }
}

/// What a value is, with its article.
fn a(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
