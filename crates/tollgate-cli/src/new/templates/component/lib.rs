//! The functions that `wit/world.wit` declares.

wit_bindgen::generate!({ world: "guest", path: "wit" });

struct Prices;

impl Guest for Prices {
    fn price(order: Order) -> Result<u64, String> {
        if order.quantity == 0 {
            return Err(format!("nobody orders no {}", order.item));
        }
        u64::from(order.quantity)
            .checked_mul(order.unit_cents)
            .ok_or_else(|| String::from("the price is too large"))
    }
}

export!(Prices);

#[cfg(test)]
mod tests {
    use super::*;

    fn order(quantity: u32, unit_cents: u64) -> Order {
        Order {
            item: String::from("tea"),
            quantity,
            unit_cents,
        }
    }

    #[test]
    fn a_price_is_quantity_times_unit() {
        assert_eq!(Prices::price(order(3, 250)), Ok(750));
    }

    #[test]
    fn what_has_no_price_says_why() {
        assert!(Prices::price(order(0, 250)).is_err());
        assert!(Prices::price(order(2, u64::MAX)).is_err());
    }
}
