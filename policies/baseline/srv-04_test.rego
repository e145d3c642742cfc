# Cases of SRV-04.
package syndic.controls_test.srv_04

import data.syndic.controls.srv_04
import data.syndic.fixture

test_clean_passes if {
	fixture.results(srv_04.result) == {"pass"} with input as fixture.clean("SRV-04", "service", "asset", fixture.day)
}

test_a_finding_fails if {
	fixture.results(srv_04.result) == {"fail"} with input as fixture.broken("SRV-04", "service", "asset", "urn:service")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("SRV-04", "service", "asset", 31 * fixture.day)
	"unknown" in fixture.results(srv_04.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("SRV-04", "service", "asset", fixture.day), {"assets": {"service": []}})
	fixture.results(srv_04.result) == {"not_applicable"} with input as document
}

test_what_no_check_looked_for_is_unknown if {
	"unknown" in fixture.results(srv_04.result) with input as fixture.blind("SRV-04", "application", "asset", "urn:application")
	"unknown" in fixture.results(srv_04.result) with input as fixture.blind("SRV-04", "application", "asset", "urn:other")
}

test_without_code_is_not_applicable if {
	fixture.results(srv_04.result) == {"not_applicable"} with input as fixture.codeless("SRV-04", "application", "asset")
}
