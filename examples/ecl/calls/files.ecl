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

fixture document {
  operation:  "path_open"
  interface:  "wasi_snapshot_preview1"
  capability: FileRead
  module:     "sha256:0"
  caller:     ""
  path:       "docs/a.txt"
  place:      "/srv/docs/a.txt"
  earlier:    0
}

test "a call" {
  policy "calls-files"
  input { call: document }
  cases {
    "a document is read": {} => accept by reads
    "a key is not read": {
      call.path: "docs/server.pem"
      call.place: "/srv/docs/server.pem"
    } => reject by secrets
    "a folder of keys is closed, whatever the grants call it": {
      call.place: "/home/ada/.ssh/id"
    } => reject by secrets
    "writing is asked about": {
      call.capability: FileWrite
      call.place: "/srv/out/report"
    } => escalate by writes
    "a thousand calls are enough": { call.earlier: 1_000 } => reject by many
    "there is no network": {
      call: document with {
        operation:  "connect"
        capability: Network
        path:       none
        place:      none
        address:    "10.0.0.1"
        port:       443
      }
    } => reject because "only files"
  }
}
