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

test "another registry is denied" {
  policy "kubernetes-images"
  input {
    workload: { namespace: "staging", images: ["docker.io/library/nginx:1.27.0"], signed_by: none }
  }
  expect reject by foreign_registry
}

test "latest is denied" {
  policy "kubernetes-images"
  input {
    workload: { namespace: "staging", images: ["registry.example.com/web:latest"], signed_by: none }
  }
  expect reject by latest
}

test "a tag that can move is denied" {
  policy "kubernetes-images"
  input {
    workload: { namespace: "staging", images: ["registry.example.com/web:main"], signed_by: none }
  }
  expect reject by unpinned
}

test "staging needs no signature" {
  policy "kubernetes-images"
  input {
    workload: { namespace: "staging", images: ["registry.example.com/web:1.4.2"], signed_by: none }
  }
  expect accept by development
}

test "production accepts a release signer" {
  policy "kubernetes-images"
  input {
    workload: {
      namespace: "production"
      images:    ["registry.example.com/web:1.4.2"]
      signed_by: "did:example:release"
    }
  }
  facts { has_credential("did:example:release", "did:example:credential:release-signer:*"): true }
  expect accept by signed
}

test "production without a signature is denied" {
  policy "kubernetes-images"
  input {
    workload: {
      namespace: "production"
      images:    ["registry.example.com/web:1.4.2"]
      signed_by: none
    }
  }
  facts { has_credential("did:example:nobody", "did:example:credential:release-signer:*"): false }
  expect reject because "production needs a release signature"
}
