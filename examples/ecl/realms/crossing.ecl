# What a realm's gateway knows when somebody wants to cross into the realm. The six standard policies import this file.

record Crossing {
  subject:    did
  from_realm: string<64>
  to_realm:   string<64>
  action:     string<64>
  amount:     money<EUR>?
}
