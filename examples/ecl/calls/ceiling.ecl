# The most that any policy of this machine may allow: to read what is no key, and to write below one folder. A policy is held
# against it with `tollgate plan --boundary ceiling.ecl --policy POLICY.ecl`, before anything runs.

import "call.ecl"

policy "calls-ceiling" {
  id: "did:tollgate:policy:calls-ceiling"
  version: "1"
  input { call: Call }

  let place = call.place else ""

  auto_reject {
    secrets: place matches "*.pem" OR place matches "*/.ssh*", "keys stay where they are"
  }
  auto_accept any {
    reads:   call.capability == FileRead
    reports: call.capability == FileWrite AND path_within(place, "/srv/out")
  }
  otherwise reject "no policy may allow that"
}

test "a report may be written" {
  policy "calls-ceiling"
  input {
    call: {
      operation:  "path_open"
      interface:  "wasi_snapshot_preview1"
      capability: FileWrite
      module:     "sha256:0"
      caller:     ""
      path:       "out/report"
      place:      "/srv/out/report"
      earlier:    0
    }
  }
  expect accept by reports
}

test "what is no key may be read" {
  policy "calls-ceiling"
  input {
    call: {
      operation:  "path_open"
      interface:  "wasi_snapshot_preview1"
      capability: FileRead
      module:     "sha256:0"
      caller:     ""
      path:       "docs/server.txt"
      place:      "/srv/docs/server.txt"
      earlier:    0
    }
  }
  expect accept by reads
}

test "a key is read by nobody" {
  policy "calls-ceiling"
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

test "no policy opens a connection" {
  policy "calls-ceiling"
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
  expect reject because "no policy may allow that"
}
