# What a module may do with files: read the documents, write reports after somebody was asked, and nothing with keys.
# Use it with `tollgate run --policy`.

import "call.ecl"

policy "calls-files" {
  id: "did:tollgate:policy:calls-files"
  version: "1"
  input { call: Call }

  let path = call.path else ""

  auto_reject {
    # Paths are those that the grants give: `.ssh` itself may be one.
    secrets: path matches "*.pem"
      OR path matches ".ssh*"
      OR path matches "*/.ssh*", "keys stay where they are"
    many: call.earlier >= 1_000, "a thousand calls are enough"
  }
  auto_accept any {
    reads: call.capability == FileRead
  }
  escalate {
    writes: call.capability == FileWrite
  }
  otherwise reject "only files"
}

test "a document is read" {
  policy "calls-files"
  input {
    call: {
      operation:  "path_open"
      interface:  "wasi_snapshot_preview1"
      capability: FileRead
      module:     "sha256:0"
      caller:     ""
      path:       "docs/a.txt"
      earlier:    0
    }
  }
  expect accept by reads
}

test "a key is not read" {
  policy "calls-files"
  input {
    call: {
      operation:  "path_open"
      interface:  "wasi_snapshot_preview1"
      capability: FileRead
      module:     "sha256:0"
      caller:     ""
      path:       "docs/server.pem"
      earlier:    0
    }
  }
  expect reject by secrets
}

test "a folder of keys is closed, also where it is granted itself" {
  policy "calls-files"
  input {
    call: {
      operation:  "path_open"
      interface:  "wasi_snapshot_preview1"
      capability: FileRead
      module:     "sha256:0"
      caller:     ""
      path:       ".ssh/id"
      earlier:    0
    }
  }
  expect reject by secrets
}

test "writing is asked about" {
  policy "calls-files"
  input {
    call: {
      operation:  "path_open"
      interface:  "wasi_snapshot_preview1"
      capability: FileWrite
      module:     "sha256:0"
      caller:     ""
      path:       "out/report"
      earlier:    3
    }
  }
  expect escalate by writes
}

test "a thousand calls are enough" {
  policy "calls-files"
  input {
    call: {
      operation:  "path_open"
      interface:  "wasi_snapshot_preview1"
      capability: FileRead
      module:     "sha256:0"
      caller:     ""
      path:       "docs/a.txt"
      earlier:    1_000
    }
  }
  expect reject by many
}

test "there is no network" {
  policy "calls-files"
  input {
    call: {
      operation:  "connect"
      interface:  "wasi:sockets"
      capability: Network
      module:     "sha256:0"
      caller:     ""
      address:    "10.0.0.1"
      port:       443
      earlier:    0
    }
  }
  expect reject because "only files"
}
