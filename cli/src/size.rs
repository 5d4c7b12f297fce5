//! Sizes and shares as people write and read them.

/// Reads `64`, `64k`, `4MiB` or `1g`; a unit is 1,024 of the one before.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let power = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        _ => return Err("a size is a number of bytes, or has one of the units k, M and G".into()),
    };
    let number: u64 = number.parse().map_err(|_| "a size begins with a number")?;
    number.checked_mul(1024_u64.pow(power)).ok_or_else(|| "a size that big can't be".into())
}

/// Reads the size of a message: at most 2³¹ − 1 bytes.
pub(crate) fn parse_message(text: &str) -> Result<u32, String> {
    let bytes = u32::try_from(parse(text)?).ok().filter(|bytes| *bytes <= bowline_core::MAX_MESSAGE);
    bytes.ok_or_else(|| format!("a message has at most {} bytes", bowline_core::MAX_MESSAGE))
}

/// `5 B`, `1.5 KiB`, `2.0 GiB`.
pub(crate) fn show(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Mutant: `k` is 1,000.
    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(parse("64"), Ok(64));
        assert_eq!(parse("64k"), Ok(65_536));
        assert_eq!(parse("4MiB"), Ok(4 << 20));
        assert_eq!(parse("1 g"), Ok(1 << 30));
        for wrong in ["", "k", "1x", "-1", "1.5k", "99999999999g"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_message_has_its_limit() {
        assert_eq!(parse_message("2147483647"), Ok(bowline_core::MAX_MESSAGE));
        assert!(parse_message("2g").is_err());
    }
}
