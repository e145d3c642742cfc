# Cases of SEC-04.
package syndic.controls_test.sec_04

import data.syndic.controls.sec_04
import data.syndic.fixture

test_clean_passes if {
	fixture.results(sec_04.result) == {"pass"} with input as fixture.clean("SEC-04", "application", "system", fixture.day)
}

test_a_finding_fails if {
	fixture.results(sec_04.result) == {"fail"} with input as fixture.broken("SEC-04", "application", "system", "urn:system")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("SEC-04", "application", "system", 31 * fixture.day)
	"unknown" in fixture.results(sec_04.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("SEC-04", "application", "system", fixture.day), {"assets": {"application": []}})
	fixture.results(sec_04.result) == {"not_applicable"} with input as document
}

test_what_no_check_looked_for_is_unknown if {
	"unknown" in fixture.results(sec_04.result) with input as fixture.blind("SEC-04", "application", "system", "urn:application")
	"unknown" in fixture.results(sec_04.result) with input as fixture.blind("SEC-04", "application", "system", "urn:other")
}

test_without_code_is_not_applicable if {
	fixture.results(sec_04.result) == {"not_applicable"} with input as fixture.codeless("SEC-04", "application", "system")
}
