# stage: lint
# Policies whose rules make no difference, and some that are meant.
policy "nothing accepts" {
  input { x: int }
  reject { high: x > 10 }
}

policy "what is accepted was rejected" {
  input { x: int }
  reject { high: x > 10 }
  accept { higher: x > 20 }
  escalate { low: x < 3 }
}

policy "everything is accepted" {
  input { x: int }
  accept { low: x < 3 }
  otherwise accept
}

policy "closed" { otherwise reject "closed" }

policy "open" { accept { all: true } }

policy "closed for now" {
  input { x: int }
  accept all {
    open: false
    low:  x < 3
  }
}

policy "a person decides" {
  input { x: int }
  reject { high: x > 10 }
  escalate { low: x < 3 }
}
