# What stands behind a value that is demanded, on its line, may begin something else.
fn next(x: int?) -> int { let a = x?, (a) + 1 }

policy "one line" {
  input { x: bool?, n: int?, m: map<string<8>, list<int, 2>, 2>? }
  deny { known: x? counted: n? == 3 }
  deny { bracket: next(n) > 9 looped: any y in m?["a"]?: y == next(n) - 1 }
  allow { all: true }
}

test "the first" { policy "one line" input { x: true } expect deny by known }
test "the second" { policy "one line" input { x: false, n: 3 } expect deny by counted }
test "the third" { policy "one line" input { x: false, n: 9 } expect deny by bracket }
test "the fourth" { policy "one line" input { x: false, n: 4, m: { a: [4] } } expect deny by looped }
test "what is not there" { policy "one line" input { x: false } expect error E0409 }
