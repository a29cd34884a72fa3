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

test "a path that climbs is denied" {
  policy "tool-file-access"
  input { access: { path: "/project/../etc/passwd", mode: Read }, workspace: "/project/" }
  expect reject by climbs
}

test "keys are denied" {
  policy "tool-file-access"
  input { access: { path: "/project/server.pem", mode: Read }, workspace: "/project/" }
  expect reject by secrets
}

test "the workspace may be read" {
  policy "tool-file-access"
  input { access: { path: "/project/src/main.rs", mode: Read }, workspace: "/project/" }
  expect accept by reads_workspace
}

test "output may be written" {
  policy "tool-file-access"
  input { access: { path: "/project/out/report.html", mode: Write }, workspace: "/project/" }
  expect accept by writes_output
}

test "changing sources is asked about" {
  policy "tool-file-access"
  input { access: { path: "/project/src/main.rs", mode: Delete }, workspace: "/project/" }
  expect escalate by writes_workspace
}

test "everything else is denied" {
  policy "tool-file-access"
  input { access: { path: "/etc/hosts", mode: Read }, workspace: "/project/" }
  expect reject because "outside of the workspace"
}
