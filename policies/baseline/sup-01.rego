# SUP-01: Every dependency is pinned.
package syndic.controls.sup_01

import data.syndic.lib

result contains lib.system_status("SUP-01", set(), set())
