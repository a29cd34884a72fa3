//! Where things stand in the memory of a compiled policy.
//!
//! The module's linear memory starts with a block of state (limits in, results out) and tables of the generated code; the
//! program's own memory, as [`ir`](crate::ir) defines it (pool, input, arena), begins at the exported global `base`. All
//! addresses inside of programs, inputs and answers are relative to that base, so an encoded input is the same bytes for
//! both engines and the state block is at the same place in every module.

use crate::ir::{Body, Effect, Index, Plan, Program};
use crate::types::Type;

/// Version of the calling convention in docs/policy-wasm.md; the exported global `abi`.
pub const ABI_VERSION: u32 = 1;

/// Groups that the last `explain` reached.
pub const GROUPS_REACHED: u32 = 0;
/// Gas used: four words, network, compute, storage, realm.
pub const GAS: u32 = 8;
/// Gas limits, signed words: total, network, compute, storage, realm. The host may lower them before a call.
pub const LIMITS: u32 = 40;
/// Address of a guard's output record.
pub const OUTPUT: u32 = 80;
/// Address of the leaf traces that `explain` wrote.
pub const LEAF_TRACES: u32 = 88;
/// Address of the rule statuses that `explain` wrote, one byte each.
pub const RULE_TRACES: u32 = 96;
/// Operands of effects, [`EFFECT_BYTES`] for each effect of the program.
pub const EFFECTS: u32 = 128;
/// Bytes of one effect's operands: two operands of two words.
pub const EFFECT_BYTES: u32 = 32;
/// Bytes of one leaf's trace: status, left operand, right operand.
pub const LEAF_BYTES: u32 = 40;
/// Bytes of one result of a batch: packed result and four words of gas.
pub const BATCH_RESULT_BYTES: u32 = 40;
/// Bytes above the arena's bound that every memory has: answers of the host, scratch of searches.
pub const SLACK_BYTES: u32 = 16 * 1024;
/// Bytes of a WebAssembly page.
pub const PAGE: u32 = 65_536;

/// Bytes of a rule's entry in a table: rule number, address of its constants, shape, first leaf.
pub(super) const ENTRY_BYTES: u32 = 16;
/// Field of a bucket: address of its first entry.
pub(super) const BUCKET_ENTRIES: u32 = 0;
/// Field of a bucket: number of entries.
pub(super) const BUCKET_COUNT: u32 = 4;
/// Field of a bucket: descriptor of a second index, 0 for none.
pub(super) const BUCKET_NESTED: u32 = 8;
const BUCKET_BYTES: u32 = 16;
/// Field of an index descriptor: number of its key expression.
pub(super) const INDEX_KEY: u32 = 0;
/// Field of an index descriptor: 0 dense by handle address, 1 dense by value, 2 hashed.
pub(super) const INDEX_KIND: u32 = 4;
/// Field of an index descriptor: address of the table.
pub(super) const INDEX_TABLE: u32 = 8;
/// Field of an index descriptor: slots of a dense table, slots − 1 of a hash table.
pub(super) const INDEX_SLOTS: u32 = 12;
/// Field of an index descriptor: the bucket for every other key.
pub(super) const INDEX_DEFAULT: u32 = 16;
/// Field of an index descriptor: smallest key of a dense table, as a word.
pub(super) const INDEX_FIRST: u32 = 24;
const INDEX_BYTES: u32 = 32;
/// Multiplier of the hash: 2^64 divided by the golden ratio.
pub(super) const HASH_FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
/// Bytes of a hash slot: key, bucket address (0 empty), unused.
pub(super) const SLOT_BYTES: u32 = 16;

/// How an index finds a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    /// A bucket address for each possible text of the pool, by handle address divided by 8.
    DenseText { first: u32, slots: u32, table: u32 },
    /// A bucket address for each value of a small range.
    DenseValue { first: i64, slots: u32, table: u32 },
    /// Open addressing.
    Hash { mask: u32, table: u32 },
}

/// An index in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct IndexTable {
    pub(super) lookup: Lookup,
    pub(super) default: u32,
}

/// A group's tables.
#[derive(Debug, Clone)]
pub(super) struct GroupTables<'p> {
    /// All rules in order, for a loop; address of the first entry.
    pub(super) rules: u32,
    /// The root index.
    pub(super) index: Option<IndexTable>,
    /// The distinct key expressions of nested indexes.
    pub(super) nested_keys: Vec<&'p crate::ir::Expr>,
}

/// The places that depend on the program.
#[derive(Debug, Clone)]
pub(super) struct Layout<'p> {
    /// Bytes from [`EFFECTS`] on: room for effects, then tables.
    pub(super) tables: Vec<u8>,
    /// Tables of each group of the policy.
    pub(super) groups: Vec<GroupTables<'p>>,
    /// Linear address of program address 0.
    pub(super) base: u32,
    /// Leaves over the whole program.
    pub(super) leaves: u32,
    /// First rule number of each group in a numbering over the whole program, and the number of rules.
    pub(super) rule_base: Vec<u32>,
    /// Rules over the whole program.
    pub(super) rules: u32,
}

impl<'p> Layout<'p> {
    pub(super) fn of(program: &'p Program) -> Self {
        let effects: &[Effect] = match &program.body {
            Body::Policy(policy) => &policy.effects,
            Body::Guard(_) => &[],
        };
        let mut layout = Self {
            tables: vec![0; effects.len() * EFFECT_BYTES as usize],
            groups: Vec::new(),
            base: 0,
            leaves: 0,
            rule_base: Vec::new(),
            rules: 0,
        };
        if let Body::Policy(policy) = &program.body {
            for group in &policy.groups {
                layout.rule_base.push(layout.rules);
                layout.rules += length(group.rules.len());
                for rule in &group.rules {
                    let end = rule.leaf_base + length(rule.leaves.len());
                    layout.leaves = layout.leaves.max(end);
                }
                let tables = layout.group(group);
                layout.groups.push(tables);
            }
        }
        layout.align(16);
        layout.base = layout.here();
        layout
    }

    fn group(&mut self, group: &'p crate::ir::Group) -> GroupTables<'p> {
        let mut tables = GroupTables {
            rules: 0,
            index: None,
            nested_keys: Vec::new(),
        };
        if let Some(index) = &group.plan.index {
            tables.index = Some(self.index(group, index, &mut tables.nested_keys));
        } else if super::group::is_table(group) {
            let numbers: Vec<u32> = (0..length(group.rules.len())).collect();
            tables.rules = self.entries(group, &numbers);
        }
        tables
    }

    /// Writes an index with its buckets, nested ones first.
    fn index(
        &mut self,
        group: &'p crate::ir::Group,
        index: &'p Index,
        nested_keys: &mut Vec<&'p crate::ir::Expr>,
    ) -> IndexTable {
        let mut buckets = Vec::with_capacity(index.buckets.len());
        for (number, rules) in index.buckets.iter().enumerate() {
            let nested = index
                .nested
                .iter()
                .find(|(bucket, _)| *bucket as usize == number)
                .map(|(_, nested)| self.descriptor(group, nested, nested_keys));
            // A bucket with a second index is never walked itself.
            let entries = if nested.is_some() {
                0
            } else {
                self.entries(group, rules)
            };
            self.align(BUCKET_BYTES);
            buckets.push(self.here());
            for word in [entries, length(rules.len()), nested.unwrap_or(0), 0] {
                self.tables.extend(word.to_le_bytes());
            }
        }
        let bucket = |number: u32| buckets.get(number as usize).copied().unwrap_or(0);
        let default = bucket(index.default);
        let entries: Vec<(u64, u32)> = index
            .entries
            .iter()
            .map(|(key, number)| (*key, bucket(*number)))
            .collect();
        let lookup = self.lookup(&index.key.ty, &entries, default);
        IndexTable { lookup, default }
    }

    fn lookup(&mut self, key: &Type, entries: &[(u64, u32)], default: u32) -> Lookup {
        let dense = |first: i64, last: i64| {
            let slots = last.checked_sub(first)?.checked_add(1)?;
            (u64::try_from(slots).ok()? <= 64 + 16 * entries.len() as u64)
                .then(|| u32::try_from(slots).ok())?
        };
        if key.is_text() {
            // INVARIANT: texts of the pool have distinct addresses, so the address alone names the text.
            let slot = |key: u64| i64::from(crate::ir::Handle(key).address() / 8);
            let first = entries.iter().map(|(key, _)| slot(*key)).min().unwrap_or(0);
            let last = entries.iter().map(|(key, _)| slot(*key)).max().unwrap_or(0);
            let slots = u32::try_from(last - first + 1).unwrap_or(1);
            let places = entries.iter().map(|(key, b)| (slot(*key) - first, *b));
            let table = self.dense(slots, default, places.collect());
            let first = u32::try_from(first).unwrap_or(0);
            return Lookup::DenseText {
                first,
                slots,
                table,
            };
        }
        let first = entries.iter().map(|(key, _)| key.cast_signed()).min();
        let last = entries.iter().map(|(key, _)| key.cast_signed()).max();
        let (first, last) = (first.unwrap_or(0), last.unwrap_or(0));
        if let Some(slots) = dense(first, last) {
            let places = entries
                .iter()
                .map(|(key, bucket)| (key.cast_signed() - first, *bucket));
            let table = self.dense(slots, default, places.collect());
            return Lookup::DenseValue {
                first,
                slots,
                table,
            };
        }
        self.hash(entries)
    }

    fn dense(&mut self, slots: u32, default: u32, places: Vec<(i64, u32)>) -> u32 {
        let mut table = vec![default; slots as usize];
        for (slot, bucket) in places {
            if let Some(place) = usize::try_from(slot).ok().and_then(|s| table.get_mut(s)) {
                *place = bucket;
            }
        }
        self.align(8);
        let address = self.here();
        for bucket in table {
            self.tables.extend(bucket.to_le_bytes());
        }
        address
    }

    fn hash(&mut self, entries: &[(u64, u32)]) -> Lookup {
        let slots = (entries.len() * 2).next_power_of_two().max(2);
        let mut table = vec![(0_u64, 0_u32); slots];
        for (key, bucket) in entries {
            let mut at = hash(*key) & (slots - 1);
            while table.get(at).is_some_and(|(_, taken)| *taken != 0) {
                at = (at + 1) & (slots - 1);
            }
            if let Some(place) = table.get_mut(at) {
                *place = (*key, *bucket);
            }
        }
        self.align(16);
        let address = self.here();
        for (key, bucket) in table {
            self.tables.extend(key.to_le_bytes());
            self.tables.extend(bucket.to_le_bytes());
            self.tables.extend([0; 4]);
        }
        Lookup::Hash {
            mask: length(slots - 1),
            table: address,
        }
    }

    fn descriptor(
        &mut self,
        group: &'p crate::ir::Group,
        index: &'p Index,
        nested_keys: &mut Vec<&'p crate::ir::Expr>,
    ) -> u32 {
        let table = self.index(group, index, nested_keys);
        let key = match nested_keys.iter().position(|key| **key == index.key) {
            Some(key) => key,
            None => {
                nested_keys.push(&index.key);
                nested_keys.len() - 1
            }
        };
        let (kind, address, slots, first) = match table.lookup {
            Lookup::DenseText {
                first,
                slots,
                table,
            } => (0, table, slots, i64::from(first)),
            Lookup::DenseValue {
                first,
                slots,
                table,
            } => (1, table, slots, first),
            Lookup::Hash { mask, table } => (2, table, mask, 0),
        };
        self.align(INDEX_BYTES);
        let here = self.here();
        for word in [length(key), kind, address, slots, table.default, 0] {
            self.tables.extend(word.to_le_bytes());
        }
        self.tables.extend(first.to_le_bytes());
        here
    }

    fn entries(&mut self, group: &crate::ir::Group, rules: &[u32]) -> u32 {
        self.align(ENTRY_BYTES);
        let here = self.here();
        for number in rules {
            if let Some(rule) = group.rules.get(*number as usize) {
                for word in [*number, rule.params, rule.shape, rule.leaf_base] {
                    self.tables.extend(word.to_le_bytes());
                }
            }
        }
        here
    }

    fn align(&mut self, to: u32) {
        while !self.here().is_multiple_of(to) {
            self.tables.push(0);
        }
    }

    fn here(&self) -> u32 {
        EFFECTS + length(self.tables.len())
    }
}

/// Slot of a key before masking.
fn hash(key: u64) -> usize {
    usize::try_from(key.wrapping_mul(HASH_FACTOR) >> 32).unwrap_or(0)
}

/// A length that a program of bounded size keeps within 32 bits.
pub(super) fn length(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Rules of a plan share shapes.
pub(super) fn shares_shapes(plan: &Plan, rules: usize) -> bool {
    plan.shapes.len() < rules
}
