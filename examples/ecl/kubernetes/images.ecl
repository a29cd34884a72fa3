# Admission by image: only our registry, only pinned tags, and a signature for production.

record Workload {
  namespace: string<63>
  images:    list<string<255>, 16>
  signed_by: did?
}

policy "kubernetes-images" {
  id: "did:example:policy:kubernetes-images"
  input { workload: Workload }

  deny {
    foreign_registry: any image in workload.images: NOT starts_with(image, "registry.example.com/")
    latest:           any image in workload.images: ends_with(image, ":latest")
    unpinned: any image in workload.images: NOT (image matches /.*:[0-9]+\.[0-9]+\.[0-9]+|.*@sha256:[0-9a-f]{64}/)
  }
  allow any {
    development: workload.namespace != "production" AND len(workload.images) >= 1
    signed: (workload.signed_by else "did:example:nobody") has_credential "did:example:credential:release-signer:*"
  }
  otherwise deny "production needs a release signature"
}

fixture signer = "did:example:release"
fixture signature = "did:example:credential:release-signer:*"

test "a workload" {
  policy "kubernetes-images"
  input {
    workload: { namespace: "staging", images: ["registry.example.com/web:1.4.2"], signed_by: none }
  }
  facts {
    has_credential(signer, signature): true
    has_credential("did:example:nobody", signature): false
  }
  cases {
    "another registry": {
      workload.images: ["docker.io/library/nginx:1.27.0"]
    } => deny by foreign_registry
    "latest": { workload.images: ["registry.example.com/web:latest"] } => deny by latest
    "a tag that can move": {
      workload.images: ["registry.example.com/web:main"]
    } => deny by unpinned
    "staging needs no signature": {} => allow by development
    "production, signed": {
      workload.namespace: "production"
      workload.signed_by: signer
    } => allow by signed
    "production, not signed": {
      workload.namespace: "production"
    } => deny because "needs a release signature"
  }
}
