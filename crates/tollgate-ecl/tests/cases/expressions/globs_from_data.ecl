# Globs and prefixes that come from inputs, parameters and facts mean what they mean as literals.
record Grant { route: string<64>, verb: string<8>? }

fn covers(route: string<64>, path: string<128>) -> bool { path matches route }

policy "routes" {
  input {
    path: string<128>
    verb: string<8>
    grants: list<Grant, 8>
    blocked: list<string<32>, 4>
    home: string<32>?
    owner: did
    owners: pattern
  }
  let public = "/public/*"

  deny { blocked: any glob in blocked: path matches glob }
  allow any {
    public:  path matches public
    home:    home != none AND starts_with(path, home)
    granted: any g in grants: covers(g.route, path) AND (g.verb == none OR verb matches g.verb)
    owned:   owner matches owners
    stored:  path matches (store_get("routes", verb) else "")
  }
}

test "a glob of a record matches" {
  policy "routes"
  input { path: "/api/items/7", verb: "GET", grants: [{ route: "/api/*/?", verb: "G*" }], blocked: [], owner: "did:e:a", owners: "did:e:b" }
  expect allow by granted
}

test "a glob matches the whole text" {
  policy "routes"
  input { path: "/api/items/7/x", verb: "GET", grants: [{ route: "/api/*/7" }, { route: "api" }], blocked: [], owner: "did:e:a", owners: "did:e:b" }
  expect deny
}

test "no glob allows what a glob blocks" {
  policy "routes"
  input { path: "/public/é.key", verb: "GET", grants: [], blocked: ["*.pem", "*?.key"], owner: "did:e:a", owners: "did:e:b" }
  expect deny by blocked
}

test "a name for a literal is a literal" {
  policy "routes"
  input { path: "/public/a", verb: "GET", grants: [], blocked: ["*.pem"], owner: "did:e:a", owners: "did:e:b" }
  expect allow by public
}

test "a prefix that is data" {
  policy "routes"
  input { path: "/home/ada/x", verb: "GET", grants: [], blocked: [], home: "/home/ada/", owner: "did:e:a", owners: "did:e:b" }
  expect allow by home
}

test "a did pattern that is data" {
  policy "routes"
  input { path: "/x", verb: "GET", grants: [], blocked: [], owner: "did:e:a", owners: "did:e:*" }
  expect allow by owned
}

test "a glob from a fact" {
  policy "routes"
  input { path: "/x/y", verb: "GET", grants: [], blocked: [], owner: "did:e:a", owners: "did:e:b" }
  facts { store_get("routes", "GET"): "/x/*" }
  expect allow by stored
}

test "an empty glob matches the empty text alone" {
  policy "routes"
  input { path: "/x", verb: "GET", grants: [{ route: "" }], blocked: [""], owner: "did:e:a", owners: "did:e:b" }
  expect deny
}

test "a star that stands for itself" {
  policy "routes"
  input { path: "/a*", verb: "GET", grants: [{ route: "/a\\*" }], blocked: ["/b\\*"], owner: "did:e:a", owners: "did:e:b" }
  expect allow by granted
}

test "a glob that cannot be read blocks nothing and everything: there is no decision" {
  policy "routes"
  input { path: "/public/a", verb: "GET", grants: [], blocked: ["/a\\"], owner: "did:e:a", owners: "did:e:b" }
  expect error E0410
}

policy "not" {
  input { path: string<32>, blocked: string<32> }
  allow { fine: NOT path matches blocked }
}

test "NOT does not open what cannot be read" {
  policy "not"
  input { path: "/a", blocked: "/a\\" }
  expect error E0410
}

test "NOT of a glob" {
  policy "not"
  input { path: "/a", blocked: "/b*" }
  expect allow
}

policy "widest" {
  gas_limit: 100000
  input { path: string<4096>, glob: string<4096> }
  allow { fits: path matches glob }
}

test "a glob may be as long as a literal one" {
  policy "widest"
  input { path: "aaaaaaaaab", glob: "*a*a*a*a*b" }
  expect allow
}
