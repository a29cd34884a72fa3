//! `tollgate ecl repl`: declarations and expressions as they are typed.
//!
//! A declaration is kept when the bundle still compiles with it. An expression becomes what an effect of a policy says, which has
//! whatever type the expression has by itself.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;

use clap::Args;
use tollgate_ecl::host::outcome::EffectRecord;
use tollgate_ecl::syntax::parser::{parse, parse_expr};
use tollgate_ecl::{
    Bundle, Compiled, CompiledProgram, MemoryFacts, Program, Redaction, Verdict, Vm, compile,
    encode,
};

use super::answer::print;
use super::policy::RequestArguments;
use super::source;
use crate::error::{CliError, CliResult, OrExit as _};
use crate::escapes::clean;
use crate::exit::Exit;

/// Bytes of one line at most.
const LINE_BYTES_MAX: u64 = 64 * 1024;

const HELP: &str = "An expression gives its value; a declaration (enum, record, fn, policy, …) is kept; `let x = …` gives a name.
:help this text   :list what is kept   :reset forget it   :quit leave (or end of input)
";

#[derive(Args)]
#[command(after_help = "Example:
  echo '2 * 0.25 EUR <= 0.50 EUR' | tollgate ecl repl")]
pub(super) struct ReplArguments {
    /// Files or folders whose declarations are known from the start
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// File of facts as JSON; without it the host knows nothing
    #[arg(long, value_name = "FILE")]
    facts: Option<String>,
}

/// What has been declared so far.
struct Session {
    files: Bundle,
    kept: String,
    lets: Vec<String>,
    facts: MemoryFacts,
}

pub(super) fn run(arguments: &ReplArguments) -> CliResult<Exit> {
    let request = RequestArguments {
        input: None,
        facts: arguments.facts.clone(),
        gas_limit: None,
    };
    let files = if arguments.paths.is_empty() {
        Bundle::default()
    } else {
        source::compiled(&arguments.paths)?;
        source::load(&arguments.paths)?.bundle
    };
    let mut session = Session {
        files,
        kept: String::new(),
        lets: Vec::new(),
        facts: request.facts(&Redaction::none())?,
    };
    let prompt = match std::io::stdin().is_terminal() {
        true => Prompt::Shown,
        false => Prompt::None,
    };
    if prompt == Prompt::Shown {
        print(HELP)?;
    }
    loop {
        let Some(text) = read(prompt)? else {
            return Ok(Exit::Success);
        };
        match text.trim() {
            "" => {}
            ":quit" | ":q" => return Ok(Exit::Success),
            ":help" | ":h" => print(HELP)?,
            ":list" => print(&format!("{}{}\n", session.kept, session.lets.join("\n")))?,
            ":reset" => {
                session.kept.clear();
                session.lets.clear();
            }
            text => session.enter(text)?,
        }
    }
}

/// Whether somebody types.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prompt {
    /// At a terminal, which shows where to.
    Shown,
    /// Lines come from elsewhere.
    None,
}

/// Reads a line, and more lines while brackets are open; none at the end of the input.
fn read(prompt: Prompt) -> CliResult<Option<String>> {
    let mut text = String::new();
    loop {
        if prompt == Prompt::Shown {
            print(if text.is_empty() { "ecl> " } else { "...> " })?;
            crate::output::arrived(std::io::stdout().flush())?;
        }
        let before = text.len();
        let line =
            std::io::Read::take(std::io::stdin().lock(), LINE_BYTES_MAX).read_line(&mut text);
        if line.or_exit(Exit::Invalid)? == 0 {
            return Ok((before > 0).then_some(text));
        }
        let blank = text.get(before..).is_none_or(|line| line.trim().is_empty());
        if blank || !is_open(&text) {
            return Ok(Some(text));
        }
    }
}

/// True when more brackets are opened than closed.
fn is_open(text: &str) -> bool {
    use tollgate_ecl::syntax::lexer::{TokenKind as T, lex};
    let depth: i64 = lex(0, text)
        .tokens
        .iter()
        .map(|t| match t.kind {
            T::OpenBrace | T::OpenBracket | T::OpenParen => 1,
            T::CloseBrace | T::CloseBracket | T::CloseParen => -1,
            _ => 0,
        })
        .sum();
    depth > 0
}

impl Session {
    fn enter(&mut self, text: &str) -> CliResult<()> {
        if text.starts_with("let ") {
            return self.bind(text);
        }
        if !parse(0, text).file.items.is_empty() {
            return self.declare(text);
        }
        let (_, diagnostics) = parse_expr(0, text);
        if !diagnostics.is_empty() {
            source::report(&Bundle::single("input", text), &diagnostics);
            return Ok(());
        }
        self.evaluate(text)
    }

    /// Keeps a declaration when everything still compiles.
    fn declare(&mut self, text: &str) -> CliResult<()> {
        let mut bundle = self.files.clone();
        bundle.add("kept", self.kept.clone());
        bundle.add("input", text);
        let compiled = compile(&bundle);
        source::report(&bundle, &compiled.diagnostics);
        if !compiled.has_errors() {
            self.kept.push_str(text);
            self.kept.push('\n');
        }
        Ok(())
    }

    fn bind(&mut self, text: &str) -> CliResult<()> {
        let (bundle, compiled) = self.with_expression("true", Some(text), "accept");
        source::report(&bundle, &compiled.diagnostics);
        if !compiled.has_errors() {
            self.lets.push(text.to_owned());
        }
        Ok(())
    }

    fn evaluate(&mut self, text: &str) -> CliResult<()> {
        let (bundle, compiled) = self.with_expression(text, None, "accept");
        source::report(&bundle, &compiled.diagnostics);
        match compiled.program(Some("repl")) {
            Some(program) => self.show(program, text),
            None => Ok(()),
        }
    }

    /// The bundle with a policy whose effect is the expression.
    fn with_expression(
        &self,
        text: &str,
        binding: Option<&str>,
        otherwise: &str,
    ) -> (Bundle, Compiled) {
        let mut bundle = self.files.clone();
        bundle.add("kept", self.kept.clone());
        let lets = self.lets.iter().map(String::as_str).chain(binding);
        let lets: String = lets.map(|l| format!("{l}\n")).collect();
        // What was typed begins a line of its own, so that a diagnostic shows it as it was typed.
        let policy = format!(
            "policy \"repl\" {{ input {{}}\n{lets}let value =\n{text}\notherwise {otherwise}\non accept {{ emit(\"value\", value) }} }}"
        );
        bundle.add("input", policy);
        let compiled = compile(&bundle);
        (bundle, compiled)
    }

    fn show(&mut self, program: &Program, text: &str) -> CliResult<()> {
        let (verdict, effects) = self.run(program)?;
        let effect = match verdict.result {
            Err(error) => return print(&format!("error {}: {error}\n", error.code())),
            Ok(_) => effects.first().and_then(|effect| effect.operands.first()),
        };
        let ty = program
            .effects
            .first()
            .and_then(|effect| effect.operands.first());
        // Without the effect it costs what the expression costs.
        let (_, alone) = self.with_expression(text, None, "reject");
        let gas = match alone.program(Some("repl")) {
            Some(alone) => self.run(alone)?.0.gas.total(),
            None => verdict.gas.total(),
        };
        let (Some(value), Some(ty)) = (effect, ty) else {
            let message = "an expression was evaluated, and there is no value of it";
            return Err(CliError::message(Exit::Internal, message));
        };
        print(&format!(
            "{} : {}  ({gas} gas)\n",
            clean(&value.to_string()),
            program.type_name(ty)
        ))
    }

    fn run(&mut self, program: &Program) -> CliResult<(Verdict, Vec<EffectRecord>)> {
        let input = encode(program, &serde_json::json!({})).or_exit(Exit::Internal)?;
        let machine = CompiledProgram::new(program.clone()).or_exit(Exit::Internal)?;
        let mut vm = Vm::new(Arc::new(machine));
        let verdict = vm.evaluate(&input, &mut self.facts, &program.gas_limits);
        let (verdict, effects, _) = verdict.whole(vm.effects(), vm.output());
        Ok((verdict, effects))
    }
}
