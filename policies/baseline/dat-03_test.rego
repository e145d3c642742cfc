# Cases of DAT-03.
package syndic.controls_test.dat_03

import data.syndic.controls.dat_03
import data.syndic.fixture

test_clean_passes if {
	fixture.results(dat_03.result) == {"pass"} with input as documented({"license": "MIT", "origin": "survey"})
}

test_a_finding_fails if {
	fixture.results(dat_03.result) == {"fail"} with input as fixture.broken("DAT-03", "dataset", "asset", "urn:dataset")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("DAT-03", "dataset", "asset", 31 * fixture.day)
	"unknown" in fixture.results(dat_03.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("DAT-03", "dataset", "asset", fixture.day), {"assets": {"dataset": []}})
	fixture.results(dat_03.result) == {"not_applicable"} with input as document
}

test_no_licence_and_no_origin_is_unknown_with_both_reasons if {
	some status in dat_03.result with input as fixture.clean("DAT-03", "dataset", "asset", fixture.day)
	status.result == "unknown"
	count(status.unknowns) == 2
}

test_a_licence_that_says_unknown_is_none if {
	card := {"licence": "unknown", "source": "https://example.org"}
	some status in dat_03.result with input as documented(card)
	status.unknowns == {"no licence of dataset is on record"}
}

documented(card) := object.union(
	fixture.clean("DAT-03", "dataset", "asset", fixture.day),
	{"assets": {"dataset": [object.union(fixture.asset("dataset"), {"props": card})]}},
)
