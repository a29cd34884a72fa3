# One round of a negotiation: take the offer, ask the owner, or let the agent make a counter-offer (a rejection).

record Round {
  counterpart: did
  first:       money<EUR>
  current:     money<EUR>
  target:      money<EUR>
  number:      int
}

fn came_down(round: Round) -> bool {
  concession(round.first, round.current) >= 0.15
}

policy "negotiation-round" {
  id: "did:example:policy:negotiation-round"
  input { round: Round }

  auto_reject {
    walked_away: round.number > 8, "eight rounds are enough"
    went_up:     round.current > round.first
  }
  auto_accept any {
    at_target:    round.current <= round.target
    close_enough: acceptable(round.current, round.target, 0.05) AND came_down(round)
  }
  escalate {
    good_karma: acceptable(round.current, round.target, 0.10)
      AND (karma(round.counterpart) else 0.0) >= 2.0
  }
  otherwise reject "make a counter-offer"
}

test "an offer at the target is taken" {
  policy "negotiation-round"
  input {
    round: {
      counterpart: "did:example:seller"
      first:       120 EUR
      current:     100 EUR
      target:      100 EUR
      number:      3
    }
  }
  expect accept by at_target
}

test "a seller who came down far enough gets five percent more" {
  policy "negotiation-round"
  input {
    round: {
      counterpart: "did:example:seller"
      first:       125 EUR
      current:     104 EUR
      target:      100 EUR
      number:      3
    }
  }
  expect accept by close_enough
}

test "a seller with good karma is worth a question" {
  policy "negotiation-round"
  input {
    round: {
      counterpart: "did:example:seller"
      first:       120 EUR
      current:     109 EUR
      target:      100 EUR
      number:      3
    }
  }
  facts { karma("did:example:seller"): 2.5 }
  expect escalate by good_karma
}

test "nobody's karma is zero" {
  policy "negotiation-round"
  input {
    round: {
      counterpart: "did:example:stranger"
      first:       120 EUR
      current:     109 EUR
      target:      100 EUR
      number:      3
    }
  }
  expect reject because "make a counter-offer"
}

test "a price that went up ends it" {
  policy "negotiation-round"
  input {
    round: {
      counterpart: "did:example:seller"
      first:       120 EUR
      current:     121 EUR
      target:      100 EUR
      number:      3
    }
  }
  expect reject by went_up
}

test "the ninth round ends it" {
  policy "negotiation-round"
  input {
    round: {
      counterpart: "did:example:seller"
      first:       120 EUR
      current:     100 EUR
      target:      100 EUR
      number:      9
    }
  }
  expect reject by walked_away
}
