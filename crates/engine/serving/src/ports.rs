//! Port mappings as compose writes them: `8000`, `8000:80`, `127.0.0.1:8000:80/tcp`, `[::1]:80:80`, ranges, long form.

use syndic_detect::document::Node;

use crate::facts::{Port, Reach};

/// Reads one entry of a compose `ports` list.
pub(crate) fn read_compose_port(node: Node<'_>) -> Option<Port> {
    if let Some(text) = node.as_str() {
        return read_short(text, node.line());
    }
    let text = |key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let container = text("target")?;
    let published = text("published");
    let reach = match &published {
        None => Reach::Public,
        Some(_) => reach_of(text("host_ip").as_deref()),
    };
    Some(Port { container, published, reach, by: "ports".to_owned(), line: node.line() })
}

fn read_short(text: &str, line: u32) -> Option<Port> {
    let text = text.split('/').next()?.trim();
    // A default in a variable holds colons of its own.
    let text = crate::image::substitute(text, &|_| None).replace("${", "").replace('}', "");
    let (host, container) = match text.rsplit_once(':') {
        Some((host, container)) => (Some(host.to_owned()), container.to_owned()),
        None => (None, text.clone()),
    };
    let (address, published) = match host {
        None => (None, None),
        Some(host) => match host.rsplit_once(':') {
            Some((address, published)) => (Some(address.to_owned()), Some(published.to_owned())),
            None => (None, Some(host)),
        },
    };
    let published = published.or_else(|| Some(container.clone())).filter(|port| !port.is_empty());
    let is_number = container.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '$');
    is_number.then(|| Port { container, published, reach: reach_of(address.as_deref()), by: "ports".to_owned(), line })
}

/// Says who can reach a port bound to `address`; no address means all of them.
pub(crate) fn reach_of(address: Option<&str>) -> Reach {
    let address = address.unwrap_or("").trim_matches(['[', ']']);
    if address.starts_with("127.") || address == "::1" || address == "localhost" {
        Reach::Loopback
    } else {
        Reach::Public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bind_address_decides_the_reach() {
        let reach = |text: &str| read_short(text, 1).unwrap().reach;
        assert_eq!(reach("8000:80"), Reach::Public);
        assert_eq!(reach("0.0.0.0:8000:80/tcp"), Reach::Public);
        assert_eq!(reach("127.0.0.1:8000:80"), Reach::Loopback);
        assert_eq!(reach("[::1]:8000:80"), Reach::Loopback);
        assert_eq!(reach("${BIND:-127.0.0.1}:8000:80"), Reach::Loopback);
        assert_eq!(reach("${PORT:-3000}:8080"), Reach::Public);
    }

    #[test]
    fn both_ends_of_a_mapping_are_kept() {
        let port = read_short("${PORT:-3000}:8080", 1).unwrap();
        assert_eq!((port.published.as_deref(), port.container.as_str()), (Some("3000"), "8080"));
    }

    proptest::proptest! {
        #[test]
        fn any_mapping_is_read(text in "[0-9a-z:./\\[\\]${}-]{0,40}") {
            let _ = read_short(&text, 1);
        }
    }
}
