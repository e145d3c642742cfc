# Cases of DAT-01.
package syndic.controls_test.dat_01

import data.syndic.controls.dat_01
import data.syndic.fixture

test_clean_passes if {
	fixture.results(dat_01.result) == {"pass"} with input as fixture.clean("DAT-01", "dataset", "asset", fixture.day)
}

test_a_finding_is_what_the_look_found_and_never_a_fail if {
	every urn in ["urn:dataset", "urn:system"] {
		document := fixture.broken("DAT-01", "dataset", "asset", urn)
		found := fixture.results(dat_01.result) with input as document
		not "fail" in found
		count([note | some status in dat_01.result; some note in status.notes]) == 1 with input as document
	}
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("DAT-01", "dataset", "asset", 31 * fixture.day)
	"unknown" in fixture.results(dat_01.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("DAT-01", "dataset", "asset", fixture.day), {"assets": {"dataset": []}})
	fixture.results(dat_01.result) == {"not_applicable"} with input as document
}

test_unclassified_is_unknown if {
	dark := object.union(fixture.asset("dataset"), {"classification": null})
	document := object.union(fixture.clean("DAT-01", "dataset", "asset", fixture.day), {"assets": {"dataset": [dark]}})
	fixture.results(dat_01.result) == {"unknown"} with input as document
}
