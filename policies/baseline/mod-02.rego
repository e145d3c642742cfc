# MOD-02: It is known where a model came from and that it was not changed since.
# A hosted model pinned to a revision is identified; whether bytes are authentic needs a verified signature, of which
# there is no collector yet: without one the answer is unknown, never pass.
package syndic.controls.mod_02

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("MOD-02")
	status := lib.status("MOD-02", asset, set(), set())
}

result contains status if some status in lib.rest("MOD-02")
