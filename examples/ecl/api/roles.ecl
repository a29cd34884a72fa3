# Role-based access to documents, with one deny that no role but admin overrides.

record Request {
  roles:  list<string<32>, 16>
  action: string<16>
  kind:   string<32>
}

policy "api-roles" {
  id: "did:example:policy:api-roles"
  input { request: Request }

  deny {
    delete: request.action == "delete" AND request.kind == "Doc" AND "admin" not in request.roles
  }
  allow any {
    editor: "editor" in request.roles
      AND request.action in ["read", "write"]
      AND request.kind == "Doc"
    viewer: "viewer" in request.roles AND request.action == "read" AND request.kind == "Doc"
    admin:  "admin" in request.roles
  }
}

test "an editor writes" {
  policy "api-roles"
  input { request: { roles: ["staff", "editor"], action: "write", kind: "Doc" } }
  expect accept by editor
}

test "a viewer reads" {
  policy "api-roles"
  input { request: { roles: ["viewer"], action: "read", kind: "Doc" } }
  expect accept by viewer
}

test "a viewer does not write" {
  policy "api-roles"
  input { request: { roles: ["viewer"], action: "write", kind: "Doc" } }
  expect reject
}

test "an editor does not delete" {
  policy "api-roles"
  input { request: { roles: ["editor"], action: "delete", kind: "Doc" } }
  expect reject by delete
}

test "an administrator deletes" {
  policy "api-roles"
  input { request: { roles: ["admin"], action: "delete", kind: "Doc" } }
  expect accept by admin
}
