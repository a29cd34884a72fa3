# What is no glob that is data.
policy "globs" {
  input { path: string<32>, long: string<5000>, maybe: string<32>?, list: list<string<32>, 4>, who: did, pattern: pattern, number: int }
  let unfinished = "a\\"

  deny {
    long:    path matches long
    option:  path matches maybe
    list:    path matches list
    number:  path matches number
    did:     who matches path
    pattern: path matches pattern
    constant: path matches unfinished
  }
}
