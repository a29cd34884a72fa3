# stage: parse
constraint "c" { severity: warning }
fn f() -> bool { }
test "t" { policy "p" }
logic_guard "g" { gas_limit: 5 }
