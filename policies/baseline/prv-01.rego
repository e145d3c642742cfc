# PRV-01: For each third party that runs models it is known who sends it data.
package syndic.controls.prv_01

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("PRV-01")
	status := lib.status("PRV-01", asset, set(), unexplained(asset))
}

result contains status if some status in lib.rest("PRV-01")

unexplained(asset) := {sprintf("%s is in use, but no flow to it is known", [asset.name]) |
	count(object.get(input.callers, asset.urn, [])) == 0
}
