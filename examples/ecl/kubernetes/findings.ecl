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

test "each image from elsewhere is named" {
  policy "containers"
  input {
    namespace: "shop"
    containers: [
      { name: "web", image: "registry.example.com/web:1" },
      { name: "log", image: "docker.io/log:2" },
      { name: "job", image: "docker.io/job:3" },
    ]
  }
  expect deny by registry because "container log uses docker.io/log:2"
}

test "the second image from elsewhere is named too" {
  policy "containers"
  input {
    namespace:  "shop"
    containers: [{ name: "log", image: "a" }, { name: "job", image: "docker.io/job:3" }]
  }
  expect deny because "container job uses docker.io/job:3"
}

test "a container that asks for much is named" {
  policy "containers"
  input {
    namespace:  "shop"
    containers: [{ name: "web", image: "registry.example.com/web:1", cpu: 8.5 }]
  }
  expect deny by greedy because "container web asks for 8.5 processors"
}

test "many containers are counted" {
  policy "containers"
  input {
    namespace: "shop"
    containers: [
      { name: "a", image: "registry.example.com/a" },
      { name: "b", image: "registry.example.com/b" },
      { name: "c", image: "registry.example.com/c" },
      { name: "d", image: "registry.example.com/d" },
    ]
  }
  expect deny by many because "4 containers in shop, at most 3 fit"
}

test "the namespace of the system is not for these" {
  policy "containers"
  input { namespace: "kube-system", containers: [] }
  expect deny
}

test "a few containers are allowed" {
  policy "containers"
  input {
    namespace:  "shop"
    containers: [{ name: "web", image: "registry.example.com/web:1", cpu: 0.5 }]
  }
  expect allow
}
