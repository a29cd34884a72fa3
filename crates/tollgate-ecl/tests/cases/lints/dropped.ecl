# stage: lint
# What an open record drops shows nothing in a test.

record Pod { labels: map<string<16>, string<16>, 4>?, priority: int?, .. }

policy "pods" {
  input { pod: Pod, stage: string<8>?, .. }
  deny { urgent: pod.priority != none AND pod.priority > 9, other: stage != none AND stage != "live" AND pod.labels != none }
  allow { rest: true }
}

fixture web { lables: { team: "a" }, kind: "Pod", apiVersion: "v1" }

test "a fixture" {
  input { pod: web }
  expect allow
}

test "cases" {
  input { pod: web, kind: "v1" }
  cases {
    "a change":         { pod.prioritiy: 12 } => allow
    "of the input":     { stgae: "test", pod.priority: 3 } => allow
    "both are given":   { pod.priority: 2, pod.prioritty: 12 } => allow
    "meant to be sent": { stage: "live", pod.priorities: 3 } => allow  # allow W0108
  }
}
