# MOD-03: Every model file was opened and nothing in it runs code or hides content.
package syndic.controls.mod_03

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("MOD-03")
	status := lib.status("MOD-03", asset, set(), set())
}

result contains status if some status in lib.rest("MOD-03")
