# SUP-03: Packages, actions and models come from trusted, pinned sources.
package syndic.controls.sup_03

import data.syndic.lib

result contains lib.system_status("SUP-03", set(), set())
