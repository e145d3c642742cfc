# Cases of INV-01.
package syndic.controls_test.inv_01

import data.syndic.controls.inv_01
import data.syndic.fixture

test_clean_passes if {
	fixture.results(inv_01.result) == {"pass"} with input as fixture.clean("INV-01", "system", "system", fixture.day)
}

test_a_finding_fails if {
	fixture.results(inv_01.result) == {"fail"} with input as fixture.broken("INV-01", "system", "system", "urn:system")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("INV-01", "system", "system", 31 * fixture.day)
	"unknown" in fixture.results(inv_01.result) with input as document
}

covered(coverage) := object.union(fixture.clean("INV-01", "system", "system", fixture.day), {"coverage": coverage})

test_one_fault_is_unknown_and_counted if {
	some status in inv_01.result with input as covered({"faults": 1, "first_faults": ["b (unreadable)"]})
	status.result == "unknown"
	status.unknowns == {"1 of 3 files and folders could not be looked at; first: b (unreadable)"}
}

test_nothing_seen_is_unknown if {
	fixture.results(inv_01.result) == {"unknown"} with input as covered({"files_seen": 0, "files_inspected": 0})
}

test_nothing_inspected_is_unknown if {
	fixture.results(inv_01.result) == {"unknown"} with input as covered({"files_inspected": 0})
}
