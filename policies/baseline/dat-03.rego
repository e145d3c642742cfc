# DAT-03: Where a dataset came from and under which licence is on record.
package syndic.controls.dat_03

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("DAT-03")
	status := lib.status("DAT-03", asset, set(), undocumented(asset))
}

result contains status if some status in lib.rest("DAT-03")

licence_names := ["licence", "license"]

origin_names := ["origin", "source", "source_url", "homepage", "provenance"]

undocumented(asset) := {sprintf("no licence of %s is on record", [asset.name]) | count(told(asset, licence_names)) == 0} |
	{sprintf("no origin of %s is on record", [asset.name]) | count(told(asset, origin_names)) == 0}

told(asset, names) := [name |
	some name in names
	not object.get(asset.props, name, "") in {"", null, "unknown"}
]
