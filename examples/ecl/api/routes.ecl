# Routes that are data: what a role may call stands in its record, as globs, and nobody compiles a policy to change it.

record Route {
  path:    string<128>
  methods: list<string<8>, 8>
}

record Role {
  routes: list<Route, 16>
  except: list<string<128>, 8>
}

policy "api-routes" {
  id: "did:example:policy:api-routes"
  input { method: string<8>, path: string<256>, role: Role, tenant: string<64> }
  gas_limit: 20000

  deny {
    climbs: contains(path, "/../"), "{path} leaves the folder that it names"
    excepted: any glob in role.except: path matches glob, "{path} is one of the routes that {glob} takes away"
  }
  allow any {
    own:     starts_with(path, tenant) AND method == "GET"
    granted: any route in role.routes: method in route.methods AND path matches route.path
  }
  otherwise deny "no route of the role is {method} {path}"
}

fixture orders = { path: "/v?/orders/*", methods: ["GET", "POST"] }
fixture everything = { path: "*", methods: ["GET"] }

test "a call" {
  policy "api-routes"
  input {
    method: "GET"
    path:   "/v1/orders/7/secrets"
    tenant: "/v1/tenants/ada/"
    role:   { routes: [everything, orders], except: [] }
  }
  cases {
    "a route of the role":    { method: "POST", path: "/v1/orders/7/items" } => allow by granted
    "a tenant reads its own": { path: "/v1/tenants/ada/keys" } => allow by own
    "an exception takes it away": {
      role.except: ["*/keys", "*/secrets"]
    } => deny by excepted because "one of the routes that */secrets takes away"
    "a method that it does not have": {
      method: "DELETE"
    } => deny because "no route of the role is DELETE /v1/orders/7"
    "a path that climbs": { path: "/v1/orders/../admin" } => deny by climbs
    "an exception that cannot be read excepts nothing in silence": {
      role.except: ["*/keys\\"]
    } => error E0410
  }
}
