# MOD-04: Nothing loads a model with remote code trusted or with an unsafe loader.
package syndic.controls.mod_04

import data.syndic.lib

result contains lib.code_status("MOD-04", set(), set())
