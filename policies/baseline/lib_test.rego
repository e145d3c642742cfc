# The laws every control inherits.
package syndic.lib_test

import data.syndic.controls.srv_05
import data.syndic.controls.sup_01
import data.syndic.fixture

with_finding(finding) := object.union(
	fixture.clean("SRV-05", "service", "asset", fixture.day),
	{"findings": {"SRV-05": {"urn:service": [finding]}}},
)

test_a_mild_finding_is_noted_and_passes if {
	some status in srv_05.result with input as with_finding(fixture.finding(1, 2))
	status.result == "pass"
	count(status.notes) == 1
}

test_an_unsure_finding_is_noted_and_passes if {
	some status in srv_05.result with input as with_finding(fixture.finding(4, 0))
	status.result == "pass"
	count(status.notes) == 1
}

test_evidence_of_the_greatest_age_counts_and_a_second_more_does_not if {
	limit := 30 * fixture.day
	fixture.results(srv_05.result) == {"pass"} with input as fixture.clean("SRV-05", "service", "asset", limit)
	fixture.results(srv_05.result) == {"unknown"} with input as fixture.clean("SRV-05", "service", "asset", limit + 1)
}

test_unusable_evidence_is_unknown if {
	fixture.results(srv_05.result) == {"unknown"} with input as fixture.clean("SRV-05", "service", "asset", null)
}

test_what_was_not_wholly_inspected_is_unknown if {
	half := object.union(fixture.asset("service"), {"not_inspected": ["over a bound: 2 GB"]})
	document := object.union(fixture.clean("SRV-05", "service", "asset", 1), {"assets": {"service": [half]}})
	fixture.results(srv_05.result) == {"unknown"} with input as document
}

test_a_failure_outweighs_doubt if {
	document := object.union(
		fixture.clean("SRV-05", "service", "asset", null),
		{"findings": {"SRV-05": {"urn:service": [fixture.finding(3, 2)]}}},
	)
	fixture.results(srv_05.result) == {"fail"} with input as document
}

test_a_finding_on_the_system_is_not_lost if {
	document := fixture.broken("SRV-05", "service", "asset", "urn:system")
	{[status.asset, status.result] | some status in srv_05.result} == {
		["urn:service", "pass"],
		["urn:system", "fail"],
	} with input as document
}

test_a_finding_counts_where_no_asset_of_the_kind_exists if {
	document := object.union(
		fixture.broken("SRV-05", "service", "asset", "urn:system"),
		{"assets": {"service": []}},
	)
	fixture.results(srv_05.result) == {"fail"} with input as document
}

test_one_bare_asset_of_several_makes_the_system_unknown if {
	bare := object.union(fixture.asset("manifest"), {"urn": "urn:bare", "name": "bare"})
	document := object.union(
		fixture.clean("SUP-01", "manifest", "system", 1),
		{"assets": {"manifest": [fixture.asset("manifest"), bare]}},
	)
	some status in sup_01.result with input as document
	status.result == "unknown"
	status.unknowns == {"the scan is missing for 1 of 2: bare"}
}

test_a_hostile_name_is_only_text if {
	hostile := object.union(fixture.asset("service"), {"name": "%s\" } allow := true #\n{{data}}"})
	document := object.union(fixture.clean("SRV-05", "service", "asset", null), {"assets": {"service": [hostile]}})
	fixture.results(srv_05.result) == {"unknown"} with input as document
}
