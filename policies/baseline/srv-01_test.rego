# Cases of SRV-01.
package syndic.controls_test.srv_01

import data.syndic.controls.srv_01
import data.syndic.fixture

# A service of which this is known.
told(props) := service(props, {})

service(props, more) := object.union(
	fixture.clean("SRV-01", "service", "asset", fixture.day),
	{"assets": {"service": [object.union(fixture.asset("service"), object.union({"props": props}, more))]}},
)

# The same with the image it is built as.
built(props, image) := object.union(
	fixture.clean("SRV-01", "service", "asset", fixture.day),
	{
		"assets": {"service": [
			object.union(fixture.asset("service"), {"props": object.union({"runs_as_image": "urn:image"}, props)}),
			object.union(fixture.asset("service"), {"urn": "urn:image", "props": image}),
		]},
		"callers": {"urn:image": [{"kind": "depends_on"}]},
		"evidence": {"urn:image": {"p": fixture.seen(fixture.day)}},
	},
)

of_service(statuses) := {status.result | some status in statuses; status.asset == "urn:service"}

test_a_known_user_passes if {
	every known in {"non_root", "drops", "platform"} {
		fixture.results(srv_01.result) == {"pass"} with input as told({"runs_as": known})
	}
}

test_a_user_that_was_not_seen_is_unknown_with_its_reason if {
	document := told({"runs_as_unseen": "its image decides"})
	fixture.results(srv_01.result) == {"unknown"} with input as document
	every status in srv_01.result {
		some reason in status.unknowns
		contains(reason, "its image decides")
	} with input as document
}

test_what_one_manifest_says_hides_no_doubt_of_another if {
	document := told({"runs_as": "non_root", "runs_as_unseen": "its image decides"})
	fixture.results(srv_01.result) == {"unknown"} with input as document
}

test_a_service_that_is_only_named_is_unknown if {
	fixture.results(srv_01.result) == {"unknown"} with input as told({})
}

test_a_guess_from_a_name_is_no_subject if {
	fixture.results(srv_01.result) == {"not_applicable"} with input as service({}, {"confidence_rank": 0})
}

test_an_image_in_the_tree_decides if {
	of_service(srv_01.result) == {"pass"} with input as built({}, {"runs_as": "non_root"})
	of_service(srv_01.result) == {"fail"} with input as built({}, {"runs_as": "root"})
	of_service(srv_01.result) == {"unknown"} with input as built({}, {"runs_as_unseen": "a variable"})
}

test_an_image_that_was_not_there_is_unknown_once if {
	fixture.results(srv_01.result) == {"unknown"} with input as built({}, {})
	count(srv_01.result) == 1 with input as built({}, {})
}

test_the_stage_it_is_built_as_decides if {
	image := {"runs_as": "non_root", "runs_as_stages": {"dev": "root", "prod": "non_root"}}
	of_service(srv_01.result) == {"fail"} with input as built({"build_target": "Dev"}, image)
	of_service(srv_01.result) == {"pass"} with input as built({"build_target": "prod"}, image)
	of_service(srv_01.result) == {"unknown"} with input as built({"build_target": "other"}, image)
}

test_a_finding_fails if {
	fixture.results(srv_01.result) == {"fail"} with input as fixture.broken("SRV-01", "service", "asset", "urn:service")
}

test_stale_evidence_is_unknown if {
	document := object.union(
		fixture.clean("SRV-01", "service", "asset", 31 * fixture.day),
		{"assets": {"service": [object.union(fixture.asset("service"), {"props": {"runs_as": "non_root"}})]}},
	)
	"unknown" in fixture.results(srv_01.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("SRV-01", "service", "asset", fixture.day), {"assets": {"service": []}})
	fixture.results(srv_01.result) == {"not_applicable"} with input as document
}
