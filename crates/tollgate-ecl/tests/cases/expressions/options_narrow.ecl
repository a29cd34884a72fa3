# An option is its value where a condition says that there is one.
enum Level { Low, High }

record Owner { name: string<32>, age: int?, level: Level? }

fn twice(n: int?) -> int { if n == none then 0 else n + n }

fn known(n: int?) -> bool { n != none }

fn age(owner: Owner?) -> int {
  match owner {
    none                             => -1
    grown if (grown.age else 0) > 17 => grown.age?
    _                                => owner.age else 0
  }
}

policy "narrow" {
  input { a: int?, b: int?, text: string<8>?, level: Level?, owner: Owner?, names: list<Owner, 4> }
  let kept = if a != none then a else 7
  escalate { order: owner != none AND known(owner.age) AND owner.age? > 90 }
  deny {
    and:    a != none AND a > 3
    or:     NOT (b == none OR b < 100)
    nested: owner != none AND owner.age != none AND owner.age == 5
    either: (a != none OR b != none) AND (a else 0) == -1
    same:   a == 2 AND a + 1 == 3
    loop:   any n in names: n.age != none AND n.age == 70
  }
  allow any {
    text:   text == "x"
    other:  level == High
    twice:  twice(a) == -20 AND kept < 0
    age:    age(owner) == 40
    match:  level != none AND (match level { Low => true, High => false })
    unlike: text != "y" AND text != none
  }
}

test "and" { policy "narrow" input { a: 4, names: [] } expect deny by "and" }
test "or" { policy "narrow" input { b: 100, names: [] } expect deny by "or" }
test "nested" { policy "narrow" input { owner: { name: "o", age: 5 }, names: [] } expect deny by nested }
test "either" { policy "narrow" input { a: -1, names: [] } expect deny by either }
test "same" { policy "narrow" input { a: 2, names: [] } expect deny by same }
test "loop" { policy "narrow" input { names: [{ name: "o" }, { name: "p", age: 70 }] } expect deny by loop }
test "text" { policy "narrow" input { text: "x", names: [] } expect allow by text }
test "other" { policy "narrow" input { level: High, names: [] } expect allow by other }
test "twice" { policy "narrow" input { a: -10, names: [] } expect allow by twice }
test "age" { policy "narrow" input { owner: { name: "o", age: 40 }, names: [] } expect allow by age }
test "match" { policy "narrow" input { level: Low, names: [] } expect allow by "match" }
test "unlike" { policy "narrow" input { text: "z", names: [] } expect allow by unlike }
test "none equals nothing" { policy "narrow" input { names: [] } expect deny }
test "known" { policy "narrow" input { owner: { name: "o", age: 91 }, names: [] } expect escalate by order }

logic_guard "narrowed" {
  address: "0x1::a::b"
  input { a: int?, b: int?, c: int? }
  output { sum: int }
  body: |
    require a != none, "a is missing"
    if b == none { reject("b is missing") }
    match c {
      none => reject("c is missing")
      _    => assert(c > 0, "c is small")
    }
    if c != none { assert(c < 10) }
    return { sum: a + b + (c else 0) }
}

test "all are there" { logic_guard "narrowed" input { a: 1, b: 2, c: 3 } expect output { sum: 6 } }
test "no a" { logic_guard "narrowed" input { b: 2, c: 3 } expect reject because "a is missing" }
test "no b" { logic_guard "narrowed" input { a: 1, c: 3 } expect reject because "b is missing" }
test "no c" { logic_guard "narrowed" input { a: 1, b: 2 } expect reject because "c is missing" }

policy "demand" {
  input { a: int?, owner: Owner? }
  allow { a: a? > 1, named: owner?.name == "ada" OR (owner?).name == "bob" }
}

test "a demanded value" { policy "demand" input { a: 2, owner: { name: "bob" } } expect allow }
test "a value that is not there" { policy "demand" input { owner: { name: "ada" } } expect error E0409 }
test "an owner who is not there" { policy "demand" input { a: 2 } expect error E0409 }
