# Admission by resources: every container has limits, and a namespace does not ask for more than its share.

record Resources {
  cpu_millis: int
  memory_mib: int
  replicas:   int
}

policy "kubernetes-resources" {
  id: "did:example:policy:kubernetes-resources"
  input { containers: list<Resources, 16>, quota_cpu_millis: int, quota_memory_mib: int }

  let cpu = sum c in containers: c.cpu_millis * c.replicas
  let memory = sum c in containers: c.memory_mib * c.replicas

  deny {
    no_limit:        any c in containers: c.cpu_millis <= 0 OR c.memory_mib <= 0
    too_much_cpu:    cpu > quota_cpu_millis
    too_much_memory: memory > quota_memory_mib
  }
  allow all {
    fits:   cpu <= quota_cpu_millis
    modest: all c in containers: c.replicas <= 20
  }
  otherwise ask "more than twenty replicas"
}

fixture small { cpu_millis: 100, memory_mib: 128, replicas: 3 }

test "a namespace" {
  policy "kubernetes-resources"
  input { containers: [small], quota_cpu_millis: 4000, quota_memory_mib: 4096 }
  cases {
    "no limits":               { containers[0].cpu_millis: 0 } => deny by no_limit
    "too much processor time": { containers[0].cpu_millis: 1400 } => deny by too_much_cpu
    "too much memory":         { containers[0].memory_mib: 1400 } => deny by too_much_memory
    "what fits": { containers: [small, { cpu_millis: 250, memory_mib: 256, replicas: 2 }] } => allow
    "many replicas": { containers[0].replicas: 21 } => ask because "more than twenty replicas"
  }
}
