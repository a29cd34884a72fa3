# stage: parse
fn price() -> decimal { €5 }
fn other() -> string { 'single' }
fn last() -> bool { 1 ≤ 2 }
