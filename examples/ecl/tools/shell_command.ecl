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

test "a command" {
  policy "tool-shell-command"
  input { command: { program: "ls", arguments: [], as_root: false } }
  cases {
    "of root": { command.as_root: true } => deny by root
    "deleting everything": {
      command.program: "rm"
      command.arguments: ["-rf", "target"]
    } => deny by destructive
    "a command inside a command": { command.arguments: ["$(whoami)"] } => deny by substitutes
    "no encryption": {
      command.program: "curl"
      command.arguments: ["http://example.com/x"]
    } => deny by downloads
    "looking": {
      command.program: "grep"
      command.arguments: ["-n", "fn main", "src/main.rs"]
    } => allow by looks
    "building": {
      command.program: "cargo"
      command.arguments: ["test", "--workspace"]
    } => allow by builds
    "installing": {
      command.program: "npm"
      command.arguments: ["install", "left-pad"]
    } => ask by installs
    "an unknown program": { command.program: "nc" } => deny because "a program that nobody listed"
  }
}
