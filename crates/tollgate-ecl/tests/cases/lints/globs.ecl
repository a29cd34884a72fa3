# stage: lint
policy "p" {
  input {
    path: string
    who:  did
  }
  accept any {
    docs:     path matches "/docs/"
    anna:     who matches "did:example:anna"
    keys:     path matches ".*\\.pem$"
    reports:  path matches "/reports/*.pdf"
    endings:  path matches "report.*"
    somebody: who matches "did:example:*"
  }
}
