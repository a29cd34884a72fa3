# stage: parse
fn f(a: int, b: int, c: int) -> bool { a < b > c }
fn g(a: int, xs: list<int, 4>) -> bool { a in xs in xs }
fn h(a: int, b: int, c: int) -> bool { a <= b < c }
