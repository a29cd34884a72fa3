# What a plan allows: requests in the last minute, size of a page, and endpoints that only some plans have.

enum Plan { Free, Team, Enterprise }

record Call {
  plan:                 Plan
  endpoint:             string<128>
  requests_last_minute: int
  page_size:            int
}

fn requests_per_minute(plan: Plan) -> int {
  match plan { Free => 60, Team => 600, Enterprise => 6_000 }
}

policy "api-tiers" {
  id: "did:example:policy:api-tiers"
  input { call: Call }

  deny {
    rate: call.requests_last_minute >= requests_per_minute(
      call.plan,
    ), "wait a minute or choose a larger plan"
    page_size: NOT (1 <= call.page_size <= 1_000)
    exports:   starts_with(call.endpoint, "/v1/exports") AND call.plan == Free
  }
  allow {
    known: starts_with(call.endpoint, "/v1/")
  }
}

test "a plan" {
  policy "api-tiers"
  input { call: { plan: Team, endpoint: "/v1/items", requests_last_minute: 60, page_size: 100 } }
  cases {
    "the sixtieth request of a free plan": { call.plan: Free } => deny by rate
    "a team has ten times as many":        {} => allow by known
    "a page has a size":                   { call.page_size: 1_001 } => deny by page_size
    "another version is unknown":          { call.endpoint: "/v2/items" } => deny
    "a free plan has no exports": {
      call: { plan: Free, endpoint: "/v1/exports/7", requests_last_minute: 0, page_size: 10 }
    } => deny by exports
  }
}
