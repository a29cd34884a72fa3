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

test "a route of the role is called" {
  policy "api-routes"
  input {
    method: "POST"
    path:   "/v1/orders/7/items"
    tenant: "/v1/tenants/ada/"
    role: {
      routes: [
        { path: "/v1/health", methods: ["GET"] },
        { path: "/v?/orders/*/items", methods: ["GET", "POST"] },
      ]
      except: []
    }
  }
  expect allow by granted
}

test "a tenant reads what is its own" {
  policy "api-routes"
  input {
    method: "GET"
    path:   "/v1/tenants/ada/keys"
    tenant: "/v1/tenants/ada/"
    role:   { routes: [], except: [] }
  }
  expect allow by own
}

test "an exception takes a route away" {
  policy "api-routes"
  input {
    method: "GET"
    path:   "/v1/orders/7/secrets"
    tenant: "/v1/tenants/ada/"
    role:   { routes: [{ path: "/v1/*", methods: ["GET"] }], except: ["*/keys", "*/secrets"] }
  }
  expect deny by excepted because "/v1/orders/7/secrets is one of the routes that */secrets takes away"
}

test "a method that the route does not have" {
  policy "api-routes"
  input {
    method: "DELETE"
    path:   "/v1/orders/7"
    tenant: "/v1/tenants/ada/"
    role:   { routes: [{ path: "/v1/orders/*", methods: ["GET"] }], except: [] }
  }
  expect deny because "no route of the role is DELETE /v1/orders/7"
}

test "a path that climbs is denied whatever the role says" {
  policy "api-routes"
  input {
    method: "GET"
    path:   "/v1/orders/../admin"
    tenant: "/v1/tenants/ada/"
    role:   { routes: [{ path: "*", methods: ["GET"] }], except: [] }
  }
  expect deny by climbs
}

test "an exception that cannot be read excepts nothing in silence" {
  policy "api-routes"
  input {
    method: "GET"
    path:   "/v1/orders/7"
    tenant: "/v1/tenants/ada/"
    role:   { routes: [{ path: "/v1/*", methods: ["GET"] }], except: ["*/secrets\\"] }
  }
  expect error E0410
}
