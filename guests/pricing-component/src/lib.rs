//! `pricing-component`: a component whose export is typed by WIT (`wit/pricing.wit`): records, lists, options, enums, a
//! variant and a result. It does no input or output of its own.

wit_bindgen::generate!({ world: "pricing", path: "wit" });

use exports::tollgate::pricing::quotes::{Basket, Guest, Quote, QuoteError, Tier};

struct Pricing;

impl Guest for Pricing {
    fn price(basket: Basket) -> Result<Quote, QuoteError> {
        if basket.lines.is_empty() {
            return Err(QuoteError::EmptyBasket);
        }
        let gross = gross_cents(&basket)?;
        let mut notes = Vec::new();
        let mut percent = Self::tier_percent(basket.tier);
        if percent > 0 {
            notes.push(format!(
                "{percent} % for {} as a gold customer",
                basket.customer
            ));
        }
        match basket.coupon.as_deref() {
            None => {}
            Some("WELCOME10") => {
                percent += 10;
                notes.push("10 % for coupon WELCOME10".into());
            }
            Some(other) => return Err(QuoteError::UnknownCoupon(other.into())),
        }
        let discount = (u128::from(gross) * u128::from(percent) / 100) as u64;
        Ok(Quote {
            lines: basket.lines.len() as u32,
            gross_cents: gross,
            discount_cents: discount,
            net_cents: gross - discount,
            notes,
        })
    }

    fn tier_percent(tier: Tier) -> u32 {
        match tier {
            Tier::Standard => 0,
            Tier::Gold => 15,
        }
    }
}

fn gross_cents(basket: &Basket) -> Result<u64, QuoteError> {
    let mut sum = 0u64;
    for (index, line) in basket.lines.iter().enumerate() {
        sum = line
            .unit_cents
            .checked_mul(line.quantity.into())
            .and_then(|price| sum.checked_add(price))
            .ok_or(QuoteError::Overflow(index as u32))?;
    }
    Ok(sum)
}

export!(Pricing);
