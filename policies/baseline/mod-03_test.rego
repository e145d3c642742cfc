# Cases of MOD-03.
package syndic.controls_test.mod_03

import data.syndic.controls.mod_03
import data.syndic.fixture

test_clean_passes if {
	fixture.results(mod_03.result) == {"pass"} with input as fixture.clean("MOD-03", "model", "asset", fixture.day)
}

test_a_finding_fails if {
	fixture.results(mod_03.result) == {"fail"} with input as fixture.broken("MOD-03", "model", "asset", "urn:model")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("MOD-03", "model", "asset", 31 * fixture.day)
	"unknown" in fixture.results(mod_03.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("MOD-03", "model", "asset", fixture.day), {"assets": {"model": []}})
	fixture.results(mod_03.result) == {"not_applicable"} with input as document
}
