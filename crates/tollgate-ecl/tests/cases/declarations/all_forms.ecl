# stage: parse
# Every declaration in its usual form.
import "common.ecl"

enum Connector { CCS, Type2, CHAdeMO }

record Offer {
  price_per_kwh: money<EUR>
  trust:         number
  distance:      length
  connector:     Connector
  tags:          list<string, 16>  # every list has a bound
  note:          string?           # option
}

blueprint "ev-charging" {
  id: "did:erynoa:blueprint:ev-charging:v1"
  attributes: { power_output: { type: power, min: 0kW }, connector: { type: Connector } }
}

constraint "certified" { severity: mandatory  rule: provider has_credential "did:erynoa:credential:eichrecht:*" }

environment "berlin" { parent: "germany"  constraints: ["certified"] }

policy "vehicle-charging" {
  id: "did:erynoa:policy:vehicle-charging-001"
  order: reject, escalate, accept
  input { offer: Offer, context: Context }
  let max = 0.50 EUR
  auto_reject { expensive: offer.price_per_kwh > 2 * max }
  auto_accept all {
    price: offer.price_per_kwh <= max
    near:  offer.distance <= 5km, "too far away"
    chain: 0 <= offer.trust <= 1
  }
  escalate { low_budget: context.budget_remaining < 10 EUR }
  on accept { emit("accepted", { price: offer.price_per_kwh }) }
  otherwise reject "no rule matched"
}

fn within_budget(o: Offer, c: Context) -> bool { o.price_per_kwh <= c.budget_remaining }

fn label(o: Offer) -> int {
  let long = if o.distance > 5km then 1 else 0
  match o.connector { CCS | Type2 => long, CHAdeMO if long == 1 => 2, _ => 3 }
}

test "cheap and near is accepted" {
  policy "vehicle-charging"
  input { offer: { price_per_kwh: 0.42 EUR, trust: 0.92, distance: 1.2km, connector: CCS, tags: [], note: none } }
  facts {
    trust("did:erynoa:agent:1"): { r: 0.9 }
    now: "2025-01-28T10:15:00Z"
  }
  expect accept by chain because "price (0.42) <= max (0.50): PASS"
}
