fn path() -> string { "C:\path" }
