# Cases of SRV-05.
package syndic.controls_test.srv_05

import data.syndic.controls.srv_05
import data.syndic.fixture

test_clean_passes if {
	fixture.results(srv_05.result) == {"pass"} with input as fixture.clean("SRV-05", "service", "asset", fixture.day)
}

test_a_finding_fails if {
	fixture.results(srv_05.result) == {"fail"} with input as fixture.broken("SRV-05", "service", "asset", "urn:service")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("SRV-05", "service", "asset", 31 * fixture.day)
	"unknown" in fixture.results(srv_05.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("SRV-05", "service", "asset", fixture.day), {"assets": {"service": []}})
	fixture.results(srv_05.result) == {"not_applicable"} with input as document
}
