# May an agent run this command? Regular expressions are matched in linear time, so hostile text cannot stall a decision.

record Shell {
  program:   string<128>
  arguments: list<string<256>, 32>
  as_root:   bool
}

policy "tool-shell-command" {
  id: "did:example:policy:tool-shell-command"
  input { command: Shell }

  deny {
    root: command.as_root
    destructive: command.program in ["rm", "dd", "mkfs", "shutdown"]
      AND any a in command.arguments: a matches /-[a-z]*[rf][a-z]*|\/|\/\*/
    substitutes: any a in command.arguments: contains(a, "$(") OR contains(a, "`")
    downloads: command.program in ["curl", "wget"]
      AND any a in command.arguments: starts_with(a, "http://")
  }
  allow any {
    looks: command.program in ["ls", "cat", "grep", "head", "wc", "git"]
      AND all a in command.arguments: NOT starts_with(a, "/etc")
    builds: command.program == "cargo"
      AND (count a in command.arguments: a in ["build", "check", "test"]) == 1
  }
  ask {
    installs: command.program in ["pip", "npm", "apt-get"]
  }
  otherwise deny "a program that nobody listed"
}

test "root is denied" {
  policy "tool-shell-command"
  input { command: { program: "ls", arguments: [], as_root: true } }
  expect reject by root
}

test "deleting everything is denied" {
  policy "tool-shell-command"
  input { command: { program: "rm", arguments: ["-rf", "target"], as_root: false } }
  expect reject by destructive
}

test "a command inside a command is denied" {
  policy "tool-shell-command"
  input { command: { program: "ls", arguments: ["$(whoami)"], as_root: false } }
  expect reject by substitutes
}

test "downloading without encryption is denied" {
  policy "tool-shell-command"
  input { command: { program: "curl", arguments: ["-s", "http://example.com/x"], as_root: false } }
  expect reject by downloads
}

test "looking is allowed" {
  policy "tool-shell-command"
  input {
    command: { program: "grep", arguments: ["-n", "fn main", "src/main.rs"], as_root: false }
  }
  expect accept by looks
}

test "building is allowed" {
  policy "tool-shell-command"
  input { command: { program: "cargo", arguments: ["test", "--workspace"], as_root: false } }
  expect accept by builds
}

test "installing is asked about" {
  policy "tool-shell-command"
  input { command: { program: "npm", arguments: ["install", "left-pad"], as_root: false } }
  expect escalate by installs
}

test "an unknown program is denied" {
  policy "tool-shell-command"
  input { command: { program: "nc", arguments: ["-l", "4444"], as_root: false } }
  expect reject because "a program that nobody listed"
}
