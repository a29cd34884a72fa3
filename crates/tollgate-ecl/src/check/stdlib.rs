//! The standard library: one table of the built-in functions, which the checker, the documentation, the editor and the
//! tests read.
//!
//! A built-in function is no function at run time: the checker writes its expression in place of the call, so it costs
//! what the expression costs and a call of it is no [`CALL`](crate::data::gas::CALL). How each is written out is in
//! `check/call.rs`.

/// The groups of functions. Names are in scope without the prefix; `trust.norm(x)` works too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Module {
    /// Values, texts, lists, options, time.
    Core,
    /// Dids, credentials, delegations.
    Identity,
    /// Trust vectors and karma.
    Trust,
    /// What agents weigh: prices, budgets, offers.
    Agent,
    /// Objects: blueprints, states, sessions.
    Object,
    /// Crossing into realms.
    Gateway,
    /// What a program may touch.
    Permission,
    /// Addresses and networks.
    Network,
}

impl Module {
    /// Every module.
    pub const ALL: [Self; 8] = [
        Self::Core,
        Self::Identity,
        Self::Trust,
        Self::Agent,
        Self::Object,
        Self::Gateway,
        Self::Permission,
        Self::Network,
    ];

    /// Name in programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Identity => "identity",
            Self::Trust => "trust",
            Self::Agent => "agent",
            Self::Object => "object",
            Self::Gateway => "gateway",
            Self::Permission => "permission",
            Self::Network => "network",
        }
    }
}

macro_rules! builtins {
    ($($variant:ident $module:ident $name:literal, $min:literal..=$max:literal, $signature:literal, $gas:literal, $doc:literal, $example:literal;)*) => {
        /// A built-in function.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Builtin {
            $(#[doc = $doc] $variant,)*
        }

        /// Every built-in function, by module.
        pub const TABLE: &[Entry] = &[
            $(Entry {
                builtin: Builtin::$variant,
                module: Module::$module,
                name: $name,
                arguments: ($min, $max),
                signature: $signature,
                gas: $gas,
                doc: $doc,
                example: $example,
            },)*
        ];

        /// The built-in function of that name.
        #[must_use]
        pub fn lookup(name: &str) -> Option<Builtin> {
            match name {
                $($name => Some(Builtin::$variant),)*
                _ => None,
            }
        }
    };
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Which function.
    pub builtin: Builtin,
    /// Its module.
    pub module: Module,
    /// Its name.
    pub name: &'static str,
    /// Fewest and most arguments.
    pub arguments: (usize, usize),
    /// As a reader sees it.
    pub signature: &'static str,
    /// What it costs besides its arguments.
    pub gas: &'static str,
    /// One line.
    pub doc: &'static str,
    /// A condition that is true for the values of the documentation's example input.
    pub example: &'static str,
}

/// The table as the documentation shows it, in Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::new();
    for module in Module::ALL {
        page.push_str(&format!("### {}\n\n", module.name()));
        page.push_str("| function | what it gives | gas | example |\n|---|---|---|---|\n");
        for entry in TABLE.iter().filter(|e| e.module == module) {
            let cell = |text: &str| text.replace('|', "\\|");
            page.push_str(&format!(
                "| `{}{}` | {} | {} | `{}` |\n",
                entry.name,
                cell(entry.signature),
                cell(entry.doc),
                cell(entry.gas),
                cell(entry.example),
            ));
        }
        page.push('\n');
    }
    page
}

impl Builtin {
    /// Its row.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        #[expect(
            clippy::indexing_slicing,
            reason = "of a constant: a table without a row is not compiled"
        )]
        const FIRST: &Entry = &TABLE[0];
        TABLE.iter().find(|e| e.builtin == self).unwrap_or(FIRST)
    }
}

builtins! {
    Len Core "len", 1..=1, "(string | did | list<T, N> | map<K, V, N>) -> int", "1",
        "Bytes of a text, elements of a list or entries of a map.", "len(tags) == 2";
    Chars Core "chars", 1..=1, "(string | did) -> int", "1 and 1 per 32 bytes",
        "Characters of a text, each a scalar value of Unicode; `len` counts its bytes.", "chars(\"Zürich\") == 6";
    IsEmpty Core "is_empty", 1..=1, "(string | list<T, N> | map<K, V, N>) -> bool", "2",
        "Whether a text, list or map has length zero.", "NOT is_empty(tags)";
    Abs Core "abs", 1..=1, "(T) -> T, T a number, amount, quantity or duration", "5 and reading the value twice",
        "The value without its sign.", "abs(-3) == 3";
    Min Core "min", 2..=2, "(T, T) -> T", "1",
        "The smaller of two numbers, amounts, quantities, durations, instants or addresses.", "min(price, 1 EUR) == 0.42 EUR";
    Max Core "max", 2..=2, "(T, T) -> T", "1",
        "The larger of two numbers, amounts, quantities, durations, instants or addresses.", "max(price, 1 EUR) == 1 EUR";
    Clamp Core "clamp", 3..=3, "(value: T, low: T, high: T) -> T", "2",
        "The value, but not below `low` and not above `high`.", "clamp(7, 0, 5) == 5";
    Between Core "between", 3..=3, "(value: T, low: T, high: T) -> bool", "3 and reading the value twice",
        "Whether `low <= value <= high`.", "between(score, 0.0, 1.0)";
    StartsWith Core "starts_with", 2..=2, "(string | did, string) -> bool", "1 and 1 per 32 bytes of the second text",
        "Whether a text begins with another.", "starts_with(path, \"/api/\")";
    EndsWith Core "ends_with", 2..=2, "(string | did, string) -> bool", "1 and 1 per 32 bytes of the second text",
        "Whether a text ends with another.", "ends_with(path, \".json\")";
    Contains Core "contains", 2..=2, "(string, string) -> bool; (list<T, N>, T) -> bool; (map<K, V, N>, K) -> bool; (cidr, ip | cidr) -> bool", "1 and 1 per 32 bytes of the first text, or 1 per element",
        "Whether a text contains another, a list an element, a map a key or a network an address.", "contains(path, \"items\")";
    Lower Core "lower", 1..=1, "(string<N> | did) -> string<N>", "1 and 1 per 32 bytes",
        "The text with A to Z in lower case, and everything else [as it is](#texts-that-are-made).", "lower(\"EU.Example.com\") == host";
    Upper Core "upper", 1..=1, "(string<N> | did) -> string<N>", "1 and 1 per 32 bytes",
        "The text with a to z in upper case, and everything else [as it is](#texts-that-are-made).", "upper(\"eur\") == \"EUR\"";
    Trim Core "trim", 1..=1, "(string<N> | did) -> string<N>", "1 and 1 per 32 bytes",
        "The text without [blanks](#texts-that-are-made) at its ends.", "trim(\" hello\\n\") == note";
    Split Core "split", 3..=3, "(string<N> | did, separator: string, most: int) -> list<string<N>, most>", "1, 1 per 32 bytes, and `most`",
        "The parts of a text [between separators](#texts-that-are-made); separator and number are constants.", "\"b\" in split(\"a b c\", \" \", 3)";
    IsSubset Core "is_subset", 2..=2, "(list<T, N>, list<T, M>) -> bool", "1, and 1 and what `in` costs per element of the first",
        "Whether every element of the first list is in the second.", "is_subset([\"a\"], tags)";
    Overlaps Core "overlaps", 2..=2, "(list<T, N>, list<T, M>) -> bool; (cidr, cidr | list<cidr, N>) -> bool", "1, and 1 and what `in` costs per element of the first",
        "Whether an element of the first list is in the second; whether two networks have an address in common.", "overlaps(tags, [\"a\", \"new\"])";
    Intersection Core "intersection", 2..=2, "(list<T, N>, list<T, M>) -> list<T, N>", "1, and 1 and what `in` costs per element of the first",
        "The elements of the first list that are in the second, in their order.", "len(intersection(tags, [\"a\"])) == 1";
    Difference Core "difference", 2..=2, "(list<T, N>, list<T, M>) -> list<T, N>", "1, and 1 and what `in` costs per element of the first, and 1 for each",
        "The elements of the first list that are not in the second, in their order.", "len(difference(tags, [\"a\"])) == 1";
    Keys Core "keys", 1..=1, "(map<K, V, N>) -> list<K, N>", "1, and 5 for each entry",
        "The keys of a map, in the order of their bytes.", "\"cpu\" in keys(limits)";
    Values Core "values", 1..=1, "(map<K, V, N>) -> list<V, N>", "1, and 5 for each entry",
        "The values of a map, in the order of its keys.", "(sum v in values(limits): v) == 13";
    IsSome Core "is_some", 1..=1, "(T?) -> bool", "1",
        "Whether an option has a value.", "is_some(note)";
    IsNone Core "is_none", 1..=1, "(T?) -> bool", "2",
        "Whether an option has no value.", "NOT is_none(note)";
    ToDecimal Core "to_decimal", 1..=1, "(int | number) -> decimal; (string) -> decimal?", "1; 1 and 1 per 32 bytes of a text",
        "Exact for int; a number is rounded half to even at 18 fractional digits, and must fit; a text [says one](#texts-that-say-values) or none.", "to_decimal(score) > 0.9";
    ToNumber Core "to_number", 1..=1, "(int | decimal) -> number", "1",
        "The nearest binary64.", "to_number(3) == 3.0";
    ToInt Core "to_int", 1..=1, "(decimal | number) -> int; (string) -> int?", "1, 2 for number; 1 and 1 per 32 bytes of a text",
        "Towards zero; the result must fit; a text [says one](#texts-that-say-values) or none.", "to_int(3.9) == 3";
    ToDuration Core "to_duration", 1..=1, "(string) -> duration?", "1 and 1 per 32 bytes",
        "The duration that a text [says](#texts-that-say-values), as `1h30m` or `500ms`.", "to_duration(\"1h30m\")? == 90min";
    ToQuantity Core "to_quantity", 1..=1, "(string) -> decimal?", "1 and 1 per 32 bytes",
        "What a quantity of Kubernetes [says](#texts-that-say-values), as `500m` or `1Gi`, in its base unit: cores, bytes.", "to_quantity(\"1.5Gi\")? == 1610612736.0";
    Seconds Core "seconds", 1..=1, "(duration) -> decimal", "2",
        "A duration in seconds.", "seconds(1500ms) == 1.5";
    Amount Core "amount", 1..=1, "(money<C>) -> decimal", "0",
        "The amount without its currency.", "amount(price) == 0.42";
    Now Core "now", 0..=0, "() -> instant", "2",
        "The time of the evaluation: the input field `now`, which is an `instant`; without one, `current_time` of the one input record that has it.", "now() > \"2025-01-01T00:00:00Z\"";
    Resolves Identity "resolves", 1..=1, "(did) -> bool", "50 network",
        "Whether the did resolves to a document.", "resolves(who)";
    HasCredential Identity "has_credential", 2..=2, "(did, pattern) -> bool", "100 network",
        "Whether the subject holds a valid credential of a schema that matches: issuer, validity, revocation and subject are checked by the host.", "has_credential(who, \"did:example:credential:*\")";
    Delegates Identity "delegates", 1..=1, "(did) -> list<did, 64>", "50 network",
        "Those who may act for the did; also `who.delegates`.", "caller in delegates(who)";
    ActsFor Identity "acts_for", 2..=2, "(actor: did, owner: did) -> bool", "2, and unless equal 50 network and 1 per delegate",
        "Whether the actor is the owner or one of its delegates.", "acts_for(caller, who)";
    Balance Identity "balance", 2..=2, "(did, string) -> decimal", "50 network",
        "The balance of an account in a currency or token.", "balance(who, \"EUR\") >= 10.0";
    Verified Identity "verified", 1..=1, "(did) -> bool", "100 network",
        "Whether the did holds an identity credential: `did:erynoa:credential:identity:**`.", "verified(who) else true";
    TrustOf Trust "trust", 1..=1, "(did) -> trust", "30 network",
        "The trust vector of a did. A stranger's is unknown, never a number: handle it with `else`.", "trust(who).r > 0.5";
    Karma Trust "karma", 1..=1, "(did) -> number", "30 network",
        "The karma of a did.", "karma(who) > 1.0";
    Norm Trust "norm", 1..=2, "(trust, context: string = \"default\") -> number", "1; 22 with a context",
        "Weighted mean of the six dimensions, in 0..1. Contexts: default, finance, identity, content, infrastructure.", "norm(trust(who)) > 0.5";
    Weighted Trust "weighted", 7..=7, "(trust, r, i, c, p, v, omega: number) -> number", "22",
        "Weighted mean with weights of your own; their sum must not be zero.", "weighted(trust(who), 1.0, 1.0, 0.0, 0.0, 0.0, 0.0) > 0.5";
    Weakest Trust "weakest", 1..=1, "(trust) -> number", "5 and reading six dimensions",
        "The smallest of the six dimensions.", "weakest(trust(who)) > 0.1";
    Combine Trust "combine", 2..=2, "(trust, trust) -> trust", "1",
        "Two independent sources that agree: a + b − a·b in each dimension.", "norm(combine(trust(who), trust(caller))) >= norm(trust(who))";
    Chain Trust "chain", 2..=2, "(trust, trust) -> trust", "1",
        "Trust through another: never above the weaker link in any dimension.", "norm(chain(trust(who), trust(caller))) <= norm(trust(who))";
    Distance Trust "distance", 2..=2, "(trust, trust) -> number", "1",
        "Root mean square of the differences, in 0..1.", "distance(trust(who), trust(who)) == 0.0";
    Above Trust "above", 2..=2, "(did | trust, threshold: number) -> bool", "2, and 30 network for a did",
        "Whether the weighted mean reaches the threshold.", "above(who, 0.5)";
    Vector Trust "vector", 6..=6, "(r, i, c, p, v, omega: number) -> trust", "6",
        "A trust vector of your own; every value is clamped to 0..1.", "vector(0.5, 0.5, 0.5, 0.5, 0.5, 0.5).r == 0.5";
    WithinBudget Agent "within_budget", 2..=2, "(price: money<C>, budget: money<C>) -> bool", "1",
        "Whether the price does not exceed the budget.", "within_budget(price, 1 EUR)";
    Cost Agent "cost", 2..=2, "(unit_price: money<C>, amount: int | decimal) -> money<C>", "1",
        "Price of an amount.", "cost(price, 10) == 4.20 EUR";
    Midpoint Agent "midpoint", 2..=2, "(money<C>, money<C>) -> money<C>", "2",
        "Halfway between two offers.", "midpoint(price, 1 EUR) == 0.71 EUR";
    Concession Agent "concession", 2..=2, "(first: money<C>, current: money<C>) -> decimal", "2",
        "How far an offer has come down from the first one: 0.1 is ten percent. The first must not be zero.", "concession(1 EUR, price) == 0.58";
    Acceptable Agent "acceptable", 3..=3, "(price: money<C>, target: money<C>, tolerance: decimal) -> bool", "3 and reading the target twice",
        "Whether the price is at most the target plus a part of it.", "acceptable(price, 0.40 EUR, 0.1)";
    Resolve Object "resolve", 1..=1, "(did) -> Blueprint", "50 network and 2",
        "The blueprint with that did: `.id` and `.attributes`.", "resolve(thing).id == thing";
    Conforms Object "conforms", 2..=2, "(attributes, attributes) -> bool", "200",
        "Whether attributes satisfy those of a blueprint; also `x conforms_to y`.", "conforms(details, resolve(thing).attributes)";
    ActiveSessions Object "active_sessions", 1..=1, "(did | AMO) -> int", "50 network",
        "Open sessions of an object.", "active_sessions(thing) == 0";
    NoActiveSessions Object "no_active_sessions", 1..=1, "(did | AMO) -> bool", "50 network and 1",
        "Whether an object has no open session.", "no_active_sessions(thing)";
    CanTransition Object "can_transition", 2..=2, "(AmoStatus, Transition) -> bool", "up to 24 and reading both",
        "Whether the life cycle has that transition: Pending Activate; Active Deactivate, Suspend, Transfer; Inactive Activate, Archive; Suspended Resume, Archive.", "can_transition(Pending, Activate)";
    RealmTrust Gateway "realm_trust", 2..=2, "(did, realm: string) -> trust", "50 realm",
        "The trust of a did as a realm sees it.", "norm(realm_trust(who, \"finance\")) > 0.1";
    MayEnter Gateway "may_enter", 3..=3, "(did, realm: string, threshold: number) -> bool", "50 realm and 2",
        "Whether the trust of a did, as the realm sees it, reaches the threshold.", "may_enter(who, \"finance\", 0.1)";
    StoreGet Gateway "store_get", 2..=2, "(store: string, key: string | did) -> string", "20 storage",
        "The value of a key in a store of the host, such as a realm's list of members.", "(store_get(\"members\", who) else \"\") == \"yes\"";
    HostWithin Permission "host_within", 2..=2, "(host: string, domain: string) -> bool", "3 and 1 per 32 bytes of the domain",
        "Whether a host is the domain or below it; the domain is a literal.", "host_within(host, \"example.com\")";
    PathWithin Permission "path_within", 2..=2, "(path: string, folder: string) -> bool", "7 and 1 per 32 bytes",
        "Whether an absolute path is the folder or below it, without a `..` in it; the folder is a literal.", "path_within(path, \"/api\")";
    IsIpv4 Network "is_ipv4", 1..=1, "(ip | cidr) -> bool", "2; 4 for a cidr",
        "Whether an address, or each of a network, is one of IPv4: `0.0.0.0/0`, also in its IPv6 form `::ffff:0:0/96`, and no other IPv6 address.", "is_ipv4(address)";
    IsLoopback Network "is_loopback", 1..=1, "(ip | cidr) -> bool", "3; 7 for a cidr",
        "Whether it means the machine itself: `127.0.0.0/8`, `::1`; not `0.0.0.0` and `::`.", "NOT is_loopback(address)";
    IsPrivate Network "is_private", 1..=1, "(ip | cidr) -> bool", "5; 13 for a cidr",
        "Whether it is for use within networks: `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16`, `fc00::/7`; not `0.0.0.0` and `::`.", "is_private(address)";
    IsLinkLocal Network "is_link_local", 1..=1, "(ip | cidr) -> bool", "3; 7 for a cidr",
        "Whether it means a machine on the same link: `169.254.0.0/16`, `fe80::/10`.", "NOT is_link_local(address)";
    IsMulticast Network "is_multicast", 1..=1, "(ip | cidr) -> bool", "3; 7 for a cidr",
        "Whether it means a group of machines: `224.0.0.0/4`, `ff00::/8`.", "is_multicast(\"224.0.0.1\")";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for entry in TABLE {
            assert_eq!(lookup(entry.name), Some(entry.builtin), "{}", entry.name);
            assert_eq!(entry.builtin.entry().name, entry.name);
        }
        assert_eq!(lookup("no_such_function"), None);
    }
}
