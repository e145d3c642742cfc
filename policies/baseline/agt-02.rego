# AGT-02: What an agent may do is bounded: tools, paths, approvals.
package syndic.controls.agt_02

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("AGT-02")
	status := lib.status("AGT-02", asset, set(), set())
}

result contains status if some status in lib.rest("AGT-02")
