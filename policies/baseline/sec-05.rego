# SEC-05: What a model answers is never run, rendered or queried unchecked.
package syndic.controls.sec_05

import data.syndic.lib

result contains lib.code_status("SEC-05", set(), set())
