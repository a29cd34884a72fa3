# What a module may do with files: read the documents, write reports after somebody was asked, and nothing with keys.
# Use it with `tollgate run --policy`.

import "call.ecl"

policy "calls-files" {
  id: "did:tollgate:policy:calls-files"
  version: "1"
  input { call: Call }

  # Where the file is on the host. Its name (`call.path`) is the choice of whoever grants it: `--dir=.ssh::docs` makes `docs` of a
  # folder of keys.
  let place = call.place else ""

  auto_reject {
    secrets: place matches "*.pem" OR place matches "*/.ssh*", "keys stay where they are"
    many:    call.earlier >= 1_000, "a thousand calls are enough"
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
      place:      "/srv/docs/a.txt"
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
      place:      "/srv/docs/server.pem"
      earlier:    0
    }
  }
  expect reject by secrets
}

test "a folder of keys is closed, whatever the grants call it" {
  policy "calls-files"
  input {
    call: {
      operation:  "path_open"
      interface:  "wasi_snapshot_preview1"
      capability: FileRead
      module:     "sha256:0"
      caller:     ""
      path:       "docs/id"
      place:      "/home/ada/.ssh/id"
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
      place:      "/srv/out/report"
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
      place:      "/srv/docs/a.txt"
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
