use super::format;

fn formatted(text: &str) -> String {
    let once = format(text).unwrap_or_else(|d| panic!("{text}\n{d:?}"));
    assert_eq!(format(&once).as_ref(), Ok(&once), "not idempotent:\n{once}");
    once
}

#[test]
fn entries_get_lines_and_blanks_of_their_own() {
    insta::assert_snapshot!(formatted(
        "policy  \"p\"{id:\"did:x\" ,version :\"1\"\n\n\n\norder:reject ,accept\ninput{a:int,b :string?}\nlet m:decimal=0.50EUR\n\
         reject{a>-1&&!b.c||x in[1,2 ,3]}accept all{n:a - -1<=5 km,\"too far\"\nm: a<=b<=c}otherwise reject\"none\"}enum A{B,C}\nenum D{\nE}"
    ), @r#"
    policy "p" {
      id: "did:x"
      version: "1"

      order: reject, accept
      input { a: int, b: string? }
      let m: decimal = 0.50 EUR
      reject { a > -1 AND NOT b.c OR x in [1, 2, 3] }
      accept all {
        n: a - -1 <= 5km, "too far"
        m: a <= b <= c
      }
      otherwise reject "none"
    }

    enum A { B, C }

    enum D {
      E
    }
    "#);
}

#[test]
fn every_comment_stays_where_it_belongs() {
    insta::assert_snapshot!(formatted(
        "# top\n\n# of enum\nenum A { # open\nB, # b\n# own\nC # c\n# last\n}\n// next\nfn f(a: int, # first\n b: int) -> bool { a # left\n AND # right\n b }\n# end"
    ), @r"
    # top

    # of enum
    enum A {  # open
      B  # b
      # own
      C  # c
      # last
    }

    // next
    fn f(
      a: int,  # first
      b: int,
    ) -> bool {
      a  # left
        AND  # right
        b
    }
    # end
    ");
}

#[test]
fn long_lines_are_broken_before_logic_and_in_the_widest_bracket() {
    insta::assert_snapshot!(formatted(
        "policy \"p\" { reject { a: offer.price_per_kwh > 0.50 EUR AND offer.distance > 5km AND (offer.connector == CCS OR offer.connector == Type2)\n\
         b: offer.connector in [AAAAAAAAAAAAAAAAAAAAAAA, BBBBBBBBBBBBBBBBBBBBBBBBBBBB, CCCCCCCCCCCCCCCCCCCCCCCCCCC, DDDDDDDDDDDDD] } \
         on accept { emit(\"accepted\", {\n price: offer.price }) } }"
    ), @r#"
    policy "p" {
      reject {
        a: offer.price_per_kwh > 0.50 EUR
          AND offer.distance > 5km
          AND (offer.connector == CCS OR offer.connector == Type2)
        b: offer.connector in [
          AAAAAAAAAAAAAAAAAAAAAAA,
          BBBBBBBBBBBBBBBBBBBBBBBBBBBB,
          CCCCCCCCCCCCCCCCCCCCCCCCCCC,
          DDDDDDDDDDDDD,
        ]
      }
      on accept {
        emit("accepted", {
          price: offer.price
        })
      }
    }
    "#);
}

#[test]
fn guard_bodies_are_indented_and_keep_their_statements() {
    insta::assert_snapshot!(formatted(include_str!("../../../tests/cases/documents/ev_charging_validate.ecl")), @r#"
    logic_guard "ev_charging_validate" {
      # Registration
      address: "0x1::ev_charging::validate"

      # Input schema
      input: {
        amo:        AMO
        transition: Transition
        caller:     DID
        context:    Context
      }

      # Output
      output: {
        valid:  bool
        reason: string?
      }

      # Logic
      body: |
        # Check that the blueprint is followed
        let blueprint = resolve(amo.blueprint)
        assert(amo.attributes conforms_to blueprint.attributes)

        # Check what the caller may do
        let owner = amo.owner
        assert(caller == owner OR caller in owner.delegates)

        # Check the transition
        match transition {
          Activate => {
            assert(amo.status == Pending)
            assert(amo has_credential("did:erynoa:credential:eichrecht:*"))
          }
          Deactivate => {
            assert(amo.status == Active)
            assert(no_active_sessions(amo))
          }
          _ => reject("Unknown transition")
        }

        return { valid: true }

      # Gas limit
      gas_limit: 10000
    }
    "#);
}

#[test]
fn reserved_words_that_are_names_keep_their_spelling() {
    assert_eq!(
        formatted("policy \"p\" { reject { and: a.or && b.NOT\n in: c } }"),
        "policy \"p\" {\n  reject {\n    and: a.or AND b.NOT\n    in:  c\n  }\n}\n"
    );
}

#[test]
fn what_begins_with_a_minus_stays_separated() {
    let text = "fn f(a: int) -> int { match a {\n 1 => a,\n -5 => 2\n _ => 3 } }";
    assert!(
        formatted(text).contains("a,\n    -5 => 2\n    _ => 3"),
        "{}",
        formatted(text)
    );
}

#[test]
fn a_text_with_errors_is_not_formatted() {
    assert!(format("policy {").is_err());
    assert_eq!(format(""), Ok(String::new()));
    assert_eq!(
        formatted("\u{feff}# only\r\n\r\n\r\n# this\r\n"),
        "# only\n\n# this\n"
    );
}

#[test]
fn a_point_behind_a_number_does_not_become_its_decimal_point() {
    let text = "fn f() -> int {\n  let a = 42 .b\n  a\n}\n";
    assert_eq!(formatted(text), text);
}

#[test]
fn a_list_that_gets_lines_of_its_own_is_laid_out_as_one_that_had_them() {
    let long = "a AND ".repeat(20) + "a";
    formatted(&format!(
        "fn f() -> bool {{ let x = false AND [({long}), Offer {{ b: 1 }}] AND true AND true\ntrue }}"
    ));
}

#[test]
fn remarks_behind_a_body_find_their_place_at_once() {
    formatted("logic_guard \"g\" { body: | reject\nreject # a remark\n,\n\n# b\n, address: \"\" }");
}
