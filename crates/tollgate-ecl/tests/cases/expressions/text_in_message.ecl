# A text ends a message also between its braces.
policy "said" {
  input { labels: map<string<4>, int, 4>, who: did }
  deny {
    key:   labels.a == 1, "{labels["a"]} of {who}"
    other: labels.a == 2, "{labels["a b"]} of {who}"
    call:  labels.a == 3, "{starts_with(who, "did")} of {who}"
  }
}
