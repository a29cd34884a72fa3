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

fixture seller = "did:example:seller"
fixture round { counterpart: seller, first: 120 EUR, current: 109 EUR, target: 100 EUR, number: 3 }

test "a round" {
  policy "negotiation-round"
  input { round: round }
  facts { karma(seller): 2.5 }
  cases {
    "at the target": { round.current: 100 EUR } => accept by at_target
    "five percent more for one who came down far": {
      round.first: 125 EUR
      round.current: 104 EUR
    } => accept by close_enough
    "good karma is worth a question": {} => escalate by good_karma
    "nobody's karma is zero": {
      round.counterpart: "did:example:stranger"
    } => reject because "make a counter-offer"
    "a price that went up ends it": { round.current: 121 EUR } => reject by went_up
    "the ninth round ends it":      { round.number: 9 } => reject by walked_away
  }
}
