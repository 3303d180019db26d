//! A device by the name that its browser gives itself. Anybody can write that name, so it serves to recognise
//! one's own device and nothing else. And the network it is in, as far as an address alone tells.

use std::net::IpAddr;

/// Browsers, each by what only it says: the later ones name themselves after the earlier ones as well.
const BROWSERS: [(&str, &str); 6] = [
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Edg", "Edge"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
];
/// Systems, in the same way: Android says Linux, and an iPhone says Mac.
const SYSTEMS: [(&str, &str); 6] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// `Chrome, Windows`: what is known of browser and system. Product names only, so it reads the same in every language.
/// `None` when neither is known.
pub fn device_name(agent: &str) -> Option<String> {
    let find =
        |list: &[(&str, &'static str)]| list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let safari = agent.contains("Safari/").then_some("Safari");
    let known: Vec<&str> = find(&BROWSERS).or(safari).into_iter().chain(find(&SYSTEMS)).collect();
    (!known.is_empty()).then(|| known.join(", "))
}

/// Whether a browser says that it runs on a phone or a tablet.
pub fn is_handheld(agent: &str) -> bool {
    ["iPhone", "iPad", "Android"].iter().any(|mark| agent.contains(mark))
}

/// A network, as far as it is known without asking anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// The machine that Muster runs on.
    ThisMachine,
    /// The company's own network, or one behind the same router.
    Local,
    /// The internet.
    Internet(IpAddr),
}

/// Reads a network address. `None` for the command line, which has none.
pub fn network_of(address: &str) -> Option<Network> {
    let address = address.parse::<IpAddr>().ok()?.to_canonical();
    let (loopback, local) = match address {
        IpAddr::V4(v4) => (v4.is_loopback(), v4.is_private() || v4.is_link_local()),
        IpAddr::V6(v6) => (v6.is_loopback(), v6.is_unique_local() || v6.is_unicast_link_local()),
    };
    Some(match (loopback, local) {
        (true, _) => Network::ThisMachine,
        (false, true) => Network::Local,
        (false, false) => Network::Internet(address),
    })
}

/// The network round an address, so far as one household or site is likely to share it: the first 24 bits, of IPv6 the first
/// 48, which is what a site is given (RFC 6177 §2).
pub fn neighbourhood(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.octets().into_iter().take(3).collect(),
        IpAddr::V6(v6) => v6.octets().into_iter().take(6).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_the_first_part_of_their_addresses() {
        let of = |text: &str| neighbourhood(text.parse().unwrap());
        assert_eq!(of("203.0.113.7"), of("203.0.113.200"));
        assert_eq!(of("203.0.113.7"), of("::ffff:203.0.113.7"));
        assert_ne!(of("203.0.113.7"), of("203.0.112.7"));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:ffff::4"));
        assert_ne!(of("2001:db8:1::"), of("2001:db8:2::"));
    }

    #[test]
    fn usual_browsers_are_named() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                "Chrome, Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
                "Samsung Internet, Android",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox, Linux"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
                "Safari, Mac",
            ),
        ] {
            assert_eq!(device_name(agent).as_deref(), Some(name));
            assert_eq!(is_handheld(agent), name.ends_with("iPhone") || name.ends_with("Android"), "{name}");
        }
    }

    #[test]
    fn other_programs_have_no_name() {
        for agent in ["", "curl/8.5.0", "<script>alert(1)</script>", "\r\nBcc: eve@evil.example"] {
            assert_eq!(device_name(agent), None);
        }
    }

    #[test]
    fn networks_are_told_apart_without_asking_anybody() {
        let internet = |text: &str| Some(Network::Internet(text.parse().unwrap()));
        for (address, expected) in [
            ("127.0.0.1", Some(Network::ThisMachine)),
            ("::1", Some(Network::ThisMachine)),
            ("10.1.2.3", Some(Network::Local)),
            ("192.168.0.7", Some(Network::Local)),
            ("fe80::1", Some(Network::Local)),
            ("fd00::1", Some(Network::Local)),
            ("::ffff:10.0.0.1", Some(Network::Local)),
            ("203.0.113.9", internet("203.0.113.9")),
            ("2001:db8::9", internet("2001:db8::9")),
            ("", None),
            ("<b>", None),
        ] {
            assert_eq!(network_of(address), expected, "{address}");
        }
    }
}
