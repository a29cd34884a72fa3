//! Where things stand in the memory of a compiled policy.
//!
//! The module's linear memory starts with a block of state (limits in, results out) and tables of the generated code; the
//! program's own memory, as [`ir`](crate::ir) defines it (pool, input, arena), begins at the exported global `base`. All
//! addresses inside of programs, inputs and answers are relative to that base, so an encoded input is the same bytes for
//! both engines and the state block is at the same place in every module.

use std::cell::Cell;

use super::runtime::Runtime;
use crate::data::gas::{Gas, GasLimits};
use crate::data::glob;
use crate::data::types::{Type, WORD};
use crate::ir::cost;
use crate::ir::{
    Body, Cuts, EffectEntry, Expr, Group, Handle, Index, Keys, Program, TextCut, Windows,
};

/// Version of the calling convention in docs/policy-wasm.md; the exported global `abi`.
pub const ABI_VERSION: u32 = 2;

/// Groups that the last `explain` reached.
pub(crate) const GROUPS_REACHED: u32 = 0;
/// Gas used: four words, network, compute, storage, realm.
pub(crate) const GAS: u32 = 8;
/// Gas limits, signed words: total, network, compute, storage, realm. The host may lower them before a call.
pub const LIMITS: u32 = 40;
/// Address of a guard's output record.
pub(crate) const OUTPUT: u32 = 80;
/// Address of the leaf traces that `explain` wrote.
pub(crate) const LEAF_TRACES: u32 = 88;
/// Address of the rule statuses that `explain` wrote, one byte each.
pub(crate) const RULE_TRACES: u32 = 96;
/// Effects, [`EFFECT_BYTES`] for each entry of the policy's effects.
pub(crate) const EFFECTS: u32 = 128;
/// Bytes of one entry: the word of its value, for an option its address.
pub(crate) const EFFECT_BYTES: u32 = 8;
/// Bytes of one leaf's trace: status, left operand, right operand.
pub(crate) const LEAF_BYTES: u32 = 40;
/// Field of a leaf's trace: 1 when a fact was unknown and an `else` took its place, 4 bytes.
pub(crate) const LEAF_HANDLED: u32 = 4;
/// Bytes of one result of a batch: packed result and four words of gas.
pub const BATCH_RESULT_BYTES: u32 = 40;
/// Bytes above the arena's bound that every memory has: answers of the host, scratch of searches.
pub(crate) const SLACK_BYTES: u32 = 16 * 1024;
/// Bytes of a WebAssembly page.
pub const PAGE: u32 = 65_536;

/// Bytes of a rule's entry in a table: rule number, address of its constants, shape, first leaf.
pub(super) const ENTRY_BYTES: u32 = 16;
/// Most rules with shared conditions that are written out.
const UNROLLED_RULES: usize = 16;
/// Field of a bucket: address of its first entry.
pub(super) const BUCKET_ENTRIES: u32 = 0;
/// Field of a bucket: number of entries.
pub(super) const BUCKET_COUNT: u32 = 4;
/// Field of a bucket: descriptor of a second index, 0 for none.
pub(super) const BUCKET_NESTED: u32 = 8;
const BUCKET_BYTES: u32 = 16;
/// Field of an index descriptor: number of the way its keys are found in.
pub(super) const INDEX_FIND: u32 = 0;
/// Field of an index descriptor: 0 dense by handle address, 1 dense by value, 2 hashed, 3 cuts.
pub(super) const INDEX_KIND: u32 = 4;
/// Field of an index descriptor: address of the table; of the cuts, [`CUT_BYTES`] or twice as many each.
pub(super) const INDEX_TABLE: u32 = 8;
/// Field of an index descriptor: slots of a dense table, slots − 1 of a hash table, number of cuts.
pub(super) const INDEX_SLOTS: u32 = 12;
/// Field of an index descriptor: the bucket for every other key; with cuts the address of a table of the buckets.
pub(super) const INDEX_DEFAULT: u32 = 16;
/// Field of an index descriptor with cuts among texts: how many bytes all have in common.
pub(super) const INDEX_COMMON_BYTES: u32 = 20;
/// Field of an index descriptor: smallest key of a dense table, as a word; with cuts among texts the program address of
/// what all have in common.
pub(super) const INDEX_FIRST: u32 = 24;
const INDEX_BYTES: u32 = 32;
/// Bytes of a cut that is a word or number. A wide takes twice as many, and so does a text: window, program address of its
/// bytes, their number times four with the edge.
pub(super) const CUT_BYTES: u32 = 8;
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
    /// Binary search among cuts.
    Cuts {
        count: u32,
        table: u32,
        common: Handle,
    },
}

/// The bytes to write at [`LIMITS`].
#[must_use]
pub fn limits(limits: &GasLimits) -> [u8; 40] {
    let words = [
        limits.total,
        limits.layers.network,
        limits.layers.compute,
        limits.layers.storage,
        limits.layers.realm,
    ];
    let mut bytes = [0; 40];
    for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
        // Modules compare signed words.
        let word = word.min(i64::MAX.cast_unsigned());
        place.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// An index in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct IndexTable {
    pub(super) lookup: Lookup,
    /// The bucket for every other key; with cuts the table of the buckets.
    pub(super) default: u32,
}

/// How the bucket of a key is found from the descriptor of an index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Find<'p> {
    pub(super) key: &'p Expr,
    /// `(descriptor, key) -> bucket`
    pub(super) function: Runtime,
    /// What that costs.
    pub(super) gas: Gas,
}

impl<'p> Find<'p> {
    pub(super) fn of(index: &'p Index) -> Self {
        let function = match &index.keys {
            Keys::Equal { .. } => Runtime::Find,
            Keys::Ordered(Cuts::Words(_)) => Runtime::SearchWord,
            Keys::Ordered(Cuts::Numbers(_)) => Runtime::SearchNumber,
            Keys::Ordered(Cuts::Wides(_)) => Runtime::SearchWide,
            Keys::Ordered(Cuts::Texts(_)) => Runtime::SearchText,
        };
        Self {
            key: &index.key,
            function,
            gas: cost::look_up(&index.keys).plus(&cost::block(&index.key)),
        }
    }
}

/// A group's tables.
#[derive(Debug, Clone)]
pub(super) struct GroupTables<'p> {
    /// All rules in order, for a loop; address of the first entry.
    pub(super) rules: u32,
    /// The root index.
    pub(super) index: Option<IndexTable>,
    /// Descriptor of the root index, when it has cuts.
    pub(super) descriptor: u32,
    /// The distinct ways to look up in nested indexes.
    pub(super) nested: Vec<Find<'p>>,
}

/// The place that a glob is read to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GlobArea {
    /// Its linear address.
    pub(super) address: u32,
    /// Bytes of the longest glob that it has room for.
    pub(super) glob_bytes: u32,
}

impl GlobArea {
    /// Field: the handle of the glob that was read.
    pub(super) const NAME: u32 = 0;
    /// Field: bytes of a set of its places.
    pub(super) const SET_BYTES: u32 = 8;
    /// Field: its last place.
    pub(super) const LAST: u32 = 12;
    /// Field: the sets.
    pub(super) const SETS: u32 = 16;
    /// The sets of a glob: those of [`Matcher`](crate::data::glob::Matcher), in the same order.
    pub(super) const COUNT: u32 = glob::ROWS + 256;

    /// Bytes that it takes.
    const fn bytes(self) -> u32 {
        Self::SETS + Self::COUNT * (self.glob_bytes / glob::BITS + 1) * WORD
    }
}

/// The places that depend on the program.
#[derive(Debug, Clone)]
pub(super) struct Layout<'p> {
    /// Bytes from [`EFFECTS`] on: room for effects, then tables.
    pub(super) tables: Vec<u8>,
    /// Tables of each group of the policy.
    pub(super) groups: Vec<GroupTables<'p>>,
    /// Where a glob that is data is read to.
    pub(super) glob: Option<GlobArea>,
    /// Linear address of program address 0.
    pub(super) base: u32,
    /// Leaves over the whole program.
    pub(super) leaves: u32,
    /// First rule number of each group in a numbering over the whole program, and the number of rules.
    pub(super) rule_base: Vec<u32>,
    /// Rules over the whole program.
    pub(super) rules: u32,
    /// The program's constants.
    pool: &'p [u8],
    /// What the program refers to and does not have. Then there is no module.
    pub(super) missing: Cell<Option<&'static str>>,
}

impl<'p> Layout<'p> {
    /// `glob_bytes` are those of the longest glob that is data, if any is.
    pub(super) fn of(program: &'p Program, glob_bytes: Option<u32>) -> Self {
        let effects: &[EffectEntry] = match &program.body {
            Body::Policy(policy) => &policy.effects,
            Body::Guard(_) => &[],
        };
        let mut layout = Self {
            tables: vec![0; effects.len() * EFFECT_BYTES as usize],
            groups: Vec::new(),
            glob: None,
            base: 0,
            leaves: 0,
            rule_base: Vec::new(),
            rules: 0,
            pool: &program.pool.bytes,
            missing: Cell::new(None),
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
        if let Some(glob_bytes) = glob_bytes {
            let address = layout.base;
            let area = GlobArea {
                address,
                glob_bytes,
            };
            layout.base += area.bytes().next_multiple_of(16);
            layout.glob = Some(area);
        }
        layout
    }

    /// What must be there; notes when it is not.
    pub(super) fn must<T: Default>(&self, found: Option<T>, what: &'static str) -> T {
        if found.is_none() {
            self.missing.set(Some(what));
        }
        found.unwrap_or_default()
    }

    /// The number of a group's first rule in a numbering over the whole program.
    pub(super) fn first_rule(&self, group: usize) -> u32 {
        self.must(self.rule_base.get(group).copied(), "a group")
    }

    fn group(&mut self, group: &'p Group) -> GroupTables<'p> {
        let mut tables = GroupTables {
            rules: 0,
            index: None,
            descriptor: 0,
            nested: Vec::new(),
        };
        if let Some(index) = &group.plan.index {
            let table = self.index(group, index, &mut tables.nested);
            tables.index = Some(table);
            if matches!(table.lookup, Lookup::Cuts { .. }) {
                tables.descriptor = self.descriptor(&table, 0);
            }
        } else if is_table(group) {
            let numbers: Vec<u32> = (0..length(group.rules.len())).collect();
            tables.rules = self.entries(group, &numbers);
        }
        tables
    }

    /// Writes an index with its buckets, nested ones first.
    fn index(
        &mut self,
        group: &'p Group,
        index: &'p Index,
        finds: &mut Vec<Find<'p>>,
    ) -> IndexTable {
        let mut buckets = Vec::with_capacity(index.buckets.len());
        for (number, rules) in index.buckets.iter().enumerate() {
            let nested = index
                .nested
                .iter()
                .find(|(bucket, _)| *bucket as usize == number)
                .map(|(_, nested)| self.nested(group, nested, finds));
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
        match &index.keys {
            Keys::Equal { entries, default } => {
                let bucket = |number: u32| {
                    let bucket = buckets.get(number as usize).copied();
                    self.must(bucket, "a bucket of an index")
                };
                let entries: Vec<(u64, u32)> = entries
                    .iter()
                    .map(|(key, number)| (*key, bucket(*number)))
                    .collect();
                let default = bucket(*default);
                let lookup = self.lookup(&index.key.ty, &entries, default);
                IndexTable { lookup, default }
            }
            Keys::Ordered(cuts) => {
                let places = (0..).zip(buckets.iter().copied()).collect();
                IndexTable {
                    lookup: self.cuts(cuts),
                    default: self.dense(length(buckets.len()), 0, places),
                }
            }
        }
    }

    /// Writes cuts.
    fn cuts(&mut self, cuts: &Cuts) -> Lookup {
        self.align(8);
        let table = self.here();
        let mut common = Handle(0);
        match cuts {
            Cuts::Words(cuts) => cuts
                .iter()
                .for_each(|cut| self.tables.extend(cut.to_le_bytes())),
            Cuts::Numbers(cuts) => cuts
                .iter()
                .for_each(|cut| self.tables.extend(cut.to_le_bytes())),
            Cuts::Wides(cuts) => cuts
                .iter()
                .for_each(|cut| self.tables.extend(cut.to_le_bytes())),
            Cuts::Texts(cuts) => common = self.text_cuts(cuts),
        }
        Lookup::Cuts {
            count: length(cuts.len()),
            table,
            common,
        }
    }

    fn text_cuts(&mut self, cuts: &[TextCut]) -> Handle {
        let windows = Windows::of(cuts, self.pool);
        for (cut, window) in cuts.iter().zip(&windows.windows) {
            self.tables.extend(window.to_le_bytes());
            self.tables.extend(cut.text.address().to_le_bytes());
            let length = cut.text.length() << 2 | cut.edge as u32;
            self.tables.extend(length.to_le_bytes());
        }
        windows.common
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
            let slots = self.must(u32::try_from(last - first + 1).ok(), "the slots of texts");
            let places = entries.iter().map(|(key, b)| (slot(*key) - first, *b));
            let table = self.dense(slots, default, places.collect());
            let first = self.must(u32::try_from(first).ok(), "the first slot of texts");
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
            match usize::try_from(slot).ok().and_then(|s| table.get_mut(s)) {
                Some(place) => *place = bucket,
                // The rules of this key would not be looked at.
                None => self.missing.set(Some("a slot of an index")),
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
            match table.get_mut(at) {
                Some(place) => *place = (*key, *bucket),
                None => self.missing.set(Some("a slot of an index")),
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

    /// Writes an index that stands in a bucket; gives its descriptor.
    fn nested(&mut self, group: &'p Group, index: &'p Index, finds: &mut Vec<Find<'p>>) -> u32 {
        let table = self.index(group, index, finds);
        let find = Find::of(index);
        let number = match finds.iter().position(|known| *known == find) {
            Some(number) => number,
            None => {
                finds.push(find);
                finds.len() - 1
            }
        };
        self.descriptor(&table, length(number))
    }

    /// Writes the descriptor of an index whose keys are found in the way of that number.
    fn descriptor(&mut self, table: &IndexTable, find: u32) -> u32 {
        let mut common = 0;
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
            Lookup::Cuts {
                count,
                table,
                common: text,
            } => {
                common = text.length();
                (3, table, count, i64::from(text.address()))
            }
        };
        self.align(INDEX_BYTES);
        let here = self.here();
        for word in [find, kind, address, slots, table.default, common] {
            self.tables.extend(word.to_le_bytes());
        }
        self.tables.extend(first.to_le_bytes());
        here
    }

    fn entries(&mut self, group: &Group, rules: &[u32]) -> u32 {
        self.align(ENTRY_BYTES);
        let here = self.here();
        for number in rules {
            let Some(rule) = group.rules.get(*number as usize) else {
                self.missing.set(Some("a rule of a bucket"));
                continue;
            };
            for word in [*number, rule.params, rule.shape, rule.leaf_base] {
                self.tables.extend(word.to_le_bytes());
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

/// Whether the rules of a group without an index are rows of a table: they share conditions.
pub(super) fn is_table(group: &Group) -> bool {
    group.plan.index.is_none()
        && group.rules.len() > UNROLLED_RULES
        && group.plan.shapes.len() < group.rules.len()
}
