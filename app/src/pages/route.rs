//! Routes by their whole address, so that [`crate::routes`] is the only list of addresses.

use leptos_router::{PartialPathMatch, PathSegment, PossibleRouteMatch};

/// Matches one address and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exact(pub(super) &'static str);

impl PossibleRouteMatch for Exact {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        (path == self.0).then(|| PartialPathMatch::new("", Vec::new(), path))
    }

    fn generate_path(&self, path: &mut Vec<PathSegment>) {
        path.push(PathSegment::Static(self.0.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_and_shorter_addresses_do_not_match() {
        let route = Exact("/sign-in/code");
        assert!(route.test("/sign-in/code").is_some_and(|found| found.is_complete()));
        for other in ["", "/", "/sign-in", "/sign-in/code/", "/sign-in/codes", "//sign-in/code"] {
            assert!(route.test(other).is_none(), "{other}");
        }
    }
}
