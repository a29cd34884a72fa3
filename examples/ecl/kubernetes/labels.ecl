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

test "a workload" {
  policy "labels"
  input {
    namespace:   "shop"
    labels:      { "app.kubernetes.io/name": "cart", team: "sales" }
    annotations: { "internal.example.com/debug": "off", note: "by hand" }
    selector:    { team: "sales" }
  }
  cases {
    "labelled, of a team": { labels."app.kubernetes.io/part-of": "shop-web" } => allow
    "it needs a name": {
      labels: { team: "sales" }
    } => deny by missing because "label the workload with app.kubernetes.io/name"
    "part of another namespace": { labels."app.kubernetes.io/part-of": "bank" } => deny by foreign
    "an annotation of ours": {
      annotations."internal.example.com/debug": "on"
    } => deny by ours because "internal.example.com/debug is ours"
    "labels that are not there": { selector.team: "legal" } => deny by selector
  }
}
