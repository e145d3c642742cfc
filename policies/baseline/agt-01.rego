# AGT-01: Agents and MCP servers come pinned from a trusted source.
package syndic.controls.agt_01

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("AGT-01")
	status := lib.status("AGT-01", asset, set(), set())
}

result contains status if some status in lib.rest("AGT-01")
