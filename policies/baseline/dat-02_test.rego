# Cases of DAT-02.
package syndic.controls_test.dat_02

import data.syndic.controls.dat_02
import data.syndic.fixture

test_clean_passes if {
	fixture.results(dat_02.result) == {"pass"} with input as fixture.clean("DAT-02", "dataset", "asset", fixture.day)
}

test_a_finding_fails if {
	fixture.results(dat_02.result) == {"fail"} with input as fixture.broken("DAT-02", "dataset", "asset", "urn:dataset")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("DAT-02", "dataset", "asset", 31 * fixture.day)
	"unknown" in fixture.results(dat_02.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("DAT-02", "dataset", "asset", fixture.day), {"assets": {"dataset": []}})
	fixture.results(dat_02.result) == {"not_applicable"} with input as document
}

test_unclassified_is_unknown if {
	dark := object.union(fixture.asset("dataset"), {"classification": null})
	document := object.union(fixture.clean("DAT-02", "dataset", "asset", fixture.day), {"assets": {"dataset": [dark]}})
	fixture.results(dat_02.result) == {"unknown"} with input as document
}

holding(class) := object.union(
	fixture.asset("dataset"),
	{"classification": {"classes": [class], "is_whole": true}},
)

trained(class) := object.union(fixture.clean("DAT-02", "dataset", "asset", fixture.day), {
	"assets": {"dataset": [holding(class)]},
	"relations": [{"kind": "trained_on", "src": "urn:model", "dst": "urn:dataset"}],
})

test_personal_data_that_trains_a_model_fails if {
	fixture.results(dat_02.result) == {"fail"} with input as trained("phi")
}

test_a_secret_is_not_personal_data if {
	fixture.results(dat_02.result) == {"pass"} with input as trained("secret")
}

test_personal_data_that_feeds_nothing_passes if {
	document := object.union(trained("pii"), {"relations": []})
	fixture.results(dat_02.result) == {"pass"} with input as document
}
