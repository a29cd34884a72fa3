# Elements of a list have no numbers.
policy "index" {
  input { names: list<string, 4> }
  allow any { a: names[0] == "red" }
}
