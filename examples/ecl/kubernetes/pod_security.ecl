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

test "the host's network is denied" {
  policy "kubernetes-pod-security"
  input { pod: { namespace: "shop", host_network: true, host_pid: false, containers: [] } }
  expect reject by host_namespaces
}

test "a privileged container is denied" {
  policy "kubernetes-pod-security"
  input {
    pod: {
      namespace:    "shop"
      host_network: false
      host_pid:     false
      containers: [
        {
          name:               "web"
          image:              "registry.example.com/web:1"
          privileged:         true
          allow_escalation:   false
          run_as_user:        1000
          added_capabilities: []
          read_only_root:     true
        },
      ]
    }
  }
  expect reject by privileged
}

test "no user means root" {
  policy "kubernetes-pod-security"
  input {
    pod: {
      namespace:    "shop"
      host_network: false
      host_pid:     false
      containers: [
        {
          name:               "web"
          image:              "registry.example.com/web:1"
          privileged:         false
          allow_escalation:   false
          run_as_user:        none
          added_capabilities: []
          read_only_root:     true
        },
      ]
    }
  }
  expect reject by root_user
}

test "only the capability to bind low ports may be added" {
  policy "kubernetes-pod-security"
  input {
    pod: {
      namespace:    "shop"
      host_network: false
      host_pid:     false
      containers: [
        {
          name:               "web"
          image:              "registry.example.com/web:1"
          privileged:         false
          allow_escalation:   false
          run_as_user:        1000
          added_capabilities: ["NET_BIND_SERVICE", "SYS_ADMIN"]
          read_only_root:     true
        },
      ]
    }
  }
  expect reject by capabilities
}

test "a restricted pod is admitted" {
  policy "kubernetes-pod-security"
  input {
    pod: {
      namespace:    "shop"
      host_network: false
      host_pid:     false
      containers: [
        {
          name:               "web"
          image:              "registry.example.com/web:1"
          privileged:         false
          allow_escalation:   false
          run_as_user:        1000
          added_capabilities: ["NET_BIND_SERVICE"]
          read_only_root:     true
        },
      ]
    }
  }
  expect accept
}

test "a writable root is asked about in staging" {
  policy "kubernetes-pod-security"
  input {
    pod: {
      namespace:    "staging"
      host_network: false
      host_pid:     false
      containers: [
        {
          name:               "web"
          image:              "registry.example.com/web:1"
          privileged:         false
          allow_escalation:   false
          run_as_user:        1000
          added_capabilities: []
          read_only_root:     false
        },
      ]
    }
  }
  expect escalate by writable_root
}

test "a writable root is denied in production" {
  policy "kubernetes-pod-security"
  input {
    pod: {
      namespace:    "shop"
      host_network: false
      host_pid:     false
      containers: [
        {
          name:               "web"
          image:              "registry.example.com/web:1"
          privileged:         false
          allow_escalation:   false
          run_as_user:        1000
          added_capabilities: []
          read_only_root:     false
        },
      ]
    }
  }
  expect reject because "containers must have a read-only root file system"
}
