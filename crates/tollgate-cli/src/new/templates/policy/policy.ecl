# Decides what an agent may buy. Whatever no rule accepts is rejected.
policy "__NAME__" {
  input {
    item: string<64>
    cost: money<EUR>
  }

  let budget = 20 EUR

  deny  { forbidden: item in ["lottery ticket", "gift card"] }
  allow { cheap: cost <= 2 EUR }
  ask   { affordable: cost <= budget, "it costs more than two euros" }
  otherwise deny "it is too expensive"
}

test "what is cheap is bought" {
  policy "__NAME__"
  input { item: "tea", cost: 1.50 EUR }
  expect accept by cheap
}

test "what is forbidden is not bought, however cheap" {
  policy "__NAME__"
  input { item: "gift card", cost: 1 EUR }
  expect deny by forbidden
}

test "somebody is asked about the rest" {
  policy "__NAME__"
  input { item: "teapot", cost: 18 EUR }
  expect ask by affordable
}

test "the budget is the end" {
  policy "__NAME__"
  input { item: "samovar", cost: 180 EUR }
  expect deny because "it is too expensive"
}
