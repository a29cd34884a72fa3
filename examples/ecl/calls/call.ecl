# What a policy knows of a call that a guest makes out of the sandbox. What a kind of call does not have is none.

# The kinds of things that a call reaches: functions of the program that runs the guest, files, the network, and what may be granted besides.
enum Capability {
  HostFunctions
  FileRead
  FileWrite
  Network
  Env
  KvRead
  KvWrite
  Crypto
  Console
  Clock
  Random
  Exit
}

record Call {
  # The function that was called: `path_open`, `connect`, `lookup`; and what it belongs to: `wasi_snapshot_preview1`, `env`.
  operation:  string<256>
  interface:  string<256>
  # What it reaches; `file-read` in messages is `FileRead` here.
  capability: Capability
  # The module's digest, `sha256:` and 64 digits, and who asked for the run.
  module:     string<71>
  caller:     string<256>
  # A file or folder as the grants spell it, after links and `..` were followed.
  path:       string<4096>?
  # Where it is on the host, links followed, whatever the grants call it: what a rule that protects a file reads. A folder that is made of
  # nothing but granted names is nowhere there, and has none.
  place:      string<4096>?
  # An address on the network.
  address:    string<64>?
  port:       int?
  # A host whose addresses are looked up.
  host:       string<256>?
  # Arguments of a function of an interface, as JSON.
  arguments:  string<4096>?
  # Calls of this run that were decided before.
  earlier:    int
}
