# Labels and annotations are maps: any workload has its own, with dots and slashes in their names.

fn is_ours(key: string<63>) -> bool { starts_with(key, "internal.example.com/") }

policy "labels" {
  id: "did:example:policy:labels"
  input {
    namespace:   string<63>
    labels:      map<string<63>, string<63>, 32>
    annotations: map<string<63>, string<256>, 32>
    selector:    map<string<63>, string<63>, 8>
  }

  let required: list<string<63>, 4> = ["app.kubernetes.io/name", "team"]

  deny {
    missing: any name in required: name not in labels, "label the workload with {name}"
    foreign: NOT starts_with(labels["app.kubernetes.io/part-of"] else namespace, namespace)
    ours: any a in annotations: is_ours(a.key)
      AND a.value != "off", "the annotation {a.key} is ours"
    selector: NOT is_subset(selector, labels), "the selector asks for other labels"
  }
  allow { labelled: true }
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
    annotations: { "internal.example.com/debug": "off", note: "by hand" }
    selector:    { team: "sales" }
  }
  expect allow
}

test "a workload needs a name" {
  policy "labels"
  input { namespace: "shop", labels: { team: "sales" }, annotations: {}, selector: {} }
  expect deny by missing because "label the workload with app.kubernetes.io/name"
}

test "a workload is not part of what belongs to another namespace" {
  policy "labels"
  input {
    namespace:   "shop"
    labels: { "app.kubernetes.io/name": "cart", "app.kubernetes.io/part-of": "bank", team: "sales" }
    annotations: {}
    selector:    {}
  }
  expect deny by foreign
}

test "an annotation of ours is named" {
  policy "labels"
  input {
    namespace:   "shop"
    labels:      { "app.kubernetes.io/name": "cart", team: "sales" }
    annotations: { "internal.example.com/debug": "on" }
    selector:    {}
  }
  expect deny by ours because "the annotation internal.example.com/debug is ours"
}

test "a selector asks for labels that are there" {
  policy "labels"
  input {
    namespace:   "shop"
    labels:      { "app.kubernetes.io/name": "cart", team: "sales" }
    annotations: {}
    selector:    { team: "legal" }
  }
  expect deny by selector
}
