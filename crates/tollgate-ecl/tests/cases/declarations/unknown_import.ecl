# with: common_types.ecl
# An import is a path from the folder of its file, and names one `.ecl` file.
import "common.ecl"
import "common_types"
import "/etc/common_types.ecl"
import "../common_types.ecl"
import "nothing.ecl"

policy "imports" { allow any { a: 1 < 2 } }

test "a" { policy "import" expect allow }
