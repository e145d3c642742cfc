# Cases of SRV-06.
package syndic.controls_test.srv_06

import data.syndic.controls.srv_06
import data.syndic.fixture

test_clean_passes if {
	fixture.results(srv_06.result) == {"pass"} with input as fixture.clean("SRV-06", "system", "system", fixture.day)
}

test_a_finding_fails if {
	fixture.results(srv_06.result) == {"fail"} with input as fixture.broken("SRV-06", "system", "system", "urn:system")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("SRV-06", "system", "system", 31 * fixture.day)
	"unknown" in fixture.results(srv_06.result) with input as document
}

flow(dst_zone, encrypted) := object.union(fixture.clean("SRV-06", "system", "system", fixture.day), {"relations": [{
	"src": "urn:app", "src_name": "app", "src_zone": "application", "dst": "urn:llm", "dst_name": "llm",
	"dst_zone": dst_zone, "kind": "calls", "encrypted": encrypted, "confidence_rank": 2, "place": "a:1",
}]})

test_a_flow_in_clear_to_a_third_party_fails if {
	fixture.results(srv_06.result) == {"fail"} with input as flow("third_party", false)
}

test_an_encrypted_flow_to_a_third_party_passes if {
	fixture.results(srv_06.result) == {"pass"} with input as flow("third_party", true)
}

test_a_flow_in_clear_inside_a_zone_is_left_to_findings if {
	fixture.results(srv_06.result) == {"pass"} with input as flow("application", false)
}

test_what_no_check_looked_for_is_unknown if {
	"unknown" in fixture.results(srv_06.result) with input as fixture.blind("SRV-06", "system", "system", "urn:system")
	"unknown" in fixture.results(srv_06.result) with input as fixture.blind("SRV-06", "system", "system", "urn:other")
}

test_without_code_is_not_applicable if {
	fixture.results(srv_06.result) == {"not_applicable"} with input as fixture.codeless("SRV-06", "system", "system")
}
