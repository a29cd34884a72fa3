# stage: parse
fn path() -> string { "C:\path" }
