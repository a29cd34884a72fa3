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

test "a document" {
  policy "api-roles"
  input { request: { roles: ["editor"], action: "write", kind: "Doc" } }
  cases {
    "an editor writes":          { request.roles: ["staff", "editor"] } => allow by editor
    "a viewer reads": { request.roles: ["viewer"], request.action: "read" } => allow by viewer
    "a viewer does not write":   { request.roles: ["viewer"] } => deny
    "an editor does not delete": { request.action: "delete" } => deny by delete
    "an administrator deletes": {
      request.roles: ["admin"]
      request.action: "delete"
    } => allow by admin
  }
}
