# Cases of SUP-02.
package syndic.controls_test.sup_02

import data.syndic.controls.sup_02
import data.syndic.fixture

test_clean_passes if {
	fixture.results(sup_02.result) == {"pass"} with input as fixture.clean("SUP-02", "manifest", "system", fixture.day)
}

test_a_finding_fails if {
	fixture.results(sup_02.result) == {"fail"} with input as fixture.broken("SUP-02", "manifest", "system", "urn:system")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("SUP-02", "manifest", "system", 31 * fixture.day)
	"unknown" in fixture.results(sup_02.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("SUP-02", "manifest", "system", fixture.day), {"assets": {"manifest": []}})
	fixture.results(sup_02.result) == {"not_applicable"} with input as document
}
