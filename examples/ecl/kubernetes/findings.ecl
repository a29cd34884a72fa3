# Every container that breaks a rule is named: messages have values, and a rule about the elements of a list finds each of them.

record Container { name: string<63>, image: string<256>, cpu: decimal?, .. }

fn is_ours(c: Container) -> bool { starts_with(c.image, "registry.example.com/") }

fn is_greedy(c: Container) -> bool { c.cpu != none AND c.cpu > 4 }

policy "containers" {
  id: "did:example:policy:containers"
  input { namespace: string<63>, containers: list<Container, 16> }

  deny {
    registry: any c in containers: NOT is_ours(c), "container {c.name} uses {c.image}"
    greedy:   any c in containers: is_greedy(c), "container {c.name} asks for {c.cpu} processors"
    many:     len(containers) > 3, "{len(containers)} containers in {namespace}, at most 3 fit"
  }
  allow { system: namespace != "kube-system" }
}

fixture web { name: "web", image: "registry.example.com/web:1", cpu: 0.5 }
fixture job { name: "job", image: "docker.io/job:3" }

test "containers" {
  policy "containers"
  input { namespace: "shop", containers: [web] }
  cases {
    "a few are allowed": {} => allow no violation many
    "each image from elsewhere is named": {
      containers: [web, job with { name: "log" }, job]
    } => deny by registry violation registry because "container log uses docker.io/job:3" violation registry for { name: "job" }
    "one that asks for much is named": {
      containers[0].cpu: 8.5
    } => deny by greedy because "container web asks for 8.5 processors"
    "many are counted": {
      containers: [web, web, web, web]
    } => deny by many because "4 containers in shop, at most 3 fit"
    "the namespace of the system": { namespace: "kube-system" } => deny
  }
}
