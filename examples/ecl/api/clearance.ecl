# Attribute-based access: the department, the tags of the document and the clearances of the reader.

record Reader {
  department: string<32>
  region:     string<8>
  clearances: list<string<32>, 16>
}

record Document {
  department: string<32>
  tags:       list<string<32>, 16>
}

policy "api-clearance" {
  id: "did:example:policy:api-clearance"
  input { action: string<16>, reader: Reader, document: Document }

  deny {
    embargo: "embargo" in document.tags
  }
  allow {
    own_department: action == "read"
      AND reader.department == document.department
      AND (any tag in document.tags: tag in reader.clearances)
      AND reader.region in ["EU", "UK", "CH", "NO"]
  }
  ask {
    other_department: action == "read" AND all tag in document.tags: tag in reader.clearances
  }
}

test "a cleared reader of the department reads" {
  policy "api-clearance"
  input {
    action:   "read"
    reader:   { department: "eng", region: "CH", clearances: ["public", "internal"] }
    document: { department: "eng", tags: ["internal", "design"] }
  }
  expect accept by own_department
}

test "an embargo beats every clearance" {
  policy "api-clearance"
  input {
    action:   "read"
    reader:   { department: "eng", region: "CH", clearances: ["embargo"] }
    document: { department: "eng", tags: ["embargo"] }
  }
  expect reject by embargo
}

test "another department is asked about" {
  policy "api-clearance"
  input {
    action:   "read"
    reader:   { department: "sales", region: "CH", clearances: ["internal"] }
    document: { department: "eng", tags: ["internal"] }
  }
  expect escalate by other_department
}

test "without a clearance it is rejected" {
  policy "api-clearance"
  input {
    action:   "read"
    reader:   { department: "eng", region: "CH", clearances: ["public"] }
    document: { department: "eng", tags: ["internal"] }
  }
  expect reject
}
