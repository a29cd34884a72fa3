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

test "the sixtieth request of a free plan is denied" {
  policy "api-tiers"
  input { call: { plan: Free, endpoint: "/v1/items", requests_last_minute: 60, page_size: 100 } }
  expect reject by rate
}

test "a team has ten times as many" {
  policy "api-tiers"
  input { call: { plan: Team, endpoint: "/v1/items", requests_last_minute: 60, page_size: 100 } }
  expect accept by known
}

test "a page has a size" {
  policy "api-tiers"
  input {
    call: { plan: Enterprise, endpoint: "/v1/items", requests_last_minute: 0, page_size: 1_001 }
  }
  expect reject by page_size
}

test "a free plan has no exports" {
  policy "api-tiers"
  input { call: { plan: Free, endpoint: "/v1/exports/7", requests_last_minute: 0, page_size: 10 } }
  expect reject by exports
}

test "another version is unknown" {
  policy "api-tiers"
  input { call: { plan: Team, endpoint: "/v2/items", requests_last_minute: 0, page_size: 10 } }
  expect reject
}
