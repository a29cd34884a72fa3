# stage: parse
fn f(a: int) -> int { a.b(1).c(2) }
