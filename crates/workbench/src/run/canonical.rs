//! Canonical JSON (sorted keys, no blanks, shortest numbers) and its digest.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The one text of a JSON value: keys sorted by code point, no blanks, −0 written as 0.
pub fn text(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (position, (key, member)) in sorted.into_iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(member, text);
            }
            text.push('}');
        }
        Value::Array(members) => {
            text.push('[');
            for (position, member) in members.iter().enumerate() {
                if position > 0 {
                    text.push(',');
                }
                write(member, text);
            }
            text.push(']');
        }
        Value::Number(number) if number.as_f64() == Some(0.0) && !number.is_u64() => {
            text.push_str("0.0");
        }
        other => text.push_str(&other.to_string()),
    }
}

/// SHA-256 in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_text_for_one_value() {
        let value = json!({"b": [1, 2.5, -0.0, 1e21], "a": {"é\"": null, "A": true}, "a.b": "x\n"});
        let wanted = r#"{"a":{"A":true,"é\"":null},"a.b":"x\n","b":[1,2.5,0.0,1e+21]}"#;
        assert_eq!(text(&value), wanted);
        let back: Value = serde_json::from_str(wanted).unwrap();
        assert_eq!(text(&back), wanted);
    }

    #[test]
    fn floats_read_back_exactly() {
        for number in [
            0.1 + 0.2,
            1.0 / 3.0,
            5e-324,
            f64::MAX,
            123_456_789.123_456_78,
        ] {
            let back: f64 = text(&json!(number)).parse().unwrap();
            assert_eq!(back.to_bits(), number.to_bits());
        }
    }

    #[test]
    fn digests() {
        // FIPS 180-4, example "abc".
        assert!(digest(b"abc").starts_with("ba7816bf8f01cfea"));
    }
}
