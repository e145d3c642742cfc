# Cases of AGT-02.
package syndic.controls_test.agt_02

import data.syndic.controls.agt_02
import data.syndic.fixture

test_clean_passes if {
	fixture.results(agt_02.result) == {"pass"} with input as fixture.clean("AGT-02", "agent", "asset", fixture.day)
}

test_a_finding_fails if {
	fixture.results(agt_02.result) == {"fail"} with input as fixture.broken("AGT-02", "agent", "asset", "urn:agent")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("AGT-02", "agent", "asset", 31 * fixture.day)
	"unknown" in fixture.results(agt_02.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("AGT-02", "agent", "asset", fixture.day), {"assets": {"agent": []}})
	fixture.results(agt_02.result) == {"not_applicable"} with input as document
}

test_what_no_check_looked_for_is_unknown if {
	"unknown" in fixture.results(agt_02.result) with input as fixture.blind("AGT-02", "agent", "asset", "urn:agent")
	"unknown" in fixture.results(agt_02.result) with input as fixture.blind("AGT-02", "agent", "asset", "urn:other")
}
