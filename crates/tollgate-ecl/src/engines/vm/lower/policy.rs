//! Rules, indexes and effects of a policy.
//!
//! The rules of a group either stand one after the other, with their constants in place, or share the code of their shapes:
//! then the rule set is a table, and 10,000 rules are 10,000 entries of 16 bytes.

use std::collections::HashMap;

use super::super::bytecode::{Bucket, GroupCode, IndexCode, NONE, Op, RuleCode, SearchCode};
use super::super::listing::index;
use super::condition::Branch;
use super::{Lower, LowerError, Lowered};
use crate::data::types::WORD;
use crate::ir::cost;
use crate::ir::{Combine, Cuts, Decision, EffectEntry, Expr, Group, Index, Keys, PolicyBody, Rule};

/// Rules that stand one after the other in the code although they share shapes, at most.
const INLINE_RULES_MAX: usize = 16;

impl<'p> Lower<'p> {
    pub(super) fn policy(&mut self, policy: &'p PolicyBody) -> Lowered {
        let entries = std::array::from_fn(|_| self.listing.label());
        self.listing.code.effect_entries = entries;
        for (local, value) in &policy.lets {
            self.block(value)?;
            self.set_local(*local, &value.ty)?;
        }
        for (number, group) in policy.groups.iter().enumerate() {
            self.group(index(number), group)?;
        }
        self.emit(Op::Otherwise);
        self.effects(&policy.effects, entries)
    }

    fn group(&mut self, number: u32, group: &'p Group) -> Lowered {
        let (start, end) = (self.listing.label(), self.listing.label());
        self.listing.place(start);
        let rules = index(self.listing.code.rules.len());
        let count = index(group.rules.len());
        self.listing.code.groups.push(GroupCode {
            decision: group.decision,
            combine: group.combine,
            rules,
            count,
            start,
            end,
            bucket: NONE,
        });
        if group.rules.is_empty() {
        } else if is_inline(group) {
            self.inline_rules(number, group)?;
        } else {
            self.shared_rules(number, group)?;
        }
        self.listing.place(end);
        self.emit(Op::GroupEnd { group: number });
        Ok(())
    }

    fn inline_rules(&mut self, number: u32, group: &'p Group) -> Lowered {
        let end = self.group_end(number);
        let mut misses = Vec::new();
        for (rule_number, rule) in group.rules.iter().enumerate() {
            let rule_number = index(rule_number);
            let (entry, next) = (self.listing.label(), self.listing.label());
            self.listing.place(entry);
            self.enter_rule(rule, rule.leaf_base, Some(rule.params));
            let shape = shape(group, rule)?;
            self.charge(&cost::block(shape));
            self.condition(shape, Branch::unless(next))?;
            match group.combine {
                Combine::Any => {
                    self.emit(Op::Decide {
                        group: number,
                        rule: rule_number,
                    });
                    self.listing.place(next);
                }
                Combine::All => misses.push((rule_number, next)),
            }
            let after = self.listing.label();
            self.listing.place(after);
            self.listing.code.rules.push(RuleCode {
                entry,
                end: after,
                params: rule.params / WORD,
                leaf_base: 0,
            });
        }
        self.leave_rule();
        if group.combine == Combine::All {
            let last = index(group.rules.len()) - 1;
            self.emit(Op::Decide {
                group: number,
                rule: last,
            });
        }
        for (rule, label) in misses {
            self.listing.place(label);
            self.emit(Op::Miss {
                group: number,
                rule,
                target: end,
            });
        }
        Ok(())
    }

    fn shared_rules(&mut self, number: u32, group: &'p Group) -> Lowered {
        let bucket = self.bucket(NONE, (0..index(group.rules.len())).collect());
        if let Some(code) = self.listing.code.groups.last_mut() {
            code.bucket = bucket;
        }
        match &group.plan.index {
            Some(index) => self.index(number, index)?,
            None => self.emit(Op::StartRules { group: number }),
        }
        let mut shapes = Vec::new();
        for (shape_number, shape) in group.plan.shapes.iter().enumerate() {
            // Rules of one shape have the same leaves but for their places, so any of them says which have comparisons.
            let Some(rule) = group
                .rules
                .iter()
                .find(|r| r.shape as usize == shape_number)
            else {
                shapes.push((NONE, NONE));
                continue;
            };
            shapes.push(self.shape(group.combine, rule, shape)?);
        }
        self.leave_rule();
        for rule in &group.rules {
            let (entry, end) = *shapes
                .get(rule.shape as usize)
                .ok_or(LowerError::Malformed("a rule without a shape"))?;
            self.listing.code.rules.push(RuleCode {
                entry,
                end,
                params: rule.params / WORD,
                leaf_base: rule.leaf_base,
            });
        }
        Ok(())
    }

    fn shape(
        &mut self,
        combine: Combine,
        rule: &Rule,
        shape: &'p Expr,
    ) -> Result<(u32, u32), LowerError> {
        let (entry, no, end) = (
            self.listing.label(),
            self.listing.label(),
            self.listing.label(),
        );
        self.listing.place(entry);
        self.enter_rule(rule, 0, None);
        self.charge(&cost::block(shape));
        self.condition(shape, Branch::unless(no))?;
        let (on_true, on_false) = match combine {
            Combine::Any => (Op::DecideRule, Op::NextRule),
            Combine::All => (Op::NextRule, Op::MissRule),
        };
        self.emit(on_true);
        self.listing.place(no);
        self.emit(on_false);
        self.listing.place(end);
        Ok((entry, end))
    }

    fn enter_rule(&mut self, rule: &Rule, leaf_base: u32, params: Option<u32>) {
        self.params = params;
        self.leaf_base = leaf_base;
        self.compares = rule.leaves.iter().map(|l| l.compare.is_some()).collect();
    }

    fn leave_rule(&mut self) {
        self.params = None;
        self.compares = Vec::new();
    }

    fn group_end(&self, group: u32) -> u32 {
        self.listing
            .code
            .groups
            .get(group as usize)
            .map_or(NONE, |g| g.end)
    }

    fn bucket(&mut self, nested: u32, rules: Vec<u32>) -> u32 {
        let code = &mut self.listing.code;
        let start = index(code.bucket_rules.len());
        code.bucket_rules.extend(rules);
        let end = index(code.bucket_rules.len());
        code.buckets.push(Bucket { nested, start, end });
        index(code.buckets.len()) - 1
    }

    /// Code of an index: charge, key, look-up; then the code of the indexes within its buckets.
    fn index(&mut self, group: u32, plan: &'p Index) -> Lowered {
        let nested: HashMap<u32, u32> = plan
            .nested
            .iter()
            .map(|(b, _)| (*b, self.listing.label()))
            .collect();
        let first = index(self.listing.code.buckets.len());
        for (number, rules) in plan.buckets.iter().enumerate() {
            let label = nested.get(&index(number)).copied().unwrap_or(NONE);
            let rules = if label == NONE {
                rules.clone()
            } else {
                Vec::new()
            };
            self.bucket(label, rules);
        }
        let look_up = match &plan.keys {
            Keys::Equal { entries, default } => {
                self.look_up(group, first, plan.buckets.len(), entries, *default)?
            }
            Keys::Ordered(cuts) => self.search(group, first, plan.buckets.len(), cuts)?,
        };
        self.charge(&cost::look_up(&plan.keys).plus(&cost::block(&plan.key)));
        self.value(&plan.key)?;
        self.emit(look_up);
        for (bucket, inner) in &plan.nested {
            if let Some(label) = nested.get(bucket) {
                self.listing.place(*label);
                self.index(group, inner)?;
            }
        }
        Ok(())
    }

    /// An index by equality over buckets that begin at `first`.
    fn look_up(
        &mut self,
        group: u32,
        first: u32,
        buckets: usize,
        entries: &[(u64, u32)],
        default: u32,
    ) -> Result<Op, LowerError> {
        let bucket = |number: u32| {
            if (number as usize) < buckets {
                Ok(first + number)
            } else {
                Err(LowerError::Malformed("an index without the bucket"))
            }
        };
        let mut entries = entries
            .iter()
            .map(|(key, number)| Ok((*key, bucket(*number)?)))
            .collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(|(key, _)| *key);
        let default = bucket(default)?;
        let code = &mut self.listing.code;
        code.indexes.push(IndexCode {
            group,
            entries,
            default,
        });
        let index = index(code.indexes.len()) - 1;
        Ok(Op::Lookup { index })
    }

    /// An index by cuts.
    fn search(
        &mut self,
        group: u32,
        first: u32,
        buckets: usize,
        cuts: &Cuts,
    ) -> Result<Op, LowerError> {
        if buckets != cuts.len() + 1 {
            return Err(LowerError::Malformed("an interval without the bucket"));
        }
        let code = &mut self.listing.code;
        let cuts = cuts.clone();
        code.searches.push(SearchCode { group, cuts, first });
        let search = index(code.searches.len()) - 1;
        Ok(match code.searches.last().map(|search| &search.cuts) {
            Some(Cuts::Wides(_)) => Op::SearchWide { search },
            _ => Op::Search { search },
        })
    }

    fn effects(&mut self, effects: &'p [EffectEntry], entries: [u32; 3]) -> Lowered {
        let decisions = [Decision::Accept, Decision::Reject, Decision::Escalate];
        for (decision, place) in decisions.into_iter().zip(entries) {
            self.listing.place(place);
            for (number, entry) in effects.iter().enumerate().filter(|(_, e)| e.on == decision) {
                self.block(&entry.value)?;
                self.emit(Op::Take {
                    entry: index(number),
                });
            }
            self.emit(Op::Finish);
        }
        Ok(())
    }
}

/// Whether the group's rules stand one after the other, each with its constants in place.
fn is_inline(group: &Group) -> bool {
    if group.plan.index.is_some() {
        return false;
    }
    group.rules.len() <= INLINE_RULES_MAX || group.plan.shapes.len() == group.rules.len()
}

fn shape<'g>(group: &'g Group, rule: &Rule) -> Result<&'g Expr, LowerError> {
    let shape = group.plan.shapes.get(rule.shape as usize);
    shape.ok_or(LowerError::Malformed("a rule without a shape"))
}
