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

fixture opening {
  operation:  "path_open"
  interface:  "wasi_snapshot_preview1"
  capability: FileRead
  module:     "sha256:0"
  caller:     ""
  place:      "/srv/docs/server.txt"
  earlier:    0
}

test "the ceiling" {
  policy "calls-ceiling"
  input { call: opening }
  cases {
    "what is no key may be read": {} => accept by reads
    "a report may be written": {
      call: opening with { capability: FileWrite, place: "/srv/out/report" }
    } => accept by reports
    "a key is read by nobody": { call.place: "/srv/docs/server.pem" } => reject by secrets
    "no policy opens a connection": {
      call: opening with {
        operation:  "connect"
        capability: Network
        place:      none
        address:    "10.0.0.1"
        port:       443
      }
    } => reject because "no policy may allow that"
  }
}
