# stage: parse
# Parts of what a test expects, each given twice.
policy "p" { input { a: int }  deny { low: a < 3, "low" }  otherwise accept }
test "by" { policy "p"  input { a: 1 }  expect deny by low by low }
test "because" { policy "p"  input { a: 1 }  expect deny because "low" because "lower" }
