//! What looks like a secret: names of variables, and their values.
//!
//! A guest that gets "the environment" should not get the keys to everything that the user can reach. Nothing says of a
//! variable that it is a secret, so its shape has to: words in its name, and forms that only secrets have. Both lists
//! rather find too much, since what they find is only passed on when it is named. The name says what a value is for, the value is
//! looked at because many names say nothing (`URL`, `DSN`, `CONFIG`).

use url::Url;

use crate::limits::URLS_OF_A_WORD;

/// Parts of a name that stand for secrets wherever they stand in it.
const PARTS: [&str; 24] = [
    "SECRET",
    "TOKEN",
    // Of passwords, passphrases, passwd.
    "PASS",
    // Of credentials.
    "CRED",
    "PRIVATE",
    "APIKEY",
    "ACCESSKEY",
    "ACCOUNTKEY",
    "SHAREDKEY",
    "SSHKEY",
    "AUTH",
    "BEARER",
    "COOKIE",
    "SESSION",
    "JWT",
    "SALT",
    "SIGNATURE",
    "MNEMONIC",
    "WEBHOOK",
    "CONNECTIONSTRING",
    "CONNSTR",
    "DATABASEURL",
    "SEEDPHRASE",
    "RECOVERYPHRASE",
];

/// Words of a name that stand for secrets when they stand alone in it.
const WORDS: [&str; 20] = [
    "KEY", "KEYS", "PWD", "DSN", "PIN", "OTP", "TOTP", "MFA", "PAT", "PSK", "SAS", "SIG", "HMAC",
    "SEED", "XPRV", "WALLET", "CERT", "PEM", "PFX", "KEYSTORE",
];

/// How texts begin that only secrets begin with, and how many characters follow at least.
const PREFIXES: [(&str, usize); 27] = [
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 12),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xoxs-", 10),
    ("xoxe-", 10),
    ("xapp-", 10),
    ("sk-", 20),
    ("sk_live_", 10),
    ("rk_live_", 10),
    ("whsec_", 10),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("ya29.", 20),
    ("npm_", 30),
    ("pypi-", 30),
    ("dop_v1_", 30),
    ("hf_", 30),
    ("SG.", 30),
    ("AGE-SECRET-KEY-1", 30),
];

/// Tells whether the name of an environment variable suggests that its value is a secret.
pub fn looks_secret(name: &str) -> bool {
    // The shell's own, which is a folder.
    if name == "PWD" || name == "OLDPWD" {
        return false;
    }
    let joined: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    PARTS.iter().any(|part| joined.contains(part)) || has_secret_word(name)
}

/// Whether a word of a name is that of a secret: `github_pat`, `github-pat` and `githubPat` are two words.
fn has_secret_word(name: &str) -> bool {
    let is_secret = |word: &str| WORDS.contains(&word);
    let (mut word, mut lower) = (String::new(), false);
    for c in name.chars() {
        let begins = c.is_ascii_uppercase() && lower;
        if begins || !c.is_ascii_alphanumeric() {
            if is_secret(&word) {
                return true;
            }
            word.clear();
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_uppercase());
        }
        lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    is_secret(&word)
}

/// Tells whether a value has the form of a secret or holds one: a URL with a password or a signature, a connection string, a
/// token of a known kind, a signed token, a private key, the words of a wallet.
pub fn holds_secret(value: &str) -> bool {
    value.contains("-----BEGIN ")
        || is_mnemonic(value)
        || has_secret_url(value)
        || has_secret_member(value)
        || value
            .split(|c: char| c.is_whitespace() || "\"'`,;:=()[]{}<>/@".contains(c))
            .any(|word| is_token(word) || is_signed_token(word))
        || is_header(value)
}

fn has_secret_url(value: &str) -> bool {
    let is_apart = |c: char| c.is_whitespace() || "\"'`".contains(c);
    value.split(is_apart).any(|word| {
        let mut places = word.match_indices("://").map(|(at, _)| at);
        let looked_at = places.by_ref().take(URLS_OF_A_WORD);
        let mut urls = looked_at.filter_map(|at| url_at(word, at));
        urls.any(|url| url_holds_secret(&url)) || places.next().is_some()
    })
}

/// The URL of a word whose scheme ends at a place: `jdbc:postgresql://…` has one too.
fn url_at(word: &str, at: usize) -> Option<Url> {
    let (before, rest) = word.split_at_checked(at)?;
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let scheme = before.rsplit(|c| !is_scheme(c)).next()?;
    Url::parse(&format!("{scheme}{rest}")).ok()
}

fn url_holds_secret(url: &Url) -> bool {
    let web = matches!(url.scheme(), "http" | "https" | "ws" | "wss");
    let host = url.host_str().unwrap_or("");
    // `https://TOKEN@host` is how tokens are given to git; the user of `ssh://git@host` is no secret.
    url.password().is_some()
        || web && !url.username().is_empty()
        || url
            .query_pairs()
            .any(|(name, value)| !value.is_empty() && looks_secret(&name))
        || web && (host.starts_with("hooks.") || url.path().contains("/webhook"))
}

/// `Server=db;Password=hunter2`, `host=db password=hunter2`: a member with a secret's name and a value.
fn has_secret_member(value: &str) -> bool {
    value
        .split(|c: char| c.is_whitespace() || c == ';' || c == '&')
        .filter_map(|member| member.split_once('='))
        .any(|(name, value)| !value.is_empty() && looks_secret(name.trim()))
}

fn is_token(word: &str) -> bool {
    PREFIXES.iter().any(|(prefix, least)| {
        word.strip_prefix(prefix).is_some_and(|rest| {
            let fits = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            rest.len() >= *least && rest.chars().all(fits)
        })
    })
}

/// A JWT: three parts, the first of them a JSON object in base64.
fn is_signed_token(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    word.starts_with("eyJ") && word.chars().all(fits) && word.matches('.').count() >= 2
}

/// The value of a header that says who asks.
fn is_header(value: &str) -> bool {
    let value = value.trim_start();
    let scheme = value.split_once(' ').map(|(scheme, _)| scheme);
    scheme.is_some_and(|s| s.eq_ignore_ascii_case("bearer") || s.eq_ignore_ascii_case("basic"))
}

/// The words of a wallet (BIP 39): 12, 15, 18, 21 or 24 of three to eight small letters.
fn is_mnemonic(value: &str) -> bool {
    let mut count = 0;
    for word in value.split_whitespace() {
        let fits = (3..=8).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase());
        if !fits || count > 24 {
            return false;
        }
        count += 1;
    }
    matches!(count, 12 | 15 | 18 | 21 | 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_looked_at_in_proportion_to_their_length() {
        // Each took minutes, or memory of many times its length.
        for (piece, secret) in [
            ("://", true),
            ("a://b ", false),
            ("eyJ.", true),
            ("a-", false),
            ("-=x;", false),
            ("x.y ", false),
        ] {
            let text = piece.repeat((8 << 20) / piece.len());
            assert_eq!(holds_secret(&text), secret, "{piece}");
            assert!(!looks_secret(&text), "{piece}");
        }
        let many = "a://b/".repeat(URLS_OF_A_WORD);
        assert!(!holds_secret(&many));
        assert!(holds_secret(&(many + "a://b")));
    }

    #[test]
    fn names_of_secrets_are_known_by_their_words() {
        for name in [
            "GITHUB_TOKEN",
            "githubToken",
            "GITHUB_PAT",
            "azurePat",
            "SLACK_WEBHOOK_URL",
            "CONNECTION_STRING",
            "AzureWebJobsConnectionString",
            "DB_CONNSTR",
            "SSH_KEY",
            "id-key",
            "signing.keys",
            "BEARER",
            "WALLET_MNEMONIC",
            "SEED_PHRASE",
            "HASH_SEED",
            "MYSQL_PWD",
            "PGPASSFILE",
            "DATABASE_URL",
            "SENTRY_DSN",
            "API_KEY",
            "STRIPE_APIKEY",
            "ACCESS_KEY_ID",
            "X_AUTH",
            "SIG",
            "BLOB_SAS",
            "TOTP",
            "CLIENT_CERT",
            "AWS_SESSION_NAME",
            "COOKIE_JAR",
        ] {
            assert!(looks_secret(name), "{name}");
        }
        for name in [
            "PATH", "HOME", "PWD", "OLDPWD", "LANG", "KEYBOARD", "MONKEY", "PATTERN", "SIGNAL",
            "PINE", "DISPLAY", "EDITOR", "RUST_LOG", "SASS", "SEEDED", "USER", "",
        ] {
            assert!(!looks_secret(name), "{name}");
        }
    }

    #[test]
    fn values_that_only_secrets_have_are_known_by_their_shape() {
        let github = format!("ghp_{}", "a1B2".repeat(9));
        let aws = format!("AKIA{}", "ABCD".repeat(4));
        let words = ["legal"; 12].join(" ");
        for value in [
            "postgres://app:hunter2@db.example/app",
            "amqps://:hunter2@queue.example",
            "http://user:pw@proxy.example:3128",
            "jdbc:postgresql://app:hunter2@db.example/app",
            "primary=redis://:pw@a.example,replica=redis://b.example",
            "https://ghp@github.com/a/b",
            "https://a.blob.example/c?sv=2022&sig=abc",
            "https://s3.example/k?X-Amz-Signature=abc",
            "https://api.example/v1?access_token=abc",
            "https://hooks.slack.com/services/T0/B0/abc",
            "https://discord.com/api/webhooks/1/abc",
            "Server=db;User Id=sa;Password=hunter2;",
            "host=db user=app password=hunter2",
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zm9v",
            &github,
            &format!("token {github}"),
            &format!("https://x-access-token/{github}"),
            &aws,
            "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn",
            "Bearer abc",
            " basic YTpi",
            &words,
        ] {
            assert!(holds_secret(value), "{value}");
        }
    }

    #[test]
    fn ordinary_values_are_no_secrets() {
        let sentence = ["legal"; 13].join(" ");
        for value in [
            "",
            "https://example.com/a?b=c@d",
            "https://example.com/?sig=",
            "ssh://git@example.com/repo",
            "ada@example.com",
            "C:\\Users\\ada",
            "/usr/local/bin:/usr/bin",
            "ghp_short",
            "sk-1",
            "password=",
            "key",
            "eyJ.only",
            "abc.def.ghi",
            "basic",
            "LS_COLORS=rs=0:di=01;34",
            &sentence,
            "en_GB.UTF-8",
            "://",
        ] {
            assert!(!holds_secret(value), "{value}");
        }
    }
}
