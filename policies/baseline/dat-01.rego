# DAT-01: It is known what protected data a dataset holds. Not looked at is unknown.
# Findings say what the look found, so they are noted here and judged by DAT-02: a classified dataset passes.
package syndic.controls.dat_01

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("DAT-01")
	status := object.union(lib.status("DAT-01", asset, set(), set()), judged(asset))
}

result contains status if {
	some status in lib.rest("DAT-01")
	status.result == "not_applicable"
}

# Findings on files that are no dataset are not this control's to judge, but they are not swallowed either.
result contains status if {
	some other in lib.rest("DAT-01")
	other.result != "not_applicable"
	status := object.union(other, {"result": "not_applicable", "fails": set(), "notes": other.fails | other.notes})
}

judged(asset) := {
	"result": lib.outcome(set(), unknowns),
	"fails": set(),
	"unknowns": unknowns,
	"notes": lib.finding_fails("DAT-01", asset.urn) | lib.notes("DAT-01", asset.urn),
} if {
	unknowns := (lib.missing("DAT-01", asset) | lib.not_inspected(asset)) | unclassified(asset)
}

unclassified(asset) := {sprintf("%s was never classified", [asset.name])} if asset.classification == null

unclassified(asset) := set() if asset.classification != null
