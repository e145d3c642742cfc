# Cases of SRV-03.
package syndic.controls_test.srv_03

import data.syndic.controls.srv_03
import data.syndic.fixture

test_clean_passes if {
	fixture.results(srv_03.result) == {"pass"} with input as fixture.clean("SRV-03", "endpoint", "asset", fixture.day)
}

test_a_finding_fails if {
	fixture.results(srv_03.result) == {"fail"} with input as fixture.broken("SRV-03", "endpoint", "asset", "urn:endpoint")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("SRV-03", "endpoint", "asset", 31 * fixture.day)
	"unknown" in fixture.results(srv_03.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("SRV-03", "endpoint", "asset", fixture.day), {"assets": {"endpoint": []}})
	fixture.results(srv_03.result) == {"not_applicable"} with input as document
}
