# Lists have no order, and are put behind lists of one type; texts of another type are no folders.
policy "lists" {
  input {
    a: list<int, 3>, b: list<int, 3>, names: list<string<8>, 3>, ts: list<trust, 3>, t: trust, path: string<20>, o: string<8>?
    m: map<string<4>, int, 3>, many: list<int, 6000>
  }
  allow any {
    order:  a < b
    plus:   len(a + b) == 2
    single: len(a ++ 1) == 2
    kinds:  len(a ++ names) == 2
    texts:  path ++ path == path
    maps:   m ++ m == m
    long:   1 in many ++ many
    trusts: t == t
    inside: ts == ts
    other:  a == names
    path:   path_within(path, 5)
    folder: path_within(path, path)
    text:   len(o) > 3
    sets:   is_subset(a, 3)
  }
}
