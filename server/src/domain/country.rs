//! The countries that text messages go to (product.md, section 2).

/// A country that text messages go to. Its name is a text of the page's language.
#[derive(Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub iso: &'static str,
    /// Country calling code (ITU-T E.164).
    pub calling_code: u16,
    /// What people there dial before the calling code of another country, in place of `+`.
    pub(super) exits: &'static [&'static str],
}

/// Every country that text messages go to, in the order of the list on the page.
pub const COUNTRIES: [Country; 13] = [
    country("US", 1, &["011"]),
    country("CA", 1, &["011"]),
    country("MX", 52, &["00"]),
    country("GB", 44, &["00"]),
    country("IE", 353, &["00"]),
    country("FR", 33, &["00"]),
    country("DE", 49, &["00"]),
    country("ES", 34, &["00"]),
    country("IT", 39, &["00"]),
    country("AU", 61, &["0011"]),
    country("NZ", 64, &["00"]),
    country("SG", 65, &["001", "008"]),
    country("HK", 852, &["001"]),
];

const fn country(iso: &'static str, calling_code: u16, exits: &'static [&'static str]) -> Country {
    Country { iso, calling_code, exits }
}

impl Country {
    /// The country of an ISO code, if text messages go there.
    pub fn of(iso: &str) -> Option<&'static Self> {
        COUNTRIES.iter().find(|country| country.iso == iso)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_the_calling_code_of_the_number_library() {
        for country in &COUNTRIES {
            let data = phonenumber::metadata::DATABASE.by_id(country.iso).unwrap();
            assert_eq!(data.country_code(), country.calling_code, "{}", country.iso);
            assert_eq!(Country::of(country.iso), Some(country));
        }
        assert_eq!(Country::of("us"), None);
        assert_eq!(Country::of("BE"), None);
    }
}
