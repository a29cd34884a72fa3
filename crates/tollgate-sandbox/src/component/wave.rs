//! Arguments of a call in the notation of components, WAVE; and what is wrong with them in the words of who wrote them.

use wasmtime::component::{
    Type, Val,
    types::ComponentFunc,
    wasm_wave::{parser::ParserError, untyped::UntypedFuncCall},
};

/// WAVE has a syntax for calls; the name of the function in it does not matter.
const BEFORE: &str = "call(";

/// Reads the arguments of `ty`: values with commas between them.
pub(super) fn params(ty: &ComponentFunc, text: &str) -> Result<Vec<Val>, String> {
    let types: Vec<Type> = ty.params().map(|(_, ty)| ty).collect();
    let call = format!("{BEFORE}{text})");
    let told = |error: ParserError| told(&error, text, &types);
    let call = UntypedFuncCall::parse(&call).map_err(told)?;
    call.to_wasm_params::<Val>(&types).map_err(told)
}

/// Returns what is wrong with which part of the text.
fn told(error: &ParserError, text: &str, types: &[Type]) -> String {
    let what = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    let part = |place: usize| place.saturating_sub(BEFORE.len()).min(text.len());
    let span = error.span();
    let wrong = text
        .get(part(span.start)..part(span.end))
        .unwrap_or_default();
    let takes_text = types.iter().any(|ty| matches!(ty, Type::String));
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
