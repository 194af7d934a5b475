import { sh } from '../../remote/quote.ts';
import type { Step } from '../../remote/recipe.ts';

/**
 * Blocks that only root can use, on the disk that agents write to: with them the machine and our work go on when an
 * agent has filled the rest. Debian's default is 5%; some images are made without any.
 */
export const diskReserveStep: Step = {
  id: 'disk-reserve',
  title: 'Keep a part of the disk for the system',
  as: 'root',
  isFatal: false,
  timeoutSeconds: 60,
  check: {
    script: sh`device=$(findmnt -nro SOURCE /)
[ "$(findmnt -nro FSTYPE /)" = ext4 ] && [ -b "$device" ] && command -v dumpe2fs >/dev/null || exit 0
read -r all kept size <<<"$(dumpe2fs -h "$device" 2>/dev/null | awk -F: '/^Block count/ { a = $2 } /^Reserved block count/ { k = $2 } /^Block size/ { s = $2 } END { print a, k, s }')"
[ "$((kept * 100))" -ge "$((all * 4))" ] || [ "$((kept * size))" -ge 1073741824 ]`,
  },
  apply: sh`device=$(findmnt -nro SOURCE /)
size=$(stat -f -c %S /)
blocks=$(($(stat -f -c %b /) / 20))
most=$((2147483648 / size))
tune2fs -r "$((blocks < most ? blocks : most))" "$device"`,
};
