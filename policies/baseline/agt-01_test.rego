# Cases of AGT-01.
package syndic.controls_test.agt_01

import data.syndic.controls.agt_01
import data.syndic.fixture

test_clean_passes if {
	fixture.results(agt_01.result) == {"pass"} with input as fixture.clean("AGT-01", "mcp_server", "asset", fixture.day)
}

test_a_finding_fails if {
	fixture.results(agt_01.result) == {"fail"} with input as fixture.broken("AGT-01", "mcp_server", "asset", "urn:mcp_server")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("AGT-01", "mcp_server", "asset", 31 * fixture.day)
	"unknown" in fixture.results(agt_01.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("AGT-01", "mcp_server", "asset", fixture.day), {"assets": {"mcp_server": []}})
	fixture.results(agt_01.result) == {"not_applicable"} with input as document
}
