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

test "a document" {
  policy "api-clearance"
  input {
    action:   "read"
    reader:   { department: "eng", region: "CH", clearances: ["public", "internal"] }
    document: { department: "eng", tags: ["internal"] }
  }
  cases {
    "a cleared reader of the department": {
      document.tags: ["internal", "design"]
    } => allow by own_department
    "an embargo beats every clearance": {
      reader.clearances: ["embargo"]
      document.tags: ["embargo"]
    } => deny by embargo
    "another department is asked about": { reader.department: "sales" } => ask by other_department
    "without a clearance":               { reader.clearances: ["public"] } => deny
  }
}
