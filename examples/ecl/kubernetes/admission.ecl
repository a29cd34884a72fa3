# A pod as `kubectl get pod -o json` prints it: records that end with `..` take what they do not name, and drop it.

record Metadata { name: string<253>, namespace: string<63>?, .. }

record SecurityContext { runAsNonRoot: bool?, privileged: bool?, .. }

record Container { name: string<63>, image: string<256>, securityContext: SecurityContext?, .. }

record PodSpec {
  containers:      list<Container, 32>
  hostNetwork:     bool?
  securityContext: SecurityContext?
  ..
}

record Pod { kind: string<32>, metadata: Metadata, spec: PodSpec, .. }

fn is_privileged(c: Container) -> bool {
  c.securityContext != none AND c.securityContext.privileged == true
}

fn is_rootless(c: Container, pod: Pod) -> bool {
  (c.securityContext != none AND c.securityContext.runAsNonRoot == true)
    OR (pod.spec.securityContext != none AND pod.spec.securityContext.runAsNonRoot == true)
}

policy "admission" {
  id: "did:example:policy:admission"
  input { pod: Pod }

  deny {
    network:    pod.spec.hostNetwork == true
    privileged: any c in pod.spec.containers: is_privileged(c)
  }
  allow {
    pod:      pod.kind == "Pod"
    rootless: all c in pod.spec.containers: is_rootless(c, pod)
    images:   all c in pod.spec.containers: starts_with(c.image, "registry.example.com/")
  }
}

test "a pod that runs without root is allowed" {
  policy "admission"
  input {
    pod: {
      apiVersion: "v1"
      kind:       "Pod"
      metadata:   { name: "web", uid: "0f3c", labels: { app: "web" } }
      spec: {
        containers: [
          {
            name:            "web"
            image:           "registry.example.com/web:1"
            ports:           [{ containerPort: 8080 }]
            securityContext: { runAsNonRoot: true, capabilities: { drop: ["ALL"] } }
          },
        ]
        restartPolicy: "Always"
      }
      status: { phase: "Running" }
    }
  }
  expect allow
}

test "what the pod says counts for its containers" {
  policy "admission"
  input {
    pod: {
      kind:     "Pod"
      metadata: { name: "web" }
      spec: {
        containers:      [{ name: "web", image: "registry.example.com/web:1" }]
        securityContext: { runAsNonRoot: true, fsGroup: 2000 }
      }
    }
  }
  expect allow
}

test "a privileged container is denied" {
  policy "admission"
  input {
    pod: {
      kind:     "Pod"
      metadata: { name: "web" }
      spec: {
        containers: [
          {
            name:            "web"
            image:           "registry.example.com/web:1"
            securityContext: { privileged: true }
          },
        ]
      }
    }
  }
  expect deny by privileged
}

test "the network of the host is not for pods" {
  policy "admission"
  input {
    pod: { kind: "Pod", metadata: { name: "web" }, spec: { containers: [], hostNetwork: true } }
  }
  expect deny by network
}

test "nobody says that it runs without root" {
  policy "admission"
  input {
    pod: {
      kind:     "Pod"
      metadata: { name: "web" }
      spec:     { containers: [{ name: "web", image: "registry.example.com/web:1" }] }
    }
  }
  expect deny
}
