# SEC-01: No credential stands in code, configuration, notebooks or data.
package syndic.controls.sec_01

import data.syndic.lib

result contains lib.system_status("SEC-01", set(), set())
