# Cases of SRV-02.
package syndic.controls_test.srv_02

import data.syndic.controls.srv_02
import data.syndic.fixture

test_clean_passes if {
	fixture.results(srv_02.result) == {"pass"} with input as fixture.clean("SRV-02", "service", "asset", fixture.day)
}

test_a_finding_fails if {
	fixture.results(srv_02.result) == {"fail"} with input as fixture.broken("SRV-02", "service", "asset", "urn:service")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("SRV-02", "service", "asset", 31 * fixture.day)
	"unknown" in fixture.results(srv_02.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("SRV-02", "service", "asset", fixture.day), {"assets": {"service": []}})
	fixture.results(srv_02.result) == {"not_applicable"} with input as document
}
