import type { AptSource, Catalog } from '../../config/model.ts';
import { insert, sh } from '../../remote/quote.ts';
import type { Step } from '../../remote/recipe.ts';
import { aptFunctions, areInstalled } from './apt.ts';
import { aptSourceStep } from './packages.ts';

const source: AptSource = {
  name: 'mise',
  description: 'Packages of the mise tool manager',
  keyUrl: 'https://mise.jdx.dev/gpg-key.pub',
  keyPath: '/etc/apt/keyrings/mise-archive-keyring.asc',
  source: 'deb [signed-by=/etc/apt/keyrings/mise-archive-keyring.asc] https://mise.jdx.dev/deb stable main',
  sourceFile: 'mise.list',
  keyDearmor: false,
};

/**
 * mise from its own repository, apart from the base packages, so that a repository that does not answer costs mise
 * alone. An apt source named `mise` in the operator's catalog takes the place of the vendor's.
 */
export function miseStep(catalog: Catalog): Step {
  const { apply } = aptSourceStep(catalog.aptSources.get('mise') ?? source);
  return {
    id: 'mise',
    title: 'Install mise',
    as: 'root',
    isFatal: false,
    timeoutSeconds: 900,
    check: { script: areInstalled(['mise']) },
    apply: sh`${insert(aptFunctions)}
# Where the machine's own sources have it, nothing else is added; their lists may be old.
aw_update
if ! grep -q 'Candidate: [^(]' <<<"$(apt-cache policy mise 2>/dev/null)"; then
(
${insert(apply ?? sh`:`)}
)
aw_update
fi
aw_install mise`,
  };
}
