import type { AptSource, Catalog, VmTemplate } from '../../config/model.ts';
import { stepPart } from '../../environment/user.ts';
import { AppError } from '../../errors.ts';
import { insert, type Script, sh } from '../../remote/quote.ts';
import type { Step } from '../../remote/recipe.ts';
import { aptFunctions, areInstalled } from './apt.ts';

const basePackages = ['git', 'unzip', 'tmux', 'acl', 'jq', 'zstd'];
/** What fetching a key or running a typical installer needs. */
const downloadPackages = ['ca-certificates', 'curl', 'gnupg'];

/** Set by a source step, cleared by the update: an interrupted run updates the next time. */
const staleMark = '/var/lib/agentworks/apt-stale';

const packageStep = (id: string, title: string, packages: readonly string[]): Step => ({
  id,
  title,
  as: 'root',
  timeoutSeconds: 1800,
  check: { script: areInstalled(packages) },
  apply: sh`${insert(aptFunctions)}
aw_install --no-install-recommends ${packages}`,
});

/** First of all: while dpkg is in the middle of something, nothing else can be installed. */
export const basePackagesStep = (shellPackages: readonly string[]): Step => {
  const packages = [...new Set([...basePackages, ...shellPackages])];
  const step = packageStep('base-packages', 'Install base packages', packages);
  return {
    ...step,
    check: {
      script: sh`[ -z "$(ls -A /var/lib/dpkg/updates)" ]
${insert(areInstalled(packages))}`,
    },
  };
};

export const downloadPackagesStep = (): Step =>
  packageStep('download-packages', 'Install download tools', downloadPackages);

/** The selected apt sets with their sources, in order of first mention. */
export function selectApt(catalog: Catalog, template: VmTemplate): { sources: AptSource[]; packages: string[] } {
  const sources = new Map<string, AptSource>();
  const packages = new Set(template.apt);
  for (const name of template.aptPackages) {
    const entry = catalog.aptPackages.get(name);
    if (entry === undefined) {
      throw new AppError('config', `vm_templates.${template.name}.apt_packages references unknown entry '${name}'.`, {
        hint: 'See what there is: agentworks installer list',
      });
    }
    for (const each of entry.apt) packages.add(each);
    for (const sourceName of entry.aptSources) {
      const source = catalog.aptSources.get(sourceName);
      if (source === undefined) {
        throw new AppError('config', `apt_packages.${name} references unknown apt source '${sourceName}'.`);
      }
      sources.set(sourceName, source);
    }
  }
  return { sources: [...sources.values()], packages: [...packages] };
}

/** `aw_key FILE` fetches the key; `aw_line` is the line for this machine's architecture. */
const sourceFunctions = (source: AptSource): Script => sh`aw_key() {
  curl -fsSL --proto-redir =https --retry 2 --connect-timeout 15 --max-time 60 -o "$1.part" -- ${source.keyUrl} || return 1
  [ -s "$1.part" ] || return 1
  ${insert(
    source.keyDearmor
      ? // A key that is binary already passes through.
        sh`if grep -qa '^-----BEGIN PGP' "$1.part"; then gpg --batch --yes --dearmor -o "$1" "$1.part"; else mv -f "$1.part" "$1"; fi`
      : sh`mv -f "$1.part" "$1"`,
  )}
  [ -s "$1" ]
}
aw_arch=$(dpkg --print-architecture)
aw_template=${source.source}
aw_line="\${aw_template//'{arch}'/"$aw_arch"}"
aw_list=/etc/apt/sources.list.d/${source.sourceFile}`;

/**
 * One package source. The key's content is compared, not its presence, so that a rotated key arrives; a server that
 * does not answer leaves a key that is there.
 */
export const aptSourceStep = (source: AptSource): Step => ({
  id: `apt-source-${stepPart(source.name)}`,
  title: `Add package source ${source.name}`,
  as: 'root',
  isFatal: false,
  timeoutSeconds: 180,
  check: {
    script: sh`${insert(sourceFunctions(source))}
[ "$(cat "$aw_list" 2>/dev/null)" = "$aw_line" ] && [ -s ${source.keyPath} ] || exit 1
aw_dir=$(mktemp -d)
trap 'rm -rf "$aw_dir"' EXIT
if aw_key "$aw_dir/key" 2>/dev/null; then cmp -s "$aw_dir/key" ${source.keyPath}; fi`,
  },
  apply: sh`${insert(sourceFunctions(source))}
umask 022
mkdir -p /var/lib/agentworks "$(dirname ${source.keyPath})"
aw_dir=$(mktemp -d)
trap 'rm -rf "$aw_dir"' EXIT
if ! aw_key "$aw_dir/key"; then echo ${`The key of package source ${source.name} could not be fetched from ${source.keyUrl}.`} >&2; exit 1; fi
: > ${staleMark}
install -m 0644 "$aw_dir/key" ${`${source.keyPath}.new`}
mv -fT ${`${source.keyPath}.new`} ${source.keyPath}
printf '%s\n' "$aw_line" > "$aw_dir/list"
if [ -e "$aw_list" ]; then cp -p "$aw_list" "$aw_dir/old"; fi
install -m 0644 "$aw_dir/list" "$aw_list"
# One line that apt refuses stops every later use of apt.
if ! aw_said=$(apt-get indextargets 2>&1 >/dev/null); then
  if [ -e "$aw_dir/old" ]; then cp -p "$aw_dir/old" "$aw_list"; else rm -f "$aw_list"; fi
  echo "apt refused the line, which was taken back: $aw_said" >&2; exit 1
fi`,
});

export const aptUpdateStep = (sourceSteps: readonly string[]): Step => ({
  id: 'apt-update',
  title: 'Fetch package lists',
  as: 'root',
  isFatal: false,
  timeoutSeconds: 600,
  needs: [...sourceSteps],
  check: { script: sh`[ ! -e ${staleMark} ]` },
  apply: sh`${insert(aptFunctions)}
aw_apt update
rm -f ${staleMark}`,
});

/** All at once; when that fails one by one, so that a bad name costs only itself and is named. */
export const aptPackagesStep = (packages: readonly string[]): Step => ({
  id: 'apt-packages',
  title: `Install packages: ${packages.join(', ')}`,
  as: 'root',
  isFatal: false,
  timeoutSeconds: 3600,
  check: { script: areInstalled(packages) },
  apply: sh`${insert(aptFunctions)}
aw_state() { dpkg-query -W -f='\${db:Status-Status}' -- "\${1%%[=/]*}" 2>/dev/null || true; }
# A package whose own script fails would make every later use of apt fail, too.
aw_clean() {
  case $(aw_state "$1") in
    half-* | unpacked | triggers-*) dpkg --remove --force-remove-reinstreq "\${1%%[=/]*}" || true ;;
  esac
}
aw_install ${packages} && exit 0
for aw_package in ${packages}; do aw_clean "$aw_package"; done
aw_failed=
for aw_package in ${packages}; do
  [ "$(aw_state "$aw_package")" != installed ] || continue
  aw_apt install "$aw_package" || true
  if [ "$(aw_state "$aw_package")" != installed ]; then
    aw_failed="$aw_failed $aw_package"
    aw_clean "$aw_package"
  fi
done
if [ -n "$aw_failed" ]; then
  echo "These packages could not be installed:$aw_failed" >&2
  exit 1
fi`,
});
