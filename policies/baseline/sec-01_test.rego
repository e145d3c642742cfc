# Cases of SEC-01.
package syndic.controls_test.sec_01

import data.syndic.controls.sec_01
import data.syndic.fixture

test_clean_passes if {
	fixture.results(sec_01.result) == {"pass"} with input as fixture.clean("SEC-01", "system", "system", fixture.day)
}

test_a_finding_fails if {
	fixture.results(sec_01.result) == {"fail"} with input as fixture.broken("SEC-01", "system", "system", "urn:system")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("SEC-01", "system", "system", 31 * fixture.day)
	"unknown" in fixture.results(sec_01.result) with input as document
}
