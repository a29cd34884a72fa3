# May a tool open this file?

enum Mode { Read, Write, Delete }

record FileAccess {
  path: string<1024>
  mode: Mode
}

policy "tool-file-access" {
  id: "did:example:policy:tool-file-access"
  input { access: FileAccess, workspace: string<256> }

  deny {
    climbs: contains(access.path, "..")
    secrets: access.path matches "*/.ssh/*"
      OR access.path matches "*.pem"
      OR ends_with(access.path, "/.env")
  }
  allow any {
    reads_workspace: access.mode == Read AND starts_with(access.path, workspace)
    writes_output:   access.mode == Write AND path_within(access.path, "/project/out")
  }
  ask {
    writes_workspace: match access.mode {
      Write | Delete => starts_with(access.path, workspace)
      Read => false
    }
  }
  otherwise deny "outside of the workspace"
}

test "a file" {
  policy "tool-file-access"
  input { access: { path: "/project/src/main.rs", mode: Read }, workspace: "/project/" }
  cases {
    "a path that climbs":    { access.path: "/project/../etc/passwd" } => deny by climbs
    "keys":                  { access.path: "/project/server.pem" } => deny by secrets
    "reading the workspace": {} => allow by reads_workspace
    "writing output": {
      access: { path: "/project/out/report.html", mode: Write }
    } => allow by writes_output
    "changing sources": { access.mode: Delete } => ask by writes_workspace
    "everything else":  { access.path: "/etc/hosts" } => deny because "outside of the workspace"
  }
}
