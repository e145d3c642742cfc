# SUP-02: No dependency can be taken over by a package of the same name elsewhere.
package syndic.controls.sup_02

import data.syndic.lib

result contains lib.system_status("SUP-02", set(), set())
