# Admission of a pod: the restricted profile of Kubernetes' Pod Security Standards, for what an admission request shows.

record Container {
  name:               string<63>
  image:              string<255>
  privileged:         bool
  allow_escalation:   bool
  run_as_user:        int?
  added_capabilities: list<string<32>, 16>
  read_only_root:     bool
}

record Pod {
  namespace:    string<63>
  host_network: bool
  host_pid:     bool
  containers:   list<Container, 16>
}

policy "kubernetes-pod-security" {
  id: "did:example:policy:kubernetes-pod-security"
  input { pod: Pod }

  deny {
    host_namespaces: pod.host_network OR pod.host_pid
    privileged:      any c in pod.containers: c.privileged OR c.allow_escalation
    root_user:       any c in pod.containers: (c.run_as_user else 0) == 0
    capabilities: any c in pod.containers: any capability in c.added_capabilities: capability != "NET_BIND_SERVICE"
  }
  allow all {
    has_containers: len(pod.containers) >= 1
    read_only:      all c in pod.containers: c.read_only_root
  }
  ask {
    writable_root: pod.namespace in ["staging", "development"]
  }
  otherwise deny "containers must have a read-only root file system"
}

fixture web {
  name:               "web"
  image:              "registry.example.com/web:1"
  privileged:         false
  allow_escalation:   false
  run_as_user:        1000
  added_capabilities: []
  read_only_root:     true
}

fixture restricted { namespace: "shop", host_network: false, host_pid: false, containers: [web] }
fixture writable = restricted with { containers[0].read_only_root: false }

test "a pod" {
  policy "kubernetes-pod-security"
  input { pod: restricted }
  cases {
    "restricted": { pod.containers[0].added_capabilities: ["NET_BIND_SERVICE"] } => allow
    "the host's network":     { pod.host_network: true } => deny by host_namespaces
    "a privileged container": { pod.containers[0].privileged: true } => deny by privileged
    "no user means root":     { pod.containers[0].run_as_user: none } => deny by root_user
    "more than low ports": {
      pod.containers[0].added_capabilities: ["SYS_ADMIN"]
    } => deny by capabilities
    "a writable root in staging": {
      pod: writable with { namespace: "staging" }
    } => ask by writable_root
    "a writable root in production": {
      pod: writable
    } => deny because "a read-only root file system"
  }
}
