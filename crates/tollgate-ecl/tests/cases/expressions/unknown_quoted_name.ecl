# A name that is nearly right is proposed with its quotes; a number is no index.
record Labels { "team-name": string<64>, tier: string<64> }

policy "keys" {
  input { labels: Labels, names: list<string, 4> }
  allow any {
    a: labels."teamname" == "red"
    b: labels.team_name == "red"
    c: labels."tear" == "red"
  }
}
