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

fixture web { name: "web", image: "registry.example.com/web:1", ports: [{ containerPort: 8080 }] }
fixture rootless = { runAsNonRoot: true, capabilities: { drop: ["ALL"] } }

fixture pod {
  apiVersion: "v1"
  kind:       "Pod"
  metadata:   { name: "web", uid: "0f3c", labels: { app: "web" } }
  spec:       { containers: [web], restartPolicy: "Always" }
  status:     { phase: "Running" }
}

test "a pod" {
  policy "admission"
  input { pod: pod }
  cases {
    "without root": { pod.spec.containers[0].securityContext: rootless } => allow
    "what it says counts for its containers": { pod.spec.securityContext: rootless } => allow
    "a privileged container": {
      pod.spec.containers[0].securityContext: { privileged: true }
    } => deny by privileged
    "the network of the host":             { pod.spec.hostNetwork: true } => deny by network
    "nobody says that it is without root": {} => deny
  }
}
