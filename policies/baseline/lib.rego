# What every control of the pack shares: who it is about, what counts against it, what is missing to judge it.
#
# Rules of the pack, so that it can only fail closed:
# * The input is complete (`../input.schema.json`): a field is null, never absent. Free-form `props` are read with
#   `object.get` and a default.
# * A control collects reasons. No reason to fail and no reason to doubt is a pass; nothing else is.
# * Names and messages in the input come from strangers: they are printed, never compared with `regex` or used as a path.
package syndic.lib

confidence_floor := 1

# Assets the control is about.
subjects(control) := [asset |
	some kind in input.controls[control].kinds
	some asset in input.assets[kind]
]

# Open findings of rules that list the control, on this asset.
charged(control, urn) := object.get(object.get(input.findings, control, {}), urn, [])

# One status for one asset: the control's own reasons beside those from findings and missing evidence.
status(control, asset, own_fails, own_unknowns) := {
	"control": control,
	"asset": asset.urn,
	"result": outcome(fails, unknowns),
	"fails": fails,
	"unknowns": unknowns,
	"notes": notes(control, asset.urn),
} if {
	fails := finding_fails(control, asset.urn) | own_fails
	unknowns := ((missing(control, asset) | not_inspected(asset)) | own_unknowns) | unseen_of(control, asset.urn)
}

# One status for the whole system.
system_status(control, own_fails, own_unknowns) := {
	"control": control,
	"asset": input.system.urn,
	"result": outcome(fails, unknowns),
	"fails": fails,
	"unknowns": unknowns,
	"notes": notes(control, input.system.urn),
} if {
	is_applicable(control)
	fails := finding_fails(control, input.system.urn) | own_fails
	unknowns := (missing_among(control) | own_unknowns) | unseen(control)
}

system_status(control, _, _) := not_applicable(control) if {
	count(subjects(control)) == 0
	count(charged(control, input.system.urn)) == 0
	count(unseen(control)) == 0
}

# The same for a control about what code does: where there is no code it is about nothing.
code_status(control, own_fails, own_unknowns) := system_status(control, own_fails, own_unknowns) if concerns_code(control)

code_status(control, _, _) := not_applicable(control) if not concerns_code(control)

concerns_code(_) if input.coverage.source_files > 0

concerns_code(control) if count(charged(control, input.system.urn)) > 0

is_applicable(control) if count(subjects(control)) > 0

is_applicable(control) if {
	count(subjects(control)) == 0
	count(charged(control, input.system.urn)) > 0
}

is_applicable(control) if {
	count(subjects(control)) == 0
	count(charged(control, input.system.urn)) == 0
	count(unseen(control)) > 0
}

# What a per-asset control says besides its assets: "not applicable" when there are none; and findings that lie on
# something else (a manifest, the system), and what was not looked for in files of something else, so that neither is
# lost for want of a subject.
rest(control) := {not_applicable(control)} if {
	count(subjects(control)) == 0
	count(charged(control, input.system.urn)) == 0
	count(unseen_beside(control)) == 0
}

rest(control) := {{
	"control": control,
	"asset": input.system.urn,
	"result": outcome(fails, unknowns),
	"fails": fails,
	"unknowns": unknowns,
	"notes": notes(control, input.system.urn),
}} if {
	unknowns := unseen_beside(control)
	count(charged(control, input.system.urn)) + count(unknowns) > 0
	fails := finding_fails(control, input.system.urn)
}

rest(control) := set() if {
	count(subjects(control)) > 0
	count(charged(control, input.system.urn)) == 0
	count(unseen_beside(control)) == 0
}

not_applicable(control) := {
	"control": control,
	"asset": input.system.urn,
	"result": "not_applicable",
	"fails": set(),
	"unknowns": set(),
	"notes": set(),
}

outcome(fails, _) := "fail" if count(fails) > 0

outcome(fails, unknowns) := "unknown" if {
	count(fails) == 0
	count(unknowns) > 0
}

outcome(fails, unknowns) := "pass" if {
	count(fails) == 0
	count(unknowns) == 0
}

# Findings bad and sure enough to break the control.
finding_fails(control, urn) := {finding_reason(finding) |
	some finding in charged(control, urn)
	finding.severity_rank >= input.controls[control].fail_at_rank
	finding.confidence_rank >= confidence_floor
}

# Findings below that: shown, but they break nothing.
notes(control, urn) := milder | unsure if {
	milder := {finding_reason(finding) |
		some finding in charged(control, urn)
		finding.severity_rank < input.controls[control].fail_at_rank
	}
	unsure := {finding_reason(finding) |
		some finding in charged(control, urn)
		finding.confidence_rank < confidence_floor
	}
}

finding_reason(finding) := sprintf("%s: %s [%s, %s]", [finding.place, finding.message, finding.rule, finding.severity])

# Needs of the control that no fresh evidence about the asset meets.
missing(control, asset) := {reason |
	some need in input.controls[control].evidence
	count(usable(need, asset.urn)) == 0
	reason := missing_reason(need, asset)
}

# The same for a control over the whole system: one sentence a need, naming the first assets.
missing_among(control) := {reason |
	some need in input.controls[control].evidence
	bare := [asset.name | some asset in subjects(control); count(usable(need, asset.urn)) == 0]
	count(bare) > 0
	reason := sprintf("%s is missing for %d of %d: %s", [
		need.label, count(bare), count(subjects(control)), concat(", ", array.slice(sort(bare), 0, 3)),
	])
} | {reason |
	some asset in subjects(control)
	some reason in not_inspected(asset)
}

# Predicates of the need for which there is evidence that is unexpired, young enough and about this content.
usable(need, urn) := [predicate |
	some predicate in need.predicates
	seen := input.evidence[urn][predicate]
	seen.newest_age_seconds != null
	seen.newest_age_seconds <= need.max_age_seconds
]

# What no check looked for, by what the files belong to: silence about it shows nothing.
gaps(control) := object.get(input.unseen, control, {})

unseen(control) := {gap_reason(gap) |
	some list in gaps(control)
	some gap in list
}

unseen_of(control, urn) := {gap_reason(gap) |
	some gap in object.get(gaps(control), urn, [])
}

unseen_beside(control) := {gap_reason(gap) |
	urns := {asset.urn | some asset in subjects(control)}
	some urn, list in gaps(control)
	not urn in urns
	some gap in list
}

gap_reason(gap) := sprintf("no check looks for this in %s: %s", [gap.language, concat(", ", gap.files)]) if {
	gap.count <= count(gap.files)
}

gap_reason(gap) := sprintf("no check looks for this in %s: %d files, such as %s", [
	gap.language, gap.count, concat(", ", gap.files),
]) if {
	gap.count > count(gap.files)
}

# Evidence that exists but does not count: expired, too old, or about other content.
stale(need, urn) := [predicate |
	some predicate in need.predicates
	seen := input.evidence[urn][predicate]
	seen.count > 0
]

missing_reason(need, asset) := sprintf("%s: %s is missing", [asset.name, need.label]) if {
	count(stale(need, asset.urn)) == 0
}

missing_reason(need, asset) := sprintf(
	"%s: %s is out of date (expired, older than %s, or about other content)",
	[asset.name, need.label, need.max_age],
) if {
	count(stale(need, asset.urn)) > 0
}

not_inspected(asset) := {sprintf("%s was not wholly inspected: %s", [asset.name, detail]) |
	some detail in asset.not_inspected
}
