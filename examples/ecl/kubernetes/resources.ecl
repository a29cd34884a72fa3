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

test "a container without limits is denied" {
  policy "kubernetes-resources"
  input {
    containers:       [{ cpu_millis: 0, memory_mib: 128, replicas: 1 }]
    quota_cpu_millis: 4000
    quota_memory_mib: 4096
  }
  expect reject by no_limit
}

test "more processor time than the share is denied" {
  policy "kubernetes-resources"
  input {
    containers:       [{ cpu_millis: 500, memory_mib: 128, replicas: 9 }]
    quota_cpu_millis: 4000
    quota_memory_mib: 4096
  }
  expect reject by too_much_cpu
}

test "more memory than the share is denied" {
  policy "kubernetes-resources"
  input {
    containers:       [{ cpu_millis: 100, memory_mib: 1024, replicas: 5 }]
    quota_cpu_millis: 4000
    quota_memory_mib: 4096
  }
  expect reject by too_much_memory
}

test "what fits is admitted" {
  policy "kubernetes-resources"
  input {
    containers: [
      { cpu_millis: 100, memory_mib: 128, replicas: 3 },
      { cpu_millis: 250, memory_mib: 256, replicas: 2 },
    ]
    quota_cpu_millis: 4000
    quota_memory_mib: 4096
  }
  expect accept
}

test "many replicas are asked about" {
  policy "kubernetes-resources"
  input {
    containers:       [{ cpu_millis: 10, memory_mib: 16, replicas: 21 }]
    quota_cpu_millis: 4000
    quota_memory_mib: 4096
  }
  expect escalate because "more than twenty replicas"
}
