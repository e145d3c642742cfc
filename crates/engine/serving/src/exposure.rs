//! Joins Kubernetes Services and Ingresses to the workloads they lead to: who is reachable from outside, and by what.

use crate::facts::{Facts, NetworkService, Port, Reach, Service, ServiceForm};

/// Adds to every container the ports through which objects of the same file make it reachable.
pub(crate) fn apply(facts: &mut Facts) {
    let Facts { services, networks, ingresses, .. } = facts;
    for network in networks.iter() {
        let ingress = ingresses.iter().find(|ingress| ingress.backends.contains(&network.name));
        let is_public = network.ports.iter().any(|port| port.reach == Reach::Public);
        if ingress.is_none() && !is_public {
            continue;
        }
        for service in services.iter_mut().filter(|service| selects(network, service)) {
            service.ports.extend(network.ports.iter().map(|port| match ingress {
                Some(ingress) if !is_public => Port {
                    reach: if ingress.has_auth { Reach::Internal } else { Reach::Public },
                    by: "Ingress".to_owned(),
                    published: Some(if ingress.has_tls { "443" } else { "80" }.to_owned()),
                    ..port.clone()
                },
                _ => port.clone(),
            }));
        }
    }
}

/// Says whether a Kubernetes Service leads to a container.
pub(crate) fn selects(network: &NetworkService, service: &Service) -> bool {
    let is_main = service.form == ServiceForm::Container && !service.name.contains('/');
    is_main && !network.selector.is_empty() && network.selector.iter().all(|pair| service.labels.contains(pair))
}
