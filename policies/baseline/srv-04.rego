# SRV-04: Debug modes and development servers are off.
package syndic.controls.srv_04

import data.syndic.lib

# An application without code has no mode to run in.
running := [asset |
	some asset in lib.subjects("SRV-04")
	is_running(asset)
]

is_running(asset) if asset.kind != "application"

is_running(asset) if {
	asset.kind == "application"
	lib.concerns_code("SRV-04")
}

is_running(asset) if {
	asset.kind == "application"
	not lib.concerns_code("SRV-04")
	count(lib.charged("SRV-04", asset.urn)) > 0
}

result contains status if {
	some asset in running
	status := lib.status("SRV-04", asset, set(), set())
}

result contains lib.not_applicable("SRV-04") if {
	count(running) == 0
	count(lib.subjects("SRV-04")) > 0
	count(lib.charged("SRV-04", input.system.urn)) == 0
}

result contains status if some status in lib.rest("SRV-04")
