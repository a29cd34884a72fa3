# stage: parse
fn name_ok(name: string) -> bool { name matches /^[a-z]+$ }
