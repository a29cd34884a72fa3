# Lists have no equality, neither alone nor in lists and records; texts of another type are no folders.
record R { xs: list<int, 3> }
policy "lists" {
  input { a: list<int, 3>, b: list<int, 3>, aa: list<list<int, 3>, 3>, r: R, s: R, t: trust, path: string<20>, o: string<8>? }
  allow any {
    whole:  a == b
    inside: a in aa
    not_in: a not in aa
    record: r == s
    trusts: t == t
    path:   path_within(path, 5)
    other:  path_within(path, path)
    text:   len(o) > 3
    sets:   is_subset(a, 3)
  }
}
