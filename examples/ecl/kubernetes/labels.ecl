# Labels and annotations have names with dots and slashes: in quotes they are fields as any other.

record Labels {
  "app.kubernetes.io/name":    string<63>?
  "app.kubernetes.io/part-of": string<63>?
  team:                        string<63>?
}

policy "labels" {
  id: "did:example:policy:labels"
  input { namespace: string<63>, labels: Labels }

  deny {
    nameless: labels."app.kubernetes.io/name" == none, "label the workload with app.kubernetes.io/name"
    foreign: NOT starts_with(labels["app.kubernetes.io/part-of"] else namespace, namespace)
  }
  allow { owned: labels.team != none }
}

test "a labelled workload of a team is allowed" {
  policy "labels"
  input {
    namespace: "shop"
    labels: {
      "app.kubernetes.io/name":    "cart"
      "app.kubernetes.io/part-of": "shop-web"
      team:                        "sales"
    }
  }
  expect allow
}

test "a workload needs a name" {
  policy "labels"
  input { namespace: "shop", labels: { team: "sales" } }
  expect deny by nameless
}

test "a workload is not part of what belongs to another namespace" {
  policy "labels"
  input {
    namespace: "shop"
    labels: { "app.kubernetes.io/name": "cart", "app.kubernetes.io/part-of": "bank", team: "sales" }
  }
  expect deny by foreign
}

test "a workload without a team is not allowed" {
  policy "labels"
  input { namespace: "shop", labels: { "app.kubernetes.io/name": "cart" } }
  expect deny
}
