# A text that is made is the text that it is, wherever texts are compared, looked up, matched, read and shown.
enum Tier { Free, Paid }

record User { name: string<32>, mail: string<64>? }

fn clean(text: string<64>) -> string<64> { lower(trim(text)) }

policy "made" {
  input {
    text: string<64>, other: string<64>, known: list<string<64>, 4>, limits: map<string<64>, int, 4>, user: User, users: list<User, 4>, glob: string<32>
  }
  let name = clean(text)

  deny {
    hidden:  name matches glob AND glob != "", "{text} is {name}"
    shouted: upper(text) == text AND lower(text) != text
  }
  allow any {
    constant: name == "ada"
    choice:   (match name { "bob" | "eve" => true, _ => false })
    two:      clean(other) == name AND other != text
    listed:   name in known
    made:     upper(other) in (map k in known: upper(k))
    key:      (limits[name] else 0) > 3
    record:   User { name: lower(user.name), mail: user.mail } in users
    option:   (first k in known: clean(k) == clean(other)) == "second"
    regex:    name matches /x[0-9]+/
    prefix:   starts_with(name, "admin-")
    number:   to_int(trim(other)) == 7
    count:    len(trim(other)) == 2 AND chars(trim(other)) == 1
    lists:    [name, "x"] == known
    subset:   len(known) == 3 AND is_subset(known, [lower(other), "a", "b"])
    stored:   (store_get("aliases", name) else "") == upper(name)
  }
}

fixture plain { text: "t", other: "other", known: [], limits: {}, user: { name: "U" }, users: [], glob: "" }

test "made" {
  policy "made"
  input plain
  facts { store_get("aliases", "kim"): "KIM" }
  cases {
    "nothing fits":                { text: "u" } => deny
    "case and blanks":             { text: " Ada\t\r\n" } => allow by constant
    "another one":                 { text: "Adam" } => deny
    "other blanks stay":           { text: "\u{a0}ada" } => deny
    "letters beyond ASCII stay":   { text: "ADÄ", known: ["adä"] } => deny by shouted
    "a choice":                    { text: "EvE" } => allow by choice
    "two that are made":           { text: "Same", other: "sAME " } => allow by two
    "in a list of the input":      { text: "Second", known: ["first", "second"] } => allow by listed
    "in a list that is made":      { other: "fiRst", known: ["FIrst"] } => allow by made
    "a key of a map":              { text: "Cpu", limits: { cpu: 4 } } => allow by key
    "a part of a record":          { user: { name: "ADA", mail: "a@b" }, users: [{ name: "ada", mail: "a@b" }] } => allow by record
    "another part of it":          { user: { name: "ADA", mail: "a@b" }, users: [{ name: "ada", mail: "a@c" }] } => deny
    "an option":                   { other: "SECOND", known: ["second"] } => allow by made
    "a regular expression":        { text: " x12" } => allow by regex
    "a prefix":                    { text: "Admin-1" } => allow by prefix
    "a number":                    { other: " 7 " } => allow by number
    "a length":                    { other: " ü" } => allow by count
    "lists":                       { text: "Y", known: ["y", "x"] } => deny by shouted
    "lists of small letters":      { text: "yY", known: ["yy", "x"] } => allow by listed
    "a subset":                    { other: "C", known: ["c", "b", "a"] } => allow by made
    "an answer of the host":       { text: "kim " } => allow by stored
    "a glob, and a message":       { text: "Secret.Key", glob: "*.key" } => deny by hidden because "Secret.Key is secret.key"
    "more than a word, and blank": { text: "                                                            ada " } => allow by constant
    "nothing but blanks":          { text: " \n " } => allow by stored
  }
}

policy "longest" {
  input { text: string<64> }
  allow { same: lower(text) == "abcdefghijklmnopqrstuvwxyz[`{@abcdefghijklmnopqrstuvwxyz[`{@!!!!" }
}

test "every letter" {
  policy "longest"
  input { text: "ABCDEFGHIJKLMNOPQRSTUVWXYZ[`{@abcdefghijklmnopqrstuvwxyz[`{@!!!!" }
  expect allow
}

# What a text of the policy becomes is known when it is compiled.
policy "constants" {
  input { host: string<64> }
  let ours = lower("Example.COM")
  allow { ours: host == ours AND trim("  ") == "" AND upper("ß") == "ß" }
}

test "constants" {
  policy "constants"
  input { host: "example.com" }
  expect allow
}

policy "split" {
  input { text: string<64>, wanted: list<string<64>, 8> }
  allow any {
    words: split(text, " ", 4) == wanted
    whole: split(text, ",", 1) == wanted
    wide:  split(text, "<12345>", 3) == wanted
    eight: split(text, "12345678", 8) == wanted
  }
}

test "split" {
  policy "split"
  input { text: "", wanted: [""] }
  cases {
    "an empty text is one part":  {} => allow by words
    "a word":                     { text: "ada", wanted: ["ada"] } => allow by words
    "words":                      { text: "ada bob  eve", wanted: ["ada", "bob", "", "eve"] } => allow by words
    "the rest is the last part":  { text: "a b c d e f", wanted: ["a", "b", "c", "d e f"] } => allow by words
    "a separator at the end":     { text: "a b c ", wanted: ["a", "b", "c", ""] } => allow by words
    "separators alone":           { text: "  ", wanted: ["", "", ""] } => allow by words
    "a separator of seven bytes": { text: "ü<12345><12345<12345>ö", wanted: ["ü", "<12345", "ö"] } => allow by wide
    "one of eight":               { text: "1234567812345678", wanted: ["", "", ""] } => allow by eight
    "a part of one of eight":     { text: "a1234567", wanted: ["a1234567"] } => allow by words
    "one part":                   { text: "a,b ,", wanted: ["a,b ,"] } => allow by whole
    "parts that overlap":         { text: "12345671234567812345678", wanted: ["1234567", "", ""] } => allow by eight
    "no such parts":              { text: "a b", wanted: ["a b"] } => allow by whole
    "other parts":                { text: "a b", wanted: ["a", "c"] } => deny
  }
}
