# Lists are equal place by place, and put behind each other.
record Part { name: string<8>, sizes: list<int, 3> }

fn both(a: list<int, 3>, b: list<int, 3>) -> list<int, 6> { a ++ b }

policy "lists" {
  input {
    a: list<int, 3>, b: list<int, 3>, aa: list<list<int, 3>, 4>, parts: list<Part, 2>, part: Part, xs: list<number, 3>
    m: map<string<8>, list<int, 3>, 2>, n: map<string<4>, list<int, 2>, 2>, maybe: list<int, 2>?, amounts: list<money<EUR>, 2>
  }
  let fixed = [1, 2] ++ [3]
  deny any {
    equal:    a == b
    constant: fixed != [1, 2, 3] OR [1] ++ [] != [1]
    behind:   a ++ b == [7, 8, 9, 7]
    called:   both(a, b) == both(b, a) AND len(both(a, b)) == 4
    in_list:  a in aa
    in_both:  5 in a ++ b ++ [6]
    part:     part in parts AND part != Part { name: "x", sizes: [] }
    zeros:    xs == [0.0, 1.0]
    maps:     m == n AND m != {} AND [m] == [n] AND n in [m] AND m in [n] AND m == { k: [1], j: [] }
    option:   maybe == [4]
    amounts:  amounts ++ amounts == [1 EUR, 1 EUR]
    longer:   (sum x in a ++ b: x) > 100
    subset:   is_subset(aa, [[50], [51]]) AND aa != []
  }
  allow { other: a != b }
}

policy "many effects" {
  input { a: list<string<8>, 2>, more: bool }
  let first = [emit("first", 1)]
  accept { yes: true }
  on accept { first ++ (map x in a: emit("x", x)) ++ (if more then first else []) }
}

test "nothing is equal" {
  policy "lists"
  input {
    a: [1], b: [2], aa: [[2], []], parts: [], part: { name: "x", sizes: [] }, xs: [], m: {}, n: {}, amounts: []
  }
  expect allow
}

test "equal lists" {
  policy "lists"
  input { a: [1, 2], b: [1, 2], aa: [], parts: [], part: { name: "x", sizes: [] }, xs: [], m: {}, n: {}, amounts: [] }
  expect deny by equal
}

test "a list that begins as the other is another" {
  policy "lists"
  input { a: [1, 2], b: [1], aa: [[1]], parts: [], part: { name: "x", sizes: [] }, xs: [], m: {}, n: {}, amounts: [] }
  expect allow
}

test "one behind the other" {
  policy "lists"
  input { a: [7, 8], b: [9, 7], aa: [], parts: [], part: { name: "x", sizes: [] }, xs: [], m: {}, n: {}, amounts: [] }
  expect deny by behind
}

test "the order in which lists are put together counts" {
  policy "lists"
  input { a: [9, 7], b: [7, 8], aa: [], parts: [], part: { name: "x", sizes: [] }, xs: [], m: {}, n: {}, amounts: [] }
  expect allow
}

test "a list in a list of lists" {
  policy "lists"
  input { a: [2], b: [], aa: [[1], [2]], parts: [], part: { name: "x", sizes: [] }, xs: [], m: {}, n: {}, amounts: [] }
  expect deny by in_list
}

test "a record that has a list" {
  policy "lists"
  input {
    a: [2], b: [], aa: [], parts: [{ name: "p", sizes: [1] }, { name: "p", sizes: [1, 2] }]
    part: { name: "p", sizes: [1, 2] }, xs: [], m: {}, n: {}, amounts: []
  }
  expect deny by part
}

test "both zeros are one" {
  policy "lists"
  input { a: [2], b: [], aa: [], parts: [], part: { name: "x", sizes: [] }, xs: [-0.0, 1.0], m: {}, n: {}, amounts: [] }
  expect deny by zeros
}

test "maps are equal whatever their bounds" {
  policy "lists"
  input {
    a: [2], b: [], aa: [], parts: [], part: { name: "x", sizes: [] }, xs: [], m: { k: [1], j: [] }, n: { j: [], k: [1] }
    amounts: []
  }
  expect deny by maps
}

test "a value more makes another map" {
  policy "lists"
  input {
    a: [2], b: [], aa: [], parts: [], part: { name: "x", sizes: [] }, xs: [], m: { k: [1], j: [] }, n: { j: [], k: [1, 1] }
    amounts: []
  }
  expect allow
}

test "an option of a list" {
  policy "lists"
  input {
    a: [2], b: [], aa: [], parts: [], part: { name: "x", sizes: [] }, xs: [], m: {}, n: {}, maybe: [4], amounts: []
  }
  expect deny by option
}

test "amounts" {
  policy "lists"
  input { a: [2], b: [], aa: [], parts: [], part: { name: "x", sizes: [] }, xs: [], m: {}, n: {}, amounts: [1 EUR] }
  expect deny by amounts
}

test "a sum over both" {
  policy "lists"
  input { a: [2, 49], b: [50], aa: [], parts: [], part: { name: "x", sizes: [] }, xs: [], m: {}, n: {}, amounts: [] }
  expect deny by longer
}

test "a set of lists" {
  policy "lists"
  input { a: [2], b: [], aa: [[51], [51]], parts: [], part: { name: "x", sizes: [] }, xs: [], m: {}, n: {}, amounts: [] }
  expect deny by subset
}

test "effects are put together" {
  policy "many effects"
  input { a: ["p", "q"], more: true }
  expect accept
}
