//! Arguments of a call in the notation of components, WAVE; and what is wrong with them in the words of who wrote them.

use std::fmt::{self, Write as _};

use wasmtime::component::{
    Type, Val,
    types::ComponentFunc,
    wasm_wave::{
        ast::Node,
        parser::{ParserError, ParserErrorKind},
        untyped::UntypedFuncCall,
        wasm::DisplayType,
    },
};

/// WAVE has a syntax for calls; the name of the function in it does not matter.
const BEFORE: &str = "call(";

/// The most bytes of a type in an error.
const TYPE_BYTES: usize = 200;

/// Reads the arguments of `ty`: values with commas between them.
pub(super) fn params(ty: &ComponentFunc, text: &str) -> Result<Vec<Val>, String> {
    let (names, types): (Vec<&str>, Vec<Type>) = ty.params().unzip();
    let call = format!("{BEFORE}{text})");
    let call = UntypedFuncCall::parse(&call).map_err(|error| wrong(&error, text, &types))?;
    call.to_wasm_params::<Val>(&types).map_err(|error| {
        let given = given(&call);
        match error.kind() {
            ParserErrorKind::InvalidParams => too_many_or_few(&names, &types, given.len()),
            _ => match at(&error, &given).and_then(|at| Some((names.get(at)?, types.get(at)?))) {
                Some((name, ty)) => {
                    let wrong = wrong(&error, text, std::slice::from_ref(ty));
                    format!("argument `{name}` takes `{}`: {wrong}", shown(ty))
                }
                None => wrong(&error, text, &types),
            },
        }
    })
}

/// The arguments that are there.
fn given<'a>(call: &'a UntypedFuncCall<'_>) -> Vec<&'a Node> {
    let nodes = call.params_node().and_then(|node| node.as_tuple().ok());
    nodes.into_iter().flatten().collect()
}

/// Which of the arguments the error is in.
fn at(error: &ParserError, given: &[&Node]) -> Option<usize> {
    let place = error.span().start;
    given.iter().position(|node| {
        let span = node.span();
        span.start <= place && place <= span.end
    })
}

fn too_many_or_few(names: &[&str], types: &[Type], given: usize) -> String {
    let listed: Vec<String> = names
        .iter()
        .zip(types)
        .map(|(name, ty)| format!("`{name}: {}`", shown(ty)))
        .collect();
    let takes = match listed.len() {
        0 => String::from("no arguments"),
        1 => String::from("1 argument"),
        count => format!("{count} arguments"),
    };
    let colon = if listed.is_empty() { "" } else { ": " };
    format!(
        "it takes {takes}{colon}{}; {given} given",
        listed.join(", ")
    )
}

/// Returns which part of the text is wrong, which was to be of these types, and how.
fn wrong(error: &ParserError, text: &str, types: &[Type]) -> String {
    let kind = match error.kind() {
        // The words of a library about what it does.
        ParserErrorKind::WasmValueError => String::from("something is missing or does not fit"),
        kind => kind.to_string(),
    };
    let what = match error.detail() {
        Some(detail) => format!("{kind}: {detail}"),
        None => kind,
    };
    let part = |place: usize| place.saturating_sub(BEFORE.len()).min(text.len());
    let span = error.span();
    let wrong = text
        .get(part(span.start)..part(span.end))
        .unwrap_or_default();
    let takes_text = types.iter().any(has_text);
    let is_word = wrong
        .chars()
        .all(|char| char.is_alphanumeric() || char == '-');
    match wrong {
        "" => what,
        word if takes_text && is_word => {
            format!("`{word}`: {what}; a text has quotation marks: `\"{word}\"`")
        }
        wrong => format!("`{wrong}`: {what}"),
    }
}

/// Tells whether a text is a value of the type or an item of one.
fn has_text(ty: &Type) -> bool {
    match ty {
        Type::String => true,
        Type::List(list) => matches!(list.ty(), Type::String),
        Type::Option(option) => matches!(option.ty(), Type::String),
        _ => false,
    }
}

/// The start of a type: one that is written by strangers can be as long as they like.
fn shown(ty: &Type) -> String {
    let mut start = Start(String::new());
    match write!(start, "{}", DisplayType(ty)) {
        Ok(()) => start.0,
        Err(fmt::Error) => format!("{}…", start.0),
    }
}

/// Takes [`TYPE_BYTES`], and then no more.
struct Start(String);

impl fmt::Write for Start {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > TYPE_BYTES {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}
