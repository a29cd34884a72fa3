# What a policy knows of a run that somebody asks for, before it begins. What a run does not have is none.
record Run {
  # The module by the name that a server keeps it under, its version, and the digest of its bytes, `sha256:` and 64 digits.
  module:         string<63>
  version:        string<63>
  digest:         string<71>
  # The names of the keys that signed these bytes and that the tenant trusts, each once, in order. Nobody signed: none are there.
  signers:        list<string<63>, 8>
  # The function that is called. A program that is started has none.
  export:         string<1024>?
  # What the function gets: JSON or text as it stands there, numbers as an array of JSON. Bytes that are no text are none. A run whose
  # input is longer does not fit, and is denied.
  input:          string<65536>?
  input_bytes:    int
  # Who asks: the prefix of their key.
  caller:         string<128>
  # The most that it may use, and the most that it can cost, in millionths of a US dollar.
  gas:            int
  memory_bytes:   int
  timeout_ms:     int
  cost_micro_usd: int
}
