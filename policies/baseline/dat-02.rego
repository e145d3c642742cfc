# DAT-02: Data a model is trained on or retrieves from holds no unprotected personal data.
# A dataset with personal data that nothing trains on or reads is not broken by this control.
package syndic.controls.dat_02

import data.syndic.lib

personal := {"pii", "financial", "government_id", "phi"}

feeding := {"trained_on", "reads"}

used contains relation.dst if {
	some relation in input.relations
	relation.kind in feeding
}

result contains status if {
	some asset in lib.subjects("DAT-02")
	status := lib.status("DAT-02", asset, exposed(asset), unclassified(asset))
}

result contains status if some status in lib.rest("DAT-02")

exposed(asset) := {reason |
	asset.classification != null
	asset.urn in used
	held := {class | some class in asset.classification.classes; class in personal}
	count(held) > 0
	reason := sprintf("%s feeds a model and holds %s", [asset.name, concat(", ", sort(held))])
}

unclassified(asset) := {sprintf("%s was never classified", [asset.name])} if asset.classification == null

unclassified(asset) := set() if asset.classification != null
