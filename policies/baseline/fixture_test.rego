# Inputs for the tests of the pack: a small complete input and what is changed in it.
package syndic.fixture

day := 86400

asset(kind) := {
	"urn": sprintf("urn:%s", [kind]), "kind": kind, "name": kind, "zone": "application", "digest": null,
	"confidence": "high", "confidence_rank": 2, "path": "a", "classification": {"classes": [], "is_whole": true},
	"not_inspected": [], "props": {},
}

system := asset("system")

seen(age) := {"count": 1, "newest_age_seconds": age, "digests": []}

# One control over one kind of asset, for which the evidence is `age` seconds old.
clean(control, kind, per, age) := {
	"now": "2026-01-01T00:00:00Z",
	"system": system,
	"controls": {control: {
		"kinds": [kind], "per": per, "blocking": true, "severity": "high", "fail_at_rank": 2,
		"evidence": [{"label": "the scan", "predicates": ["p"], "max_age": "30d", "max_age_seconds": 30 * day}],
	}},
	"assets": {kind: [asset(kind)]},
	"relations": [],
	"callers": {},
	"findings": {control: {}},
	"evidence": {sprintf("urn:%s", [kind]): {"p": seen(age)}, "urn:system": {"p": seen(age)}},
	"unseen": {},
	"risks": {"count": 0, "highest_score": null},
	"coverage": {
		"files_seen": 3, "files_inspected": 3, "skipped_total": 0, "faults": 0, "first_faults": [], "is_list_cut": false,
		"source_files": 1,
	},
	"waivers": [],
}

finding(severity_rank, confidence_rank) := {
	"fingerprint": "sha256:0", "rule": "x.y-z", "severity": "any", "severity_rank": severity_rank,
	"confidence": "any", "confidence_rank": confidence_rank, "message": "it is broken", "place": "a:1",
}

# The same with one finding on `urn`.
broken(control, kind, per, urn) := object.union(
	clean(control, kind, per, day),
	{"findings": {control: {urn: [finding(3, 2)]}}},
)

results(statuses) := {status.result | some status in statuses}

# The same with Ruby files of `urn` that no check looked at.
blind(control, kind, per, urn) := object.union(
	clean(control, kind, per, day),
	{"unseen": {control: {urn: [{"language": "Ruby", "count": 1, "files": ["bot.rb"]}]}}},
)

# The same without any source file.
codeless(control, kind, per) := object.union(clean(control, kind, per, day), {"coverage": {"source_files": 0}})
