//! `tollgate module`: what a server keeps to be run.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde::Deserialize as _;
use serde_json::json;
use tollgate::receipt::{KeyName, SecretKey};
use tollgate::sandbox::Compiler;
use tollgate::signature::ModuleSignature;
use tollgate::state::limits::MODULE_BYTES_MAX;
use tollgate::{CompileLimits, Digest, Grant, Inspection, Item, SourceOptions};
use tollgate_api::{
    AddSignature, Client, ClientError, ModulePolicy, ModuleVersion, Prune, Pruned, SetPolicy, Tag,
};

use super::signers::{self, SignersAction};
use super::{ServerArguments, all, answer, parted, refused, versioned};
use crate::arguments::Format;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;
use crate::key::{self, KeysFolder};
use crate::load;
use crate::new_file::Kept;
use crate::quantity::show_bytes;
use crate::sources::{self, Input};

/// Bytes of a policy that are read: more than a server takes, which says how much that is.
const POLICY_FILE_BYTES_MAX: usize = 1 << 20;

#[derive(Args)]
#[command(after_help = "Examples:
  tollgate module push wordstat.wasm wordstat@1.0.0 --tag stable
  tollgate module push wordstat.wasm wordstat@1.0.0 --sign ci
  tollgate module list
  tollgate module show wordstat@stable
  tollgate module untag wordstat@stable
  tollgate module policy set wordstat limits.ecl
  tollgate module signers trust trusted.keys
  tollgate module prune wordstat --keep 3 --dry-run
  tollgate module delete wordstat@1.0.0")]
pub(crate) struct ModuleArguments {
    #[command(subcommand)]
    action: ModuleAction,
    #[command(flatten)]
    server: ServerArguments,
    /// For people, or for programs
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Subcommand)]
enum ModuleAction {
    /// Push a version. It never means anything else.
    Push {
        /// File, https URL, or `-` for standard input; text is assembled
        #[arg(value_name = "MODULE")]
        module: String,
        /// What it is called there
        #[arg(value_name = "NAME@VERSION")]
        name: String,
        /// Let this tag name it
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
        /// Let the policy in this file decide about the module's runs, from before the push on; for `admin`
        #[arg(long, value_name = "FILE")]
        policy: Option<String>,
        /// Sign its bytes with this key of `tollgate key`, which the server has to trust
        #[arg(long, value_name = "NAME")]
        sign: Option<KeyName>,
        #[command(flatten)]
        keys: KeysFolder,
    },
    /// List versions, of one module or of all.
    List {
        /// The module
        name: Option<String>,
    },
    /// Show what a version exports, imports and could want.
    Show {
        /// A version, a tag, or the version that was pushed last
        #[arg(value_name = "NAME[@VERSION]")]
        name: String,
    },
    /// Write the bytes of a version to a new file.
    Get {
        /// The version, or a tag
        #[arg(value_name = "NAME@VERSION")]
        name: String,
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Let a tag name a version.
    Tag {
        /// The version
        #[arg(value_name = "NAME@VERSION")]
        name: String,
        /// The tag
        tag: String,
    },
    /// Take a tag away.
    Untag {
        /// The tag
        #[arg(value_name = "NAME@TAG")]
        name: String,
    },
    /// Delete the versions of a module that are neither among the newest nor named by a tag.
    ///
    /// Of a key that is not `admin`, those that it pushed. What is deleted is printed.
    Prune {
        /// The module
        #[arg(value_name = "NAME")]
        name: String,
        /// How many of the versions that were pushed last stay
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        keep: u32,
        /// Print what would be deleted, and delete nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// The policy that decides whether a run of a module begins
    #[command(subcommand)]
    Policy(PolicyAction),
    /// The keys whose signatures of modules count
    #[command(subcommand)]
    Signers(SignersAction),
    /// Delete a version that no tag names. Nothing else can be pushed in its place.
    Delete {
        /// The version
        #[arg(value_name = "NAME@VERSION")]
        name: String,
    },
}

#[derive(Subcommand)]
enum PolicyAction {
    /// Let a policy decide about all runs of a module that begin from now on.
    Set {
        /// The module, which need not be there yet
        #[arg(value_name = "NAME")]
        name: String,
        /// The policy, which imports `run.ecl`; `-` for standard input
        #[arg(value_name = "FILE")]
        file: String,
    },
    /// Print the policy of a module.
    Show {
        /// The module
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Take the policy of a module away.
    Remove {
        /// The module
        #[arg(value_name = "NAME")]
        name: String,
    },
}

pub(crate) fn run(arguments: &ModuleArguments) -> CliResult<Exit> {
    let ModuleArguments {
        action,
        server,
        format,
    } = arguments;
    let client = server.client()?;
    match action {
        ModuleAction::Push {
            module,
            name,
            tags,
            policy,
            sign,
            keys,
        } => {
            let (name, which) = versioned(name)?;
            let key = sign.as_ref().map(|key| to_sign(keys, key)).transpose()?;
            let bytes = bytes(module)?;
            let version = (name, which, &*bytes);
            let mut pushed = match policy {
                None => client.push(name, which, &bytes).map_err(refused)?,
                Some(file) => push_with_policy(&client, version, file)?,
            };
            if let Some(key) = key {
                pushed = signed(&client, version, &key)?;
            }
            for tag in tags {
                let set = client.set_tag(name, tag, which).map_err(refused);
                set.map_err(|error| {
                    let what = format!("`{name}@{which}` is pushed, and has not the tag `{tag}`");
                    CliError::about(error.exit, what, error.error)
                })?;
            }
            answer(*format, &line(&pushed), &json!(pushed))
        }
        ModuleAction::List { name: None } => {
            let versions = all(|page| {
                let page = client.modules(page)?;
                Ok((page.versions, page.next_page))
            })?;
            let lines: String = versions.iter().map(line).collect();
            answer(*format, &lines, &json!({ "versions": versions }))
        }
        ModuleAction::List { name: Some(name) } => {
            let (versions, tags) = module(&client, name)?;
            let lines: String = versions.iter().map(line).collect();
            let tag = |tag: &Tag| format!("{name}@{}  is {}\n", tag.tag, tag.version);
            let lines = lines + &tags.iter().map(tag).collect::<String>();
            answer(
                *format,
                &lines,
                &json!({ "versions": versions, "tags": tags }),
            )
        }
        ModuleAction::Show { name } => {
            let shown = shown(&client, name)?;
            let text = line(&shown) + &signatures(&shown) + &description(&shown)?;
            answer(*format, &text, &json!(shown))
        }
        ModuleAction::Get { name, file } => {
            let (name, which) = versioned(name)?;
            let bytes = client.download(name, which).map_err(refused)?;
            let mut file = Kept::file(file, "module").create(&Grant::none())?;
            file.write_all(&bytes).or_exit(Exit::Unwritten)?;
            Ok(Exit::Success)
        }
        ModuleAction::Tag { name, tag } => {
            let (name, which) = versioned(name)?;
            client.set_tag(name, tag, which).map_err(refused)?;
            Ok(Exit::Success)
        }
        ModuleAction::Untag { name } => {
            let (name, tag) = versioned(name)?;
            client.remove_tag(name, tag).map_err(refused)?;
            Ok(Exit::Success)
        }
        ModuleAction::Prune {
            name,
            keep,
            dry_run,
        } => {
            let wanted = Prune {
                keep: *keep,
                dry_run: *dry_run,
            };
            let pruned = pruned(&client, name, &wanted)?;
            let mut lines: String = pruned.versions.iter().map(line).collect();
            if !pruned.is_complete {
                lines.push_str("and more\n");
            }
            answer(*format, &lines, &json!(pruned))
        }
        ModuleAction::Policy(action) => policy(&client, action, *format),
        ModuleAction::Signers(action) => signers::run(&client, action, *format),
        ModuleAction::Delete { name } => {
            let (name, which) = versioned(name)?;
            client.delete_version(name, which).map_err(refused)?;
            Ok(Exit::Success)
        }
    }
}

/// Prunes a module until nothing is left to delete: a server deletes some at a time.
fn pruned(client: &Client, name: &str, wanted: &Prune) -> CliResult<Pruned> {
    let mut all = client.prune(name, wanted).map_err(refused)?;
    while !all.is_complete && !wanted.dry_run {
        let more = client.prune(name, wanted).map_err(|error| {
            let deleted = all.versions.len();
            let error = refused(error);
            let what = format!("{deleted} versions of `{name}` are deleted, and there are more");
            CliError::about(error.exit, what, error.error)
        })?;
        all.versions.extend(more.versions);
        all.is_complete = more.is_complete;
    }
    Ok(all)
}

fn policy(client: &Client, action: &PolicyAction, format: Format) -> CliResult<Exit> {
    match action {
        PolicyAction::Set { name, file } => {
            let set = set_policy(client, name, file)?;
            let text = format!("{name}  policy `{}`  {}\n", set.name, set.hash);
            answer(format, &text, &json!(set))
        }
        PolicyAction::Show { name } => {
            let shown = client.policy(name).map_err(refused)?;
            answer(format, &shown.text, &json!(shown))
        }
        PolicyAction::Remove { name } => {
            client.remove_policy(name).map_err(refused)?;
            Ok(Exit::Success)
        }
    }
}

fn set_policy(client: &Client, module: &str, file: &str) -> CliResult<ModulePolicy> {
    set(client, module, policy_text(file)?).map_err(refused)
}

fn policy_text(file: &str) -> CliResult<String> {
    sources::read_text(Input::plain(Path::new(file)), POLICY_FILE_BYTES_MAX, "")
}

fn set(client: &Client, module: &str, text: String) -> Result<ModulePolicy, ClientError> {
    client.set_policy(module, &SetPolicy { text })
}

/// Pushes a version and sets the policy of its module. A push that is refused leaves the policy as it was, and a version that is new
/// never runs without it.
fn push_with_policy(
    client: &Client,
    (name, which, bytes): (&str, &str, &[u8]),
    file: &str,
) -> CliResult<ModuleVersion> {
    let text = policy_text(file)?;
    let is_there = found(client.module_version(name, which))?.is_some();
    if is_there {
        // It runs already, so that the policy need not be first; and nobody knows yet whether these are its bytes.
        let pushed = client.push(name, which, bytes).map_err(refused)?;
        set(client, name, text).map_err(refused)?;
        return Ok(pushed);
    }
    let before = found(client.policy(name))?;
    set(client, name, text).map_err(refused)?;
    match client.push(name, which, bytes) {
        Ok(pushed) => Ok(pushed),
        Err(error @ ClientError::Refused { status, .. }) if status < 500 => {
            Err(put_back(client, (name, before), refused(error)))
        }
        Err(error) => {
            let what = format!(
                "whether `{name}@{which}` was pushed is not known; the policy that came with it is set"
            );
            let error = refused(error);
            Err(CliError::about(error.exit, what, error.error))
        }
    }
}

/// The key that is to sign.
fn to_sign(folder: &KeysFolder, name: &KeyName) -> CliResult<SecretKey> {
    key::existing(&key::folder(folder.keys.as_deref())?)?.to_sign(name)
}

/// Signs the bytes of a version that was pushed.
fn signed(
    client: &Client,
    (name, which, bytes): (&str, &str, &[u8]),
    key: &SecretKey,
) -> CliResult<ModuleVersion> {
    let signature = ModuleSignature::sign(&Digest::of(bytes), key);
    let wanted = AddSignature {
        key: signature.key().to_string(),
        signature: signature.to_string(),
    };
    client.sign(name, which, &wanted).map_err(|error| {
        let error = refused(error);
        let what = format!("`{name}@{which}` is pushed, and not signed");
        CliError::about(error.exit, what, error.error)
    })
}

/// What is not there is none.
fn found<T>(shown: Result<T, ClientError>) -> CliResult<Option<T>> {
    match shown {
        Ok(found) => Ok(Some(found)),
        Err(ClientError::Refused { status: 404, .. }) => Ok(None),
        Err(error) => Err(refused(error)),
    }
}

/// The policy that was there before a push that was refused decides again.
fn put_back(
    client: &Client,
    (module, before): (&str, Option<ModulePolicy>),
    error: CliError,
) -> CliError {
    let back = match before {
        None => client.remove_policy(module),
        Some(ModulePolicy { text, .. }) => set(client, module, text).map(drop),
    };
    match back {
        Ok(()) => error,
        Err(why) => {
            let what = format!(
                "the push is refused, and `{module}` keeps the policy that came with it, since the one before could not be put back ({why})"
            );
            CliError::about(error.exit, what, error.error)
        }
    }
}

/// The binary form of a module: text is assembled here, since the server takes none.
fn bytes(module: &str) -> CliResult<Arc<[u8]>> {
    let source = load::source(module)?;
    let options = SourceOptions {
        bytes_max: MODULE_BYTES_MAX,
        ..SourceOptions::default()
    };
    let read = source.read(&options);
    let read = read.map_err(|error| CliError::new(load::of_source(&error), error))?;
    let compiler = Compiler::worker(CompileLimits::default()).or_exit(Exit::Internal)?;
    let assembled = compiler.assemble(&read, MODULE_BYTES_MAX);
    let assembled = assembled
        .map_err(|error| CliError::about(load::of_compile(&error), format!("`{module}`"), error))?;
    Ok(assembled.bytes)
}

/// A module with all its versions.
fn module(client: &Client, name: &str) -> CliResult<(Vec<ModuleVersion>, Vec<Tag>)> {
    let mut tags = Vec::new();
    let versions = all(|page| {
        let page = client.module(name, page)?;
        tags = page.tags;
        Ok((page.versions.versions, page.versions.next_page))
    })?;
    Ok((versions, tags))
}

fn shown(client: &Client, reference: &str) -> CliResult<ModuleVersion> {
    let (name, which) = parted(reference);
    let which = match which {
        Some(which) => which.to_owned(),
        None => {
            let (versions, _) = module(client, name)?;
            let last = versions.last().map(|version| version.version.clone());
            last.ok_or_else(|| {
                CliError::message(Exit::NotFound, format!("`{name}` has no version"))
            })?
        }
    };
    client.module_version(name, &which).map_err(refused)
}

fn line(version: &ModuleVersion) -> String {
    let ModuleVersion {
        name,
        version,
        digest,
        bytes,
        pushed_by: _,
        created_at: _,
        description: _,
        signatures: _,
    } = version;
    format!(
        "{name}@{version}  {}  sha256:{digest}\n",
        show_bytes(*bytes)
    )
}

/// Who signed a version, a line each.
fn signatures(version: &ModuleVersion) -> String {
    let signatures = version.signatures.iter().flatten();
    let line = |signature: &tollgate_api::ModuleSignature| {
        let counts = match signature.counts {
            true => "",
            false => "  (revoked)",
        };
        format!("signed by  {}  {}{counts}\n", signature.name, signature.key)
    };
    signatures.map(line).collect()
}

/// What a version exports and imports, a line each.
fn description(version: &ModuleVersion) -> CliResult<String> {
    let Some(description) = &version.description else {
        return Ok(String::new());
    };
    let described = Inspection::deserialize(description).or_exit(Exit::Invalid)?;
    let line = |what: &str, item: &Item| match item.module.as_str() {
        "" => format!("{what}  {}  {}\n", item.name, item.kind),
        module => format!("{what}  {module} {}  {}\n", item.name, item.kind),
    };
    let exports = described.exports.iter().map(|item| line("exports", item));
    let imports = described.imports.iter().map(|item| line("imports", item));
    Ok(exports.chain(imports).collect())
}
