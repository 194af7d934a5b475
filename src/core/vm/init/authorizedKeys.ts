import { insert, sh } from '../../remote/quote.ts';
import type { Step } from '../../remote/recipe.ts';

const header = [
  '# Managed by Agentworks: manual edits are lost at the next reinit.',
  '# Further keys belong in operator.extra_ssh_public_keys.',
];

/** Text of the admin's authorized_keys on a machine of ours. */
export const authorizedKeysText = (keys: readonly string[]): string => `${[...header, ...keys].join('\n')}\n`;

/** A temporary file that ssh-keygen can read, then a rename: a broken transfer never locks the operator out. */
const replace = sh`if ! ssh-keygen -lf "$aw_new" >/dev/null; then
  echo 'The list of public keys is not readable by ssh-keygen; authorized_keys stays as it is.' >&2; exit 1
fi
chmod 600 "$aw_new"
mv -fT "$aw_new" "$HOME/.ssh/authorized_keys"`;

/**
 * The admin's own keys. A machine of ours gets exactly the configured ones; an adopted one keeps all others, since
 * they are how its owners come in.
 */
export function authorizedKeysStep(keys: readonly string[], isAdopted: boolean): Step {
  const text = authorizedKeysText(keys);
  const isPrivate = sh`[ "$(stat -c %a "$HOME/.ssh/authorized_keys" 2>/dev/null)" = 600 ]`;
  return {
    id: 'authorized-keys',
    title: isAdopted ? 'Add the operator’s public keys' : 'Reconcile the operator’s public keys',
    as: 'admin',
    timeoutSeconds: 30,
    check: {
      script: isAdopted
        ? sh`for key in ${keys}; do grep -qxF -- "$key" "$HOME/.ssh/authorized_keys" 2>/dev/null || exit 1; done`
        : sh`${insert(isPrivate)} && printf %s ${text} | cmp -s - "$HOME/.ssh/authorized_keys"`,
    },
    apply: isAdopted
      ? sh`umask 077
mkdir -p "$HOME/.ssh"
aw_new=$(mktemp "$HOME/.ssh/.authorized_keys.XXXXXX")
trap 'rm -f "$aw_new"' EXIT
cat "$HOME/.ssh/authorized_keys" > "$aw_new" 2>/dev/null || true
if [ -s "$aw_new" ] && [ -n "$(tail -c 1 "$aw_new")" ]; then echo >> "$aw_new"; fi
for key in ${keys}; do grep -qxF -- "$key" "$aw_new" || printf '%s\n' "$key" >> "$aw_new"; done
${insert(replace)}`
      : sh`umask 077
mkdir -p "$HOME/.ssh"
chmod 700 "$HOME/.ssh"
aw_new=$(mktemp "$HOME/.ssh/.authorized_keys.XXXXXX")
trap 'rm -f "$aw_new"' EXIT
printf %s ${text} > "$aw_new"
${insert(replace)}`,
  };
}

/** Nobody else looks into the admin's home. */
export const adminHomeStep: Step = {
  id: 'admin-home',
  title: 'Close the admin’s home to others',
  as: 'admin',
  timeoutSeconds: 30,
  check: { script: sh`[ "$(stat -c %a "$HOME")" = 700 ]` },
  apply: sh`chmod 700 "$HOME"`,
};
